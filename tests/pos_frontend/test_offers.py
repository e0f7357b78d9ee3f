"""Promotions at the till: what they take off a basket, when they are looked at, and what they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pos_frontend.basket import Overriding
from pos_frontend.kept_basket import KeptBasket
from pos_frontend.till import Till
from replication import position
from replication.position import Position
from schemas.domain.promotion.effect import (
    BuyGet,
    Effect,
    NthOff,
    PercentOff,
    SpendOff,
    SpendStep,
    TierPercent,
    TierRate,
)
from schemas.domain.promotion.promotion import Promotion, Scope
from schemas.domain.ticket import Ticket, discrepancies
from schemas.tables.base import open_sqlite
from schemas.tables.catalogue_store import CatalogueStore
from schemas.wire.promotion_rule import encode_rule
from schemas.wire.records import Category, RecordBody
from schemas.wire.records import Promotion as Record
from tests.pos_frontend.shop import BREAD, CHAIN, MILK, NOON, OWN, Scene, load, records_of
from tests.pos_frontend.test_labels import FOR_839, LAYOUTS
from tests.schemas.domain.promotion.offers import offer

_DAIRY = Scope(categories=("dairy",))
HALF_SECOND = offer("S1", NthOff(5000), "1001")


class Feed:
    """What headquarters has published so far, one record after the other."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._number = 100

    def publish(self, *records: RecordBody, to: str = CHAIN) -> None:
        """Bring records to the lane as its sync process does."""
        engine = open_sqlite(str(self._scene.data / "catalogue.db"))
        self._number += len(records)
        with engine.begin() as connection:
            CatalogueStore().apply(connection, to, 1, records_of(records, self._number))
            position.move(connection, Position(to, "e", self._number, applied_at=NOON))
        engine.dispose()

    def offer(self, *promotions: Promotion, to: str = CHAIN) -> None:
        """Publish promotions."""
        self.publish(*(record(one) for one in promotions), to=to)


def record(promotion: Promotion, *, withdrawn: bool = False) -> Record:
    return Record(
        promotion=promotion.id, ends=promotion.period.ends, published=1,
        rule=encode_rule(promotion), withdrawn=withdrawn,
    )  # fmt: skip


@pytest.fixture
def feed(scene: Scene) -> Feed:
    return Feed(scene)


@pytest.fixture
def till(scene: Scene) -> Till:
    return scene.ready()


def taken(till: Till) -> list[tuple[int, int]]:
    """What each line costs, and what promotions took off it."""
    assert till.sale is not None
    return [
        (line.amount, sum(one.amount for one in line.discounts if one.kind == "promotion"))
        for line in till.sale.lines
    ]


def paid(till: Till) -> Ticket:
    till.tender("cash")
    assert till.last is not None
    assert discrepancies(till.last) == []
    return till.last


@pytest.mark.parametrize(
    ("effect", "scope", "codes", "expected"),
    [
        (PercentOff(1000), _DAIRY, [f"2*{MILK}", BREAD], [(630, 70), (899, 0)]),
        (NthOff(5000), _DAIRY, [MILK, BREAD, MILK], [(350, 0), (899, 0), (175, 175)]),
        (BuyGet(2, 1), _DAIRY, [f"3*{MILK}"], [(700, 350)]),
        (PercentOff(5000), Scope(categories=("fruit",)), ["1.5*2010"], [(510, 510)]),
        (PercentOff(1000), Scope(categories=("food",)), [MILK, "1*2010"], [(315, 35), (680, 0)]),
        (SpendOff((SpendStep(1000, 200),)), Scope(), [MILK, BREAD], [(294, 56), (755, 144)]),
    ],
)
def test_a_basket_costs_what_promotions_make_of_it(
    till: Till,
    feed: Feed,
    effect: Effect,
    scope: Scope,
    codes: list[str],
    expected: list[tuple[int, int]],
) -> None:
    feed.publish(Category(category="dairy", name="Dairy", parent="food"))
    feed.offer(offer("S1", effect, scope=scope))
    for code in codes:
        till.scan(code)
    assert taken(till) == expected
    ticket = paid(till)
    assert ticket.total == sum(amount for amount, _ in expected)
    rules = {one.rule for line in ticket.lines for one in line.discounts}
    assert rules == {"S1"}


