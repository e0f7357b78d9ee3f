"""Inquiries over real http: beside the link, bounded by their time, whatever the other end does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update
from starlette.applications import Starlette

from replication.admission import AT_ONCE
from replication.inquiry import Finding, Limits, NotAnsweredError
from replication.inquiry_desk import InquiryDesk
from replication.messages import Inquiry, Mark
from replication.parent import Parent
from replication.session import Sessions
from replication.transport.http import HttpTransport
from replication.transport.http_inquiry import HttpInquirer
from replication.transport.http_server import LinkServer
from schemas.tables.base import open_postgres
from schemas.tables.link import peer, refusal
from tests.contract.test_transport import hello
from tests.serving import served
from tests.sites import SmallSite, Town

PATIENT, SHORT = 30.0, 0.4


class Gate:
    """Answers as told; a test can shut it, and sees when somebody stands before it."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.reached = threading.Event()
        self.open.set()

    def answer(self, connection: Connection, body: Mapping[str, Any]) -> Finding:
        del connection
        self.reached.set()
        self.open.wait()
        return Finding("found", {"echo": body["word"]}, certain=True)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.set()


def desk_of(site: SmallSite, gate: Gate, limits: Limits | None = None) -> InquiryDesk:
    engine = open_postgres(site.feeds.url.render_as_string(hide_password=False))
    return InquiryDesk(site.name, engine, {"word": gate.answer}, None, limits)


@contextmanager
def asked_at(site: SmallSite, desk: InquiryDesk | None) -> Iterator[tuple[str, LinkServer]]:
    """A parent that is asked over http: its address, and its end of the link."""
    links = LinkServer(site.serving(), desk)
    with served(Starlette(routes=links.routes())) as address:
        yield address, links
    links.close_inquiries()


@contextmanager
def asking(address: str, site: SmallSite) -> Iterator[HttpInquirer]:
    inquirer = HttpInquirer(address, site.identity)
    yield inquirer
    inquirer.close()


def question(uuid: str = "u1", word: str = "plum", kind: str = "word") -> Inquiry:
    return Inquiry(
        uuid=uuid, kind=kind, body={"word": word}, asked_by="N001", budget_ms=int(PATIENT * 1000)
    )


@pytest.fixture
def hq(town: Town) -> SmallSite:
    return town.headquarters()


@pytest.fixture
def branch(town: Town, hq: SmallSite) -> SmallSite:
    return town.branch("N001", hq)


def why(inquirer: HttpInquirer, seconds: float = PATIENT) -> str:
    with pytest.raises(NotAnsweredError) as error:
        inquirer.inquire(question(), seconds)
    return error.value.why


def test_a_question_is_answered_beside_a_link_that_stays_open(
    hq: SmallSite, branch: SmallSite, gate: Gate
) -> None:
    with (
        asked_at(hq, desk_of(hq, gate)) as (address, _),
        asking(address, branch) as inquirer,
        asking(address, branch) as other,
    ):
        link = HttpTransport(address, branch.identity)
        link.hello(hello(branch))
        answer = inquirer.inquire(question(), PATIENT)
        assert (answer.outcome, answer.answered_by, answer.complete) == ("found", "hq", True)
        assert answer.body == {"echo": "plum"}
        branch.write(b"1")
        assert link.push(branch.batch()).applied == 1
        # A till that was started anew ends its older session, which then opens one again.
        assert other.inquire(question("u2"), PATIENT).complete
        assert inquirer.inquire(question("u3"), PATIENT).complete
        link.close()


def test_a_restarted_parent_is_asked_again_at_once(
    hq: SmallSite, branch: SmallSite, gate: Gate
) -> None:
    with asked_at(hq, desk_of(hq, gate)) as (address, links), asking(address, branch) as inquirer:
        inquirer.inquire(question(), PATIENT)
        links._sessions._sessions.clear()
        assert inquirer.inquire(question(), PATIENT).complete


def test_nobody_listens(branch: SmallSite) -> None:
    with asking("http://127.0.0.1:1", branch) as inquirer:
        assert why(inquirer) == "line_down"
        inquirer.cancel("u1")


@pytest.mark.fault("3", "the line half open")
def test_a_half_open_line_is_given_up_when_the_time_has_passed(branch: SmallSite) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with asking(address, branch) as inquirer:
            assert why(inquirer, SHORT) == "late"


def test_a_parent_that_hangs_answers_with_what_it_knows_within_the_time(
    hq: SmallSite, branch: SmallSite, gate: Gate
) -> None:
    gate.open.clear()
    with asked_at(hq, desk_of(hq, gate)) as (address, _), asking(address, branch) as inquirer:
        answer = inquirer.inquire(question(), 3.0)
        assert (answer.outcome, answer.complete, answer.why) == ("unknown", False, "late")
        gate.open.set()


def test_a_database_gives_up_when_the_asker_is_gone(hq: SmallSite) -> None:
    def slow(connection: Connection, body: Mapping[str, Any]) -> Finding:
        connection.execute(text("SELECT pg_sleep(3600)"))
        raise AssertionError(body)

    desk = InquiryDesk(
        "hq", open_postgres(hq.feeds.url.render_as_string(hide_password=False)),
        {"word": slow}, None,
    )  # fmt: skip
    answer = desk.ask("word", {}, SHORT).wait()
    assert (answer.outcome, answer.complete, answer.why) == ("unknown", False, "late")
    desk._workers.shutdown()
    desk.close()


