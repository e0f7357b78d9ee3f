"""A single-use coupon through lane, branch and headquarters: reserved, used, refused again, given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from hq.redemption import coupons, reservations
from hq.redemption.coupons import Terms
from replication.clock import system_clock
from schemas.domain.promotion.effect import CouponOff
from schemas.domain.promotion.promotion import Who
from schemas.tables.kinds import DatabaseKind
from tests.hq import redeeming as ledger
from tests.pos_frontend.at_page import Lane
from tests.pos_frontend.chain import above_the_lane
from tests.pos_frontend.shop import BREAD, MILK, NOON, Scene
from tests.pos_frontend.test_offers import Feed
from tests.pos_frontend.test_redeeming_chain import told
from tests.pos_frontend.test_till import tickets
from tests.schemas.domain.promotion.offers import offer


def basket(lane: Lane, coupon: str) -> Any:  # noqa: ANN401 - JSON
    """Bread with a coupon; what is told of it. On a busy machine an answer may be late."""
    lane.ask("scan", code=BREAD)
    while True:
        assert lane.ask("scan", code=coupon)["ok"]
        begun = lane.ask("reserve_coupon")
        assert begun["ok"], begun
        said = told(lane, "coupon")
        assert said["id"] == begun["reserving"]["id"]
        if said["ok"] or said["error"]["code"] != "redeem_offline":
            return said


def state(engine: Engine, number: str) -> str:
    with engine.connect() as connection:
        return coupons.known(connection, [number])[number].state


def reserved(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [one.account for one in reservations.still_open(connection, system_clock())]


def test_a_coupon_from_its_issue_to_the_ticket_and_back(
    scene: Scene, at_work: Callable[[str], Lane], new_database: Callable[[DatabaseKind], str]
) -> None:
    Feed(scene).offer(offer("S1", CouponOff(0, 300), who=Who(coupon="ONCE", single_use=True)))
    with above_the_lane(new_database, scene.data) as above:
        hq = above.headquarters
        with hq.begin() as connection:
            (number,) = coupons.issue(connection, Terms("ONCE"), 1, "ADMIN", NOON)
        lane = at_work(above.address)

        assert basket(lane, number)["ok"]
        assert reserved(hq) == [number]
        shown = lane.ask("state")["state"]["basket"]
        assert (shown["total"], shown["coupons"][0]["off"]) == (599, 300)
        lane.ask("tender", kind="cash")
        (sold,) = tickets(scene)
        assert [one.number for one in sold.coupons] == [number]
        ledger.arrive(hq, sold)
        assert (state(hq, number), reserved(hq)) == ("used", [])

        # Nobody uses it again; a number that nobody issued is none.
        assert basket(lane, number)["error"]["code"] == "redeem_coupon_used"
        assert basket(lane, "ONCE-1")["error"]["code"] == "redeem_unknown_coupon"
        assert lane.ask("state")["state"]["basket"]["coupons"] == []
        lane.ask("cancel")

        # What it was used for comes back, and with it the coupon.
        lane.ask("lookup", key=sold.receipt, returning=True)
        told(lane, "lookup")
        fields = {"reason": "broken", "operator": "M1", "pin": "9999"}
        assert lane.ask("give_back", line=1, quantity="", **fields)["ok"]
        lane.ask("scan", code=MILK)
        assert lane.ask("tender", kind="cash")["ok"]
        ledger.arrive(hq, tickets(scene)[-1])
        assert state(hq, number) == "issued"
