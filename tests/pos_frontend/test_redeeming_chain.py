"""Redeeming through lane, branch and headquarters: reserved, posted, out of a grant, and given back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Engine

from hq.redemption import policies, reservations, terms
from hq.redemption.policies import Policy
from replication.clock import system_clock
from schemas.tables.kinds import DatabaseKind
from tests.hq import redeeming as ledger
from tests.pos_frontend.at_page import Lane
from tests.pos_frontend.chain import above_the_lane
from tests.pos_frontend.running import until
from tests.pos_frontend.shop import BREAD, LANE, MILK, NOON, Scene
from tests.pos_frontend.test_till import tickets

MEMBER = ledger.ANN


def told(lane: Lane, name: str) -> Any:  # noqa: ANN401 - JSON
    """The next event of a name."""
    while True:
        event = lane.events.pop(0) if lane.events else lane.socket.receive_json()
        if event.get("event") == name:
            return event[name]


def fill(lane: Lane) -> str:
    """Milk and bread of the member for 12.19; the basket."""
    for code in (MILK, BREAD):
        lane.ask("scan", code=code)
    uuid: str = lane.ask("member", member=MEMBER)["state"]["basket"]["uuid"]
    return uuid


def redeem(lane: Lane, basket: str, kind: str, amount: str = "") -> Any:  # noqa: ANN401 - JSON
    """Ask for it until headquarters, or a grant, has an answer: on a busy machine it may be late."""
    while True:
        begun = lane.ask("redeem", kind=kind, basket=basket, amount=amount)
        assert begun["ok"], begun
        said = told(lane, "redeemed")
        assert said["id"] == begun["redeeming"]["id"]
        if said["ok"] or said["error"]["code"] != "redeem_offline":
            return said


def renew(lane: Lane, scene: Scene) -> None:
    """Let the lane ask for a grant, as it does when its line is up, until it has one."""
    assert lane.desk._live.renewal is not None
    turn = partial(lane.desk._live.renewal.turn, sale=None)
    until(lambda: bool(_turned(lane, turn) and scene.journal.grants.held()))


def _turned(lane: Lane, turn: Callable[..., None]) -> bool:
    """Have the line come back, and the lane do what follows from it."""
    for line_up in (False, True):
        lane.desk.thread.submit(turn, line_up=line_up).result()
    return True


def held(engine: Engine) -> tuple[int, int]:
    """The member's points and stored value, as the ledgers have them."""
    return ledger.held(engine, "points"), ledger.held(engine)


def open_reservations(engine: Engine) -> list[tuple[str, str, int]]:
    with engine.connect() as connection:
        found = reservations.still_open(connection, system_clock())
    return sorted((one.kind, one.lane, one.amount) for one in found)


def test_a_redemption_from_the_till_to_the_ledgers_and_back(
    scene: Scene, at_work: Callable[[str], Lane], new_database: Callable[[DatabaseKind], str]
) -> None:
    with above_the_lane(new_database, scene.data) as above:
        hq = above.headquarters
        ledger.member(hq, MEMBER)
        ledger.load(hq, 5_000)
        ledger.earn(hq, 1_000)
        with hq.begin() as connection:
            terms.set_terms(connection, 100, 100, 10, "ADMIN", NOON)
            policy = Policy("", "stored_value", 10_000, 400, 5)
            policies.set_policy(connection, policy, "ADMIN", system_clock())
        lane = at_work(above.address)

        # The line is up: headquarters reserves for the basket.
        basket = fill(lane)
        lane.ask("account")
        account = told(lane, "account")
        if not account["offline"]:  # the answer was in time
            assert (account["points"], account["stored_value"]) == (1_000, 5_000)
        assert redeem(lane, basket, "points", "2.50")["points"] == 250
        assert open_reservations(hq) == [("points", LANE, 250)]
        assert redeem(lane, basket, "stored_value")["left"] == 5_000 - 969
        assert open_reservations(hq) == [("points", LANE, 250), ("stored_value", LANE, 969)]
        assert held(hq) == (1_000, 5_000)
        ledger.arrive(hq, *tickets(scene))
        assert (held(hq), open_reservations(hq)) == ((750, 4_031), [])

        # The line is down: out of a grant, as far as it has room.
        renew(lane, scene)
        above.branch_desk.close()
        basket = fill(lane)
        lane.ask("account")
        assert told(lane, "account")["offline"]
        said = redeem(lane, basket, "stored_value")
        assert (said["amount"], said["offline"]) == (400, True)
        lane.ask("tender", kind="cash")
        ledger.arrive(hq, tickets(scene)[-1])
        assert held(hq) == (750, 3_631)
        (grant,) = scene.journal.grants.held()
        assert tickets(scene)[-1].tenders[0].grant == grant.grant.number
        assert grant.used.total == 400

        # All of the first sale comes back.
        first = tickets(scene)[0]
        lane.ask("lookup", key=first.receipt, returning=True)
        told(lane, "lookup")
        for line in (1, 2):
            fields = {"reason": "broken", "operator": "M1", "pin": "9999"}
            assert lane.ask("give_back", line=line, quantity="", **fields)["ok"]
        for kind in ("points", "stored_value"):
            assert lane.ask("tender", kind=kind)["ok"]
        ledger.arrive(hq, tickets(scene)[-1])
        assert held(hq) == (1_000, 4_600)
