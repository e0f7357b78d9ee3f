"""Baskets that are set aside at this till and gone on with, here or at another lane of the branch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from branch.inquiries import ANSWERERS, DECIDERS
from pos_frontend.basket import Overriding, Sale
from pos_frontend.errors import TillError
from pos_frontend.recovery import regain
from pos_frontend.refunds import plan
from pos_frontend.returns import GivingBack
from pos_frontend.screen import suspended as side
from pos_frontend.shared_baskets import SharedBaskets
from pos_frontend.suspended_baskets import own_suspended
from pos_frontend.suspending import Resuming
from pos_frontend.till import Till
from replication import journal
from replication.apply import Arrival
from replication.decision import Decisions
from replication.inquiry_desk import InquiryDesk
from replication.streams import journal_of
from replication.testing import MemoryInquirer
from schemas.domain.promotion.effect import NthOff
from schemas.domain.suspension import BasketResumed, BasketSuspended
from schemas.domain.till import BasketCancelled
from schemas.tables.base import open_postgres, open_sqlite, reading
from schemas.tables.journal import journal_entry
from schemas.tables.kinds import DatabaseKind
from schemas.tables.suspended import lane_suspended
from schemas.wire import entries
from schemas.wire.entry import Entry
from schemas.wire.suspended import SUSPENDED
from tests.pos_frontend.chain import hold
from tests.pos_frontend.shop import (
    BRANCH,
    BREAD,
    CHAIN,
    LANE,
    MILK,
    NOON,
    Scene,
    header,
    load,
    price,
)
from tests.pos_frontend.test_labels import LAYOUTS, STALE
from tests.pos_frontend.test_offers import Feed
from tests.pos_frontend.test_returns import found, sold
from tests.schemas.domain.promotion.offers import offer

OTHER = "N001.04"


def facts(scene: Scene, *kinds: type) -> list[Any]:
    with reading(scene.both.journal) as connection:
        rows = connection.execute(
            select(journal_entry.c.kind, journal_entry.c.version, journal_entry.c.body)
        )
        stated = [entries.decode(row.kind, row.version, bytes(row.body)) for row in rows]
    return [one for one in stated if isinstance(one, kinds)]


def aside(scene: Scene, name: str = "") -> BasketSuspended:
    """Set the till's basket aside."""
    scene.till.suspend(name)
    newest: BasketSuspended = facts(scene, BasketSuspended)[-1]
    return newest


def full(scene: Scene) -> Sale:
    """A basket with all that a basket may have, promotions and goods that come back too."""
    load(scene.data, {CHAIN: LAYOUTS})
    Feed(scene).offer(offer("S1", NthOff(5000), "1002"))
    till = scene.ready()
    sale = sold(scene, f"3*{MILK}")
    till.scan(f"2*{MILK}")
    till.scan("1.5*2010")
    till.sell_unknown("777", "12.50", "糖")
    till.scan(BREAD)
    till.void_line(4)
    till.override(Overriding(1, "6.00", "临期", "M1", "9999"))
    till.scan(STALE)
    till.scan(f"2*{BREAD}")
    till.set_member("9001")
    till.give_back(found(sale), GivingBack(1, "1"))
    assert till.sale is not None
    return till.sale


@pytest.fixture
def till(scene: Scene) -> Till:
    return scene.ready()


# --- at one lane ---


def test_a_basket_comes_back_as_it_was_under_a_uuid_of_its_own(scene: Scene) -> None:
    sale = full(scene)
    assert sale.shares
    fact = aside(scene, " 红衣女士 ")
    assert (fact.basket, fact.name, fact.amount, fact.lines) == (
        sale.uuid, "红衣女士", sale.totals.total, 6,
    )  # fmt: skip
    assert (scene.till.sale, scene.till.basket_uuid != sale.uuid) == (None, True)
    scene.clock.now += timedelta(minutes=5)
    scene.till.resume(Resuming(fact, claimed=True, current=False))
    back = scene.till.sale
    assert back is not None
    assert (back.lines, back.shares, back.basket) == (sale.lines, sale.shares, sale.basket)
    assert back.uuid != sale.uuid
    (said,) = facts(scene, BasketResumed)
    assert (said.uuid, said.basket, said.of_lane, said.claimed, said.repriced) == (
        fact.uuid, back.uuid, LANE, True, False,
    )  # fmt: skip
    scene.till.tender("cash", "100")
    assert scene.till.last is not None
    assert (scene.till.last.uuid, scene.till.last.counter) == (back.uuid, 2)


