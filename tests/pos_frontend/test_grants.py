"""The grants of a lane: what is used of them, once and durably, and when another is asked for (rule 18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from pos_frontend.errors import TillError
from pos_frontend.grant_renewal import GrantRenewal
from pos_frontend.recovery import recovery_of
from replication import recovery
from schemas.domain.ticket import TenderLine
from schemas.tables.lane import lane_grant_use
from schemas.wire.redemption import Ended
from tests.pos_frontend.ledgers import MEMBER, Ledgers, answer_of, granted, redemptions
from tests.pos_frontend.shop import BREAD, LANE, MILK, NOON, Scene
from tests.pos_frontend.test_redeeming import data, made

__all__ = ["data", "made"]  # fixtures


@dataclass
class Ticking:
    """A steady clock of the test's."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def sell(scene: Scene, grant: str, amount: int, member: str = MEMBER) -> None:
    """Sell bread, so much of it out of a grant."""
    till = scene.till
    till.scan(BREAD)
    till.set_member(member)
    assert till.sale is not None
    till.sale = replace(till.sale, tenders=(TenderLine("stored_value", amount, grant=grant),))
    assert till.tender("cash") is True


def room(scene: Scene, account: str = MEMBER) -> int:
    found = scene.journal.grants.best("stored_value", account, scene.clock(), scene.till.sale)
    return 0 if found is None else found.amount


def begin_epoch(scene: Scene) -> None:
    """As after a restore."""
    back = recovery_of(scene.both.journal, LANE, scene.clock, scene.data)
    with scene.both.journal.begin() as connection:
        recovery.begin_epoch(back, connection, "restored")


def test_uses_count_by_account_and_in_all_and_with_the_sale_in_hand(scene: Scene) -> None:
    grants = scene.journal.grants
    scene.ready()
    grants.take([granted(scene, amount=1_000, cap=600), granted(scene, "points", "P1")])
    sell(scene, "G1", 500)
    assert (room(scene), room(scene, "9002")) == (100, 500)
    till = scene.till
    till.scan(BREAD)
    till.set_member(MEMBER)
    assert till.sale is not None
    till.sale = replace(till.sale, tenders=(TenderLine("stored_value", 60, grant="G1"),))
    assert (room(scene), room(scene, "9002")) == (40, 440)
    till.cancel()
    assert room(scene) == 100


def test_of_several_the_one_with_the_most_room_is_taken(scene: Scene) -> None:
    grants = scene.journal.grants
    assert grants.best("stored_value", MEMBER, NOON, None) is None
    grants.take([granted(scene, cap=100), granted(scene, number="G2", cap=200)])
    found = grants.best("stored_value", MEMBER, NOON, None)
    assert found is not None
    assert (found.grant, found.amount) == (granted(scene, number="G2", cap=200), 200)
    assert grants.best("coupon", MEMBER, NOON, None) is None


def test_a_commit_that_fails_uses_nothing(scene: Scene) -> None:
    scene.ready()
    scene.journal.grants.take([granted(scene)])
    with scene.both.journal.begin() as connection:
        # The last thing that a commit writes is what was used.
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON lane_grant_use BEGIN SELECT raise(ABORT, 'full'); END"
        )
    before = scene.journal.counters()
    with pytest.raises(TillError, match="not_saved"):
        sell(scene, "G1", 500)
    assert scene.journal.counters() == before
    with scene.both.journal.begin() as connection:
        assert connection.execute(select(lane_grant_use)).all() == []
        connection.exec_driver_sql("DROP TRIGGER full")
    assert scene.till.tender("cash") is True
    with scene.both.journal.begin() as connection:
        assert connection.execute(select(lane_grant_use)).all() == [("G1", MEMBER, 500)]
    assert scene.journal.counters().receipt == 1


def test_a_lane_that_was_put_back_has_none_of_its_old_grants(scene: Scene) -> None:
    scene.ready()
    grants, old = scene.journal.grants, granted(scene)
    grants.take([old])
    sell(scene, "G1", 500)
    begin_epoch(scene)
    assert (room(scene), grants.wanted().ended) == (0, ())
    assert grants.wanted().epoch != old.epoch
    grants.take(
        [old, granted(scene, number="G2"), replace(granted(scene, number="G3"), lane="other")]
    )
    assert [one.grant.number for one in grants.held()] == ["G2"]
    assert room(scene) == 3_000


def test_a_kept_basket_keeps_what_a_grant_paid_in_this_epoch_alone(scene: Scene) -> None:
    till = scene.ready()
    scene.journal.grants.take([granted(scene)])
    till.scan(MILK)
    till.scan(BREAD)
    till.set_member(MEMBER)
    assert till.sale is not None
    paid = (
        TenderLine("stored_value", 100, grant="G1"),
        TenderLine("voucher", 100, "V", face_value=100),
    )
    till.sale = replace(till.sale, tenders=paid)
    kept = scene.restart().sale
    assert kept is not None
    assert kept.tenders == paid
    begin_epoch(scene)
    kept = scene.restart().sale
    assert kept is not None
    assert kept.tenders == paid[1:]


