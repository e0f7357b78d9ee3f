"""Looking receipts up at the till: beside the sale, never before it."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from pos_frontend.errors import TillError
from pos_frontend.lookup import full_key, kept_counts
from pos_frontend.own_tickets import own_tickets
from replication.inquiry import Finding
from schemas.tables.base import reading
from schemas.tables.kinds import DatabaseKind
from schemas.wire.inquiries import TICKET, HeldTicket, read_ticket
from tests.pos_frontend.at_page import NOBODY, Lane
from tests.pos_frontend.chain import FAR, above_the_lane, far_ticket, hold
from tests.pos_frontend.shop import BREAD, LANE, MILK, Scene


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("17", "N001.03-000017"),
        ("000017", "N001.03-000017"),
        ("02-17", "N001.02-000017"),
        ("N002.01-17", "N002.01-000017"),
        ("N002.01-1234567", "N002.01-1234567"),
        ("0B0E7A52-0000-4000-8000-00000000ABCD", "0b0e7a52-0000-4000-8000-00000000abcd"),
    ],
)
def test_keys_are_short_for_receipts(text: str, key: str) -> None:
    assert full_key(text, LANE) == key


@pytest.mark.parametrize("text", ["", "milk", "N002", "-1", "1-", "a.b.c-1x", MILK + "0"])
def test_what_is_no_key_is_said_to_be_none(text: str) -> None:
    with pytest.raises(TillError, match="receipt_key"):
        full_key(text, LANE)


def test_the_lanes_own_receipts_are_found_with_the_line_down(
    at_work: Callable[[str], Lane],
) -> None:
    lane = at_work(NOBODY)
    uuids = []
    for code in (MILK, BREAD):
        lane.ask("scan", code=code)
        uuids.append(lane.ask("tender", kind="cash")["state"]["last"]["uuid"])
    for key in ("1", "03-1", f"{LANE}-000001", uuids[0]):
        found = lane.look_up(key)
        assert (found["outcome"], found["by"], found["complete"]) == ("found", "lane", True)
        assert found["ticket"]["receipt"] == f"{LANE}-000001"
        assert found["ticket"]["shop"] == "城西一店"
        assert [line["name"] for line in found["ticket"]["lines"]] == ["纯牛奶 1L"]


def test_each_ticket_among_other_entries_is_found_by_its_number_and_its_uuid(
    scene: Scene,
) -> None:
    till = scene.ready()
    sold = []
    for number in range(1, 24):
        till.scan(MILK)
        if number % 3 == 0:
            till.cancel()
            till.scan(BREAD)
        till.tender("cash")
        assert till.last is not None
        sold.append(till.last)
    answer = own_tickets(LANE, lambda: None)
    with reading(scene.both.journal) as connection:
        for ticket in sold:
            for key in (ticket.receipt, ticket.uuid):
                found = answer(connection, {"key": key})
                assert read_ticket(found.body) == HeldTicket(ticket, "N001", "")
        for key in (f"{LANE}-0", f"{LANE}-24", "N001.02-1", str(uuid.uuid4())):
            assert answer(connection, {"key": key}) == Finding("unknown")


def test_with_the_line_down_it_is_said_that_only_this_lane_was_asked(
    at_work: Callable[[str], Lane], data: Path
) -> None:
    lane = at_work(NOBODY)
    told = lane.look_up(f"{FAR}-7")
    assert told["ticket"] is None
    assert (told["outcome"], told["by"], told["complete"]) == ("unknown", "lane", False)
    assert told["why"] == "line_down"
    lane.desk.look()
    assert kept_counts(data)["offline"] == 1
    refused = lane.ask("lookup", key="nonsense")
    assert refused["error"]["code"] == "receipt_key"
    assert "nonsense" in refused["error"]["message"]
    refused = lane.ask("print_found")
    assert refused["error"]["code"] == "no_ticket"


def test_a_receipt_of_another_branch_is_found_shown_and_printed_as_a_copy(
    at_work: Callable[[str], Lane], data: Path, new_database: Callable[[DatabaseKind], str]
) -> None:
    with above_the_lane(new_database, data) as above:
        hold(above.headquarters, far_ticket(7))
        lane = at_work(above.address)
        found = lane.look_up(f"{FAR}-7")
        assert (found["by"], found["answered_by"], found["complete"]) == ("above", "hq", True)
        assert found["ticket"]["shop"] == "城东二店"
        assert found["ticket"]["time"] == "2026-03-01 12:00"
        assert lane.ask("print_found")["ok"]
        unknown = lane.look_up(f"{FAR}-8")
        assert (unknown["outcome"], unknown["complete"]) == ("unknown", True)
        assert unknown["through"] == f"{FAR}-000007"
        assert above.headquarters_desk.counts.read()["answered"] == 2
        lane.desk.look()
        assert json.loads((data / "inquiries.json").read_text())["answered"] == 2
        lane.spool.stop()
        assert lane.paper.printed == [f"{FAR}-000007.copy"]


def test_what_the_branch_holds_is_found_with_headquarters_away(
    at_work: Callable[[str], Lane], data: Path, new_database: Callable[[DatabaseKind], str]
) -> None:
    with above_the_lane(new_database, data) as above:
        hold(above.branch, far_ticket(7))
        above.headquarters_desk.close()
        lane = at_work(above.address)
        assert lane.look_up(f"{FAR}-7")["by"] == "branch"
        told = lane.look_up(f"{FAR}-9")
        assert (told["outcome"], told["by"], told["complete"]) == ("unknown", "branch", False)
        assert told["why"] == "busy"
        assert told["through"] == f"{FAR}-000007"


def test_the_till_sells_while_headquarters_is_silent(
    at_work: Callable[[str], Lane], data: Path, new_database: Callable[[DatabaseKind], str]
) -> None:
    gate, reached = threading.Event(), threading.Event()

    def silent(connection: Connection, body: Mapping[str, Any]) -> Finding:
        del connection, body
        reached.set()
        gate.wait()
        return Finding("found", {}, certain=True)

    with above_the_lane(new_database, data, {TICKET: silent}) as above:
        lane = at_work(above.address)
        assert lane.ask("lookup", key=f"{FAR}-7")["ok"]
        assert reached.wait(30)
        lane.ask("scan", code=MILK)
        assert lane.ask("tender", kind="cash")["committed"]
        told = lane.told()
        assert (told["outcome"], told["complete"], told["why"]) == ("unknown", False, "late")
        gate.set()


def test_leaving_a_look_up_cancels_it_all_the_way_up(
    at_work: Callable[[str], Lane], data: Path, new_database: Callable[[DatabaseKind], str]
) -> None:
    gate, reached = threading.Event(), threading.Event()

    def silent(connection: Connection, body: Mapping[str, Any]) -> Finding:
        del connection, body
        reached.set()
        gate.wait()
        return Finding("unknown")

    with above_the_lane(new_database, data, {TICKET: silent}) as above:
        lane = at_work(above.address)
        lane.ask("lookup", key=f"{FAR}-7")
        assert reached.wait(30)
        lane.ask("end_lookup")
        lane.desk._lookups._desk._cancels.shutdown()
        above.branch_desk._cancels.shutdown()
        gate.set()
        assert above.branch_desk.counts.read()["cancelled"] == 1
        assert above.headquarters_desk.counts.read()["cancelled"] == 1
        assert lane.look_up("1")["key"] == f"{LANE}-000001"


def test_an_answer_that_cannot_be_read_is_no_answer(
    at_work: Callable[[str], Lane], data: Path, new_database: Callable[[DatabaseKind], str]
) -> None:
    def odd(connection: Connection, body: Mapping[str, Any]) -> Finding:
        del connection, body
        return Finding("found", {"ticket": 7}, certain=True)

    with above_the_lane(new_database, data, {TICKET: odd}) as above:
        told = at_work(above.address).look_up(f"{FAR}-7")
        assert (told["outcome"], told["complete"], told["why"]) == (
            "unknown", False, "not_understood",
        )  # fmt: skip


def test_nobody_looks_up_before_signing_in(scene: Scene) -> None:
    lane = Lane(scene, NOBODY)
    answer = json.loads(lane.desk.handle('{"id": 1, "do": "lookup", "key": "1"}').reply)
    assert answer["error"]["code"] == "not_while_signed_out"
    lane.desk.close()
    lane.spool.stop()