def test_what_comes_back_in_it_goes_to_the_tender_that_paid(scene: Scene, till: Till) -> None:
    till.scan(MILK)
    till.tender("card")
    assert till.last is not None
    till.give_back(found(till.last), GivingBack(1))
    till.resume(Resuming(aside(scene), claimed=True, current=True))
    with power_cut(scene, None) as again:
        assert again.sale is not None
        assert [(one.kind, one.amount) for one in plan(again.sale)] == [("card", 350)]


def test_prices_that_changed_meanwhile_hold_by_setting(scene: Scene, till: Till) -> None:
    till.scan(f"2*{MILK}")
    till.scan("2*1002")
    till.override(Overriding(2, "10", "临期", "M1", "9999"))
    first = aside(scene)
    load(scene.data, {CHAIN: [price("dear", "1001", 400), header("dear", 2)]})
    till.resume(Resuming(first, claimed=True, current=False))
    assert till.sale is not None
    assert (till.sale.totals.total, till.sale.started) == (700 + 1000, NOON)
    second = aside(scene)
    scene.clock.now += timedelta(minutes=1)
    till.resume(Resuming(second, claimed=True, current=True))
    assert (till.sale.totals.total, till.sale.started) == (800 + 1000, scene.clock.now)
    assert facts(scene, BasketResumed)[-1].repriced


def test_a_resumed_basket_is_cancelled_as_any_other(scene: Scene, till: Till) -> None:
    till.scan(MILK)
    fact = aside(scene)
    till.resume(Resuming(fact, claimed=True, current=False))
    till.cancel()
    (resumed,), (cancelled,) = facts(scene, BasketResumed), facts(scene, BasketCancelled)
    assert resumed.basket == cancelled.uuid


def test_what_cannot_be_set_aside_or_gone_on_with_is_refused(scene: Scene, till: Till) -> None:
    with pytest.raises(TillError, match="empty"):
        till.suspend("")
    till.scan(MILK)
    fact = aside(scene)
    till.scan(BREAD)
    with pytest.raises(TillError, match="basket_open"):
        till.resume(Resuming(fact, claimed=True, current=False))
    till.tender("cash", "1")
    with pytest.raises(TillError, match="not_while_tendering"):
        till.suspend("")


def test_a_disk_that_refuses_leaves_the_basket_where_it_is(scene: Scene, till: Till) -> None:
    till.scan(MILK)
    before = till.sale
    with scene.both.journal.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON journal_entry BEGIN SELECT RAISE(FAIL, 'full'); END"
        )
    with pytest.raises(TillError, match="not_saved"):
        till.suspend("")
    assert (till.sale, scene.journal.suspended.open()) == (before, [])


# --- power cuts and restores ---


@contextmanager
def power_cut(scene: Scene, kept: Sale | None) -> Iterator[Till]:
    """The till's own file is as it was before what the journal says last."""
    scene.keeps.sale = kept
    till = scene.restart()
    till.sign_in("C1", "1111")
    yield till


def test_a_cut_after_a_suspension_does_not_bring_the_basket_back_to_the_till(
    scene: Scene, till: Till
) -> None:
    till.scan(MILK)
    kept = till.sale
    fact = aside(scene)
    with power_cut(scene, kept) as again:
        assert again.sale is None
        assert scene.journal.suspended.open() == [fact]


@pytest.mark.parametrize("current", [False, True])
def test_a_cut_after_a_resumption_brings_the_basket_back(
    scene: Scene, till: Till, *, current: bool
) -> None:
    Feed(scene).offer(offer("S1", NthOff(5000), "1001"))
    till.scan(f"2*{MILK}")
    fact = aside(scene)
    load(scene.data, {CHAIN: [price("dear", "1001", 400), header("dear", 2)]})
    till.resume(Resuming(fact, claimed=True, current=current))
    before = till.sale
    assert before is not None
    assert before.totals.total == (600 if current else 525)
    with power_cut(scene, None) as again:
        assert again.sale == replace(before, terms=again.sale.terms) if again.sale else False
        assert again.tender("cash", "50")
    with power_cut(scene, None) as again:
        assert again.sale is None