@pytest.mark.fault("8", "a newer wire version")
def test_an_older_parent_is_asked_in_vain_and_its_link_not_disturbed(
    hq: SmallSite, branch: SmallSite
) -> None:
    with asked_at(hq, None) as (address, _), asking(address, branch) as inquirer:
        link = HttpTransport(address, branch.identity)
        link.hello(hello(branch))
        assert why(inquirer) == "not_understood"
        branch.write(b"1")
        assert link.push(branch.batch()).applied == 1
        link.close()


def test_a_kind_that_the_parent_does_not_know_is_said_to_be_none(
    hq: SmallSite, branch: SmallSite, gate: Gate
) -> None:
    with asked_at(hq, desk_of(hq, gate)) as (address, _), asking(address, branch) as inquirer:
        answer = inquirer.inquire(question(kind="points"), PATIENT)
        assert (answer.complete, answer.why) == (False, "not_understood")


def test_a_revoked_site_is_not_admitted(hq: SmallSite, branch: SmallSite, gate: Gate) -> None:
    with asked_at(hq, desk_of(hq, gate)) as (address, _), asking(address, branch) as inquirer:
        inquirer.inquire(question(), PATIENT)
        with hq.feeds.begin() as connection:
            now = connection.execute(text("SELECT now()")).scalar_one()
            connection.execute(update(peer).values(revoked=now))
        assert why(inquirer) == "not_admitted"
        with hq.feeds.connect() as connection:
            assert connection.execute(select(refusal.c.code)).scalars().all() == ["revoked"]


def test_what_another_site_signed_is_not_admitted(
    town: Town, hq: SmallSite, branch: SmallSite, gate: Gate
) -> None:
    other = town.branch("N002", hq)
    forged = HttpInquirer("http://127.0.0.1:1", branch.identity)
    with asked_at(hq, desk_of(hq, gate)) as (address, _), asking(address, other) as inquirer:
        assert why(inquirer) == "not_admitted"  # it asks for N001, which is not below it
    forged.close()


def test_a_flood_is_told_that_the_parent_is_busy_and_costs_no_row(
    town: Town, hq: SmallSite, branch: SmallSite, gate: Gate
) -> None:
    other = town.branch("N002", hq)
    gate.open.clear()
    with (
        asked_at(hq, desk_of(hq, gate, Limits(total=2, per_site=1))) as (address, _),
        asking(address, branch) as inquirer,
        asking(address, other) as neighbour,
        ThreadPoolExecutor() as pool,
    ):
        first = pool.submit(inquirer.inquire, question("a"), PATIENT)
        assert gate.reached.wait(PATIENT)
        with pytest.raises(NotAnsweredError) as busy:
            inquirer.inquire(question("b"), PATIENT)
        assert busy.value.why == "busy"
        asked = question("c").model_copy(update={"asked_by": "N002"})
        second = pool.submit(neighbour.inquire, asked, PATIENT)
        gate.open.set()
        assert first.result(PATIENT).complete
        assert second.result(PATIENT).complete
        with hq.feeds.connect() as connection:
            assert connection.execute(select(refusal)).all() == []


def test_a_cancel_ends_an_inquiry_that_is_under_way(
    hq: SmallSite, branch: SmallSite, gate: Gate
) -> None:
    gate.open.clear()
    with (
        asked_at(hq, desk_of(hq, gate)) as (address, _),
        asking(address, branch) as inquirer,
        ThreadPoolExecutor() as pool,
    ):
        asked = pool.submit(inquirer.inquire, question(), PATIENT)
        assert gate.reached.wait(PATIENT)
        inquirer.cancel("u1")
        assert asked.result(PATIENT).why == "cancelled"
        gate.open.set()


class StuckParent(Parent):
    """Takes a thread and a connection for every push, and gives none back until it is let go on."""

    entered = threading.Semaphore(0)
    going_on = threading.Event()

    def push(self, site: str, data: bytes) -> Mark:
        """See `Parent.push`."""
        self.entered.release()
        with self.engine.connect():
            self.going_on.wait()
        return super().push(site, data)


def test_an_inquiry_waits_behind_no_push(
    town: Town, hq: SmallSite, branch: SmallSite, gate: Gate
) -> None:
    """As many pushes as the parent works on at once stand still; it answers all the same."""
    others = [town.branch(f"N{number:03}", hq) for number in range(2, 2 + AT_ONCE)]
    for other in others:
        other.write(b"1")
    stuck = StuckParent(hq.feeds, hq.identity, hq.serving()._inbound)
    hq.parent = stuck
    with (
        asked_at(hq, desk_of(hq, gate)) as (address, _),
        asking(address, branch) as inquirer,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        links = [HttpTransport(address, other.identity, timeout=90) for other in others]
        try:
            for link, other in zip(links, others, strict=True):
                link.hello(hello(other))
            pushes = [
                pool.submit(link.push, other.batch())
                for link, other in zip(links, others, strict=True)
            ]
            for _ in pushes:
                assert stuck.entered.acquire(timeout=PATIENT)
            assert inquirer.inquire(question(), PATIENT).complete
        finally:
            stuck.going_on.set()
        assert {one.result(PATIENT).applied for one in pushes} == {1}
        for link in links:
            link.close()


def test_each_purpose_has_its_own_session() -> None:
    sessions = Sessions()
    link, inquiry = sessions.open("N001"), sessions.open("N001", "inquiry")
    assert sessions.site_of(link) == sessions.site_of(inquiry) == "N001"
    newer = sessions.open("N001", "inquiry")
    assert sessions.site_of(link) == sessions.site_of(newer) == "N001"