def test_a_line_that_goes_takes_its_promotion_with_it(till: Till, feed: Feed) -> None:
    feed.offer(HALF_SECOND)
    till.scan(MILK)
    till.scan(MILK)
    assert sum(amount for amount, _ in taken(till)) == 525
    till.void_line(1)
    assert taken(till) == [(350, 0), (350, 0)]
    assert paid(till).total == 350


def test_what_somebody_or_a_label_has_priced_is_left_alone(
    scene: Scene, till: Till, feed: Feed
) -> None:
    load(scene.data, {CHAIN: LAYOUTS})
    feed.offer(offer("S1", PercentOff(1000)))
    till.scan(MILK)
    till.override(Overriding(1, "3.00", "dented", "M1", "9999"))
    till.scan(FOR_839)
    till.sell_unknown("777", "5", "sweets")
    till.scan(BREAD)
    assert taken(till) == [(300, 0), (839, 0), (500, 0), (809, 90)]


def test_members_get_theirs_on_top_of_their_price(till: Till, feed: Feed) -> None:
    feed.offer(offer("S1", TierPercent((TierRate("member", 1000),))))
    till.scan(MILK)
    assert taken(till) == [(350, 0)]
    till.set_member("9001")
    assert taken(till) == [(288, 32)]
    till.set_member("")
    assert taken(till) == [(350, 0)]


def test_what_was_told_at_the_total_stands_until_the_lines_change(till: Till, feed: Feed) -> None:
    till.scan(BREAD)
    feed.offer(offer("S1", PercentOff(1000)))
    till.tender("card", "1")
    assert till.sale is not None
    assert till.sale.totals.total == 899
    till.back()
    till.scan(MILK)
    assert taken(till) == [(809, 90), (315, 35)]


def test_the_offer_is_that_of_the_moment_the_basket_was_begun(
    scene: Scene, till: Till, feed: Feed
) -> None:
    until = replace(HALF_SECOND.period, ends=NOON + timedelta(minutes=1))
    feed.offer(replace(HALF_SECOND, period=until))
    till.scan(MILK)
    scene.clock.now = NOON + timedelta(minutes=2)
    till.scan(MILK)
    assert paid(till).total == 525
    till.scan(f"2*{MILK}")
    assert paid(till).total == 700


def test_a_basket_comes_back_as_it_was_told(till: Till, feed: Feed, tmp_path: Path) -> None:
    feed.offer(HALF_SECOND)
    till.scan(f"2*{MILK}")
    kept = KeptBasket(tmp_path)
    kept.start()
    kept.keep(till.sale)
    kept.stop()
    again = KeptBasket(tmp_path).kept()
    assert again is not None
    assert again == till.sale
    assert again.totals.total == 525


def test_the_nearest_audience_speaks_and_a_withdrawn_promotion_is_gone(
    till: Till, feed: Feed
) -> None:
    feed.offer(offer("S1", PercentOff(1000)))
    feed.offer(offer("S1", PercentOff(2000)), to=OWN)
    till.scan(MILK)
    assert taken(till) == [(280, 70)]
    feed.publish(record(offer("S1", PercentOff(2000)), withdrawn=True), to=OWN)
    till.scan(MILK)
    assert taken(till) == [(350, 0), (350, 0)]


def test_a_rule_that_does_not_read_or_contradicts_itself_is_left_out_and_told(
    till: Till, feed: Feed, capsys: pytest.CaptureFixture[str]
) -> None:
    feed.offer(HALF_SECOND, offer("S2", PercentOff(20_000)))
    late = record(offer("S3", PercentOff(1000)))
    feed.publish(late.model_copy(update={"rule": late.rule.replace("percent_off", "lottery")}))
    till.scan(f"2*{MILK}")
    assert taken(till) == [(525, 175)]
    told = capsys.readouterr().out
    assert "S2" in told
    assert "S3 does not read here" in told