@pytest.mark.parametrize("end", ["sold", "cancelled", "aside"])
def test_a_basket_that_ended_does_not_come_back(scene: Scene, till: Till, end: str) -> None:
    till.scan(MILK)
    till.resume(Resuming(aside(scene), claimed=True, current=False))
    if end == "sold":
        till.tender("cash", "50")
    elif end == "cancelled":
        till.cancel()
    else:
        till.suspend("")
    with power_cut(scene, None) as again:
        assert again.sale is None


def test_what_a_restore_lost_is_held_again_when_the_journal_comes_back(
    scene: Scene, till: Till
) -> None:
    till.scan(MILK)
    gone = aside(scene)
    till.resume(Resuming(gone, claimed=True, current=False))
    till.scan(BREAD)
    fact = aside(scene)
    with scene.both.journal.begin() as connection:
        lost = [one for one in journal_of_lane(scene) if one.kind.startswith("basket.")]
        connection.execute(lane_suspended.delete())
        regain(LANE, scene.clock, connection, [Arrival(one, LANE, LANE) for one in lost])
    assert scene.journal.suspended.open() == [fact]
    with power_cut(scene, None) as again:
        assert again.sale is None


def journal_of_lane(scene: Scene) -> list[Entry]:
    with reading(scene.both.journal) as connection:
        head = journal.head_of(connection, journal_of(LANE))
        return journal.read(connection, head.stream, head.epoch, 0, head.sequence)


# --- with the branch ---


class Branch:
    """A branch that answers this lane, and what its till asks it."""

    def __init__(self, scene: Scene, dsn: str) -> None:
        self.engine = open_postgres(dsn)
        self.scene = scene
        decisions = Decisions(scene.clock, DECIDERS)
        self.desk = InquiryDesk(
            BRANCH, open_postgres(dsn), ANSWERERS, None, decisions=decisions
        )  # fmt: skip
        self.line = MemoryInquirer(self.desk, LANE)
        own = open_sqlite(str(scene.data / "journal.db"))
        self.lane = InquiryDesk(LANE, own, {SUSPENDED: own_suspended()}, self.line)
        self.shared = SharedBaskets(self.lane, scene.journal.suspended)

    def listing(self) -> Any:  # noqa: ANN401 - JSON
        underway, _ = side.asked(self.shared)
        told = side.ended(self.shared, self.scene.till, underway, underway.wait())
        assert told is not None
        return told["suspended"]

    def listed(self) -> list[str]:
        return [one["uuid"] for one in self.listing()["baskets"]]

    def resume(self, uuid: str) -> Any:  # noqa: ANN401 - JSON
        underway = self.shared.claim(uuid)
        told = side.ended(self.shared, self.scene.till, underway, underway.wait())
        assert told is not None
        return told["resumed"]

    def elsewhere(self, fact: BasketSuspended, lane: str) -> None:
        """Another lane asks for a basket before this one does."""
        other = InquiryDesk(lane, open_sqlite(":memory:"), {}, MemoryInquirer(self.desk, lane))
        mine = SharedBaskets(other, self.scene.journal.suspended)
        assert mine.claim(fact.uuid).wait().outcome == "found"
        other.close()

    def close(self) -> None:
        for desk in (self.lane, self.desk):
            desk.close()
            desk._workers.shutdown()
        self.engine.dispose()


@pytest.fixture
def branch(scene: Scene, new_database: Callable[[DatabaseKind], str]) -> Iterator[Branch]:
    made = Branch(scene, new_database("branch"))
    yield made
    made.close()


def of_another_lane(scene: Scene, branch: Branch) -> BasketSuspended:
    """What a lane beside this one has set aside, and the branch holds."""
    scene.till.scan(BREAD)
    mine = aside(scene)
    scene.till.resume(Resuming(mine, claimed=True, current=False))
    scene.till.cancel()
    fact = replace(mine, uuid="s-other", basket="b-other", lane=OTHER, operator="C2", name="车上")
    hold(branch.engine, fact)
    return fact