# --- asking for others ---


@dataclass
class Asking:
    """A lane that asks for its grants."""

    scene: Scene
    ledgers: Ledgers
    tick: Ticking
    renewal: GrantRenewal

    def turn(self, *, line_up: bool = True) -> None:
        """One turn, and another when what it asked has ended."""
        self.renewal.turn(line_up=line_up, sale=self.scene.till.sale)
        if self.renewal._underway is not None:
            answer_of(self.renewal._underway)
            self.renewal.turn(line_up=line_up, sale=self.scene.till.sale)

    @property
    def numbers(self) -> list[str]:
        return [one.grant.number for one in self.scene.journal.grants.held()]


@pytest.fixture
def asking(scene: Scene) -> Iterator[Asking]:
    ledgers, tick = Ledgers(), Ticking()
    _, desk = redemptions(scene, ledgers)
    scene.ready()
    yield Asking(scene, ledgers, tick, GrantRenewal(desk, scene.journal.grants, scene.clock, tick))
    desk.close()


def test_it_asks_at_the_start_and_each_hour_while_the_line_is_up(asking: Asking) -> None:
    asking.ledgers.open = (granted(asking.scene),)
    asking.turn(line_up=False)
    assert asking.ledgers.wanted == []
    asking.turn()
    assert (len(asking.ledgers.wanted), asking.numbers) == (1, ["G1"])
    for later, asked in ((1800.0, 1), (3599.0, 1), (3661.0, 2)):
        asking.tick.now = later
        asking.turn()
        assert len(asking.ledgers.wanted) == asked, later
    # What headquarters does not name any more is closed.
    asking.ledgers.open = ()
    asking.tick.now = 8000.0
    asking.turn()
    assert asking.numbers == []


def test_a_line_that_comes_back_is_used_at_once(asking: Asking) -> None:
    asking.ledgers.down = True
    asking.turn()
    assert asking.ledgers.wanted == []
    asking.ledgers.down = False
    asking.turn()  # a minute has not passed
    assert asking.ledgers.wanted == []
    asking.turn(line_up=False)
    asking.turn()
    assert len(asking.ledgers.wanted) == 1


@pytest.mark.parametrize("end", ["used", "time"])
def test_one_that_nears_its_end_is_ended_and_never_used_again(asking: Asking, end: str) -> None:
    scene = asking.scene
    asking.ledgers.open = (granted(scene, amount=1_000, cap=950),)
    asking.turn()
    asking.ledgers.open = (granted(scene, number="G2", amount=1_000, cap=950),)
    if end == "used":
        # Bread costs 8.99: two members' worth of it.
        sell(scene, "G1", 899)
        sell(scene, "G1", 50, "")
    else:
        scene.clock.now += timedelta(hours=46)
    # Nobody answers: it is not known whether headquarters has given out what was left of it.
    asking.ledgers.down = True
    asking.tick.now = 60.0
    asking.turn()
    assert room(scene, "9002") == 0
    asking.ledgers.down = False
    asking.tick.now = 120.0
    asking.turn()
    used = 949 if end == "used" else 0
    assert asking.ledgers.wanted[-1].ended == (Ended("G1", used),)
    assert asking.numbers == ["G2"]


def test_with_the_line_down_a_grant_is_used_to_its_end_and_a_clock_set_back_revives_none(
    asking: Asking,
) -> None:
    scene = asking.scene
    asking.ledgers.open = (granted(scene),)
    asking.turn()
    scene.clock.now += timedelta(hours=47)
    asking.tick.now = 60.0
    asking.turn(line_up=False)
    assert room(scene) == 3_000
    scene.clock.now += timedelta(hours=1)
    asking.tick.now = 120.0
    asking.turn(line_up=False)
    scene.clock.now = NOON
    assert room(scene) == 0


def test_a_grant_that_the_sale_in_hand_uses_is_not_ended_under_it(asking: Asking) -> None:
    scene = asking.scene
    asking.ledgers.open = (granted(scene, hours=1),)
    asking.turn()
    till = scene.till
    till.scan(BREAD)
    till.set_member(MEMBER)
    assert till.sale is not None
    till.sale = replace(till.sale, tenders=(TenderLine("stored_value", 100, grant="G1"),))
    asking.tick.now = 60.0
    asking.turn()
    assert not scene.journal.grants.held()[0].ended
    till.cancel()
    asking.tick.now = 120.0
    asking.turn()
    assert asking.ledgers.wanted[-1].ended == (Ended("G1", 0),)