def test_a_basket_of_another_lane_is_listed_and_resumed(
    scene: Scene, till: Till, branch: Branch
) -> None:
    fact = of_another_lane(scene, branch)
    till.scan(MILK)
    mine = aside(scene)
    shown = branch.listing()
    assert (shown["complete"], [one["lane"] for one in shown["baskets"]]) == (True, [LANE, OTHER])
    said = branch.resume(fact.uuid)
    assert (said["ok"], said["claimed"], said["lane"], said["name"]) == (True, True, OTHER, "车上")
    assert (said["before"], said["total"]) == (899, 899)
    assert till.sale is not None
    assert [line.item for line in till.sale.lines] == ["1002"]
    assert facts(scene, BasketResumed)[-1].of_lane == OTHER
    # The branch does not know yet that it goes on here; this lane does.
    assert branch.listed() == [mine.uuid]


def test_a_basket_that_another_lane_has_is_never_resumed_here_again_line_or_no_line(
    scene: Scene, till: Till, branch: Branch
) -> None:
    till.scan(MILK)
    fact = aside(scene)
    hold(branch.engine, fact)
    branch.elsewhere(fact, OTHER)
    said = branch.resume(fact.uuid)
    assert said["error"] == {"code": "suspended_gone", "values": {"lane": OTHER}}
    branch.line.down = True
    assert branch.listed() == []
    assert branch.resume(fact.uuid)["error"]["code"] == "suspended_gone"
    assert till.sale is None


def test_the_list_tells_it_too_and_the_lane_remembers(
    scene: Scene, till: Till, branch: Branch
) -> None:
    till.scan(MILK)
    fact = aside(scene)
    hold(branch.engine, fact)
    branch.elsewhere(fact, OTHER)
    assert branch.listed() == []
    branch.line.down = True
    said = branch.resume(fact.uuid)
    assert said["error"]["code"] == "suspended_gone"


def test_with_the_branch_away_a_lane_resumes_its_own_alone(
    scene: Scene, till: Till, branch: Branch
) -> None:
    other = of_another_lane(scene, branch)
    till.scan(MILK)
    mine = aside(scene)
    hold(branch.engine, mine)
    assert branch.listed() == [mine.uuid, other.uuid]
    branch.line.down = True
    assert branch.resume(other.uuid)["error"]["code"] == "suspended_offline"
    shown = branch.listing()
    assert (shown["complete"], shown["why"]) == (False, "line_down")
    assert [one["uuid"] for one in shown["baskets"]] == [mine.uuid]
    said = branch.resume(mine.uuid)
    assert (said["ok"], said["claimed"]) == (True, False)
    assert not facts(scene, BasketResumed)[-1].claimed
    # The line is back, and the branch, which knows nothing of it, still lists what this lane has resumed.
    branch.line.down = False
    assert branch.listed() == [other.uuid]


def test_a_lost_answer_leaves_the_basket_to_who_asked_first(
    scene: Scene, till: Till, branch: Branch
) -> None:
    fact = of_another_lane(scene, branch)
    branch.listing()
    branch.line.faults = replace(branch.line.faults, unanswered=1.0)
    assert branch.resume(fact.uuid)["error"]["code"] == "suspended_offline"
    branch.line.faults = replace(branch.line.faults, unanswered=0.0)
    assert branch.listing()["baskets"][0]["given"] == LANE
    assert branch.resume(fact.uuid)["ok"]
    assert till.sale is not None


def test_a_cashier_who_began_another_basket_gets_it_afterwards(
    scene: Scene, till: Till, branch: Branch
) -> None:
    fact = of_another_lane(scene, branch)
    branch.listing()
    claim = branch.shared.claim(fact.uuid)
    till.scan(MILK)
    told = side.ended(branch.shared, till, claim, claim.wait())
    assert told is not None
    assert told["resumed"]["error"]["code"] == "basket_open"
    till.cancel()
    branch.listing()
    assert branch.resume(fact.uuid)["ok"]


def test_a_restored_lane_is_told_that_it_had_the_basket_itself(
    scene: Scene, till: Till, branch: Branch
) -> None:
    till.scan(MILK)
    fact = aside(scene)
    done = BasketResumed(
        fact.uuid, "b9", BRANCH, LANE, LANE, fact.business_date, "C1", NOON, claimed=True,
        repriced=False,
    )  # fmt: skip
    hold(branch.engine, fact, done)
    assert branch.resume(fact.uuid)["error"]["values"] == {"lane": LANE}
    assert branch.listed() == []


def test_what_is_in_no_list_is_not_asked_for(till: Till, branch: Branch) -> None:
    del till
    with pytest.raises(TillError, match="suspended_unknown"):
        branch.shared.claim("s-nowhere")
