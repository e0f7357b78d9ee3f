"""Gifts at the till: due, taken by a scan or all at once, charged when they are not earned, given back."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_frontend.basket import Overriding
from pos_frontend.errors import TillError
from pos_frontend.kept_basket import KeptBasket
from pos_frontend.returns import GivingBack
from pos_frontend.screen.promoted import gift_picture
from pos_frontend.suspending import Resuming
from pos_frontend.till import Till
from schemas.domain.promotion.effect import PercentOff, SpendGift
from schemas.domain.promotion.promotion import Limits
from schemas.domain.ticket import Discount, Ticket, discrepancies
from schemas.wire import entries
from tests.pos_frontend.shop import BREAD, MILK, Scene
from tests.pos_frontend.test_offers import Feed
from tests.pos_frontend.test_returns import found
from tests.pos_frontend.test_suspended import aside
from tests.schemas.domain.promotion.offers import offer

MILK_FROM_15 = offer("G1", SpendGift(1500, "1001", "piece", every=True))


@pytest.fixture
def till(scene: Scene) -> Till:
    Feed(scene).offer(MILK_FROM_15)
    return scene.ready()


def due(till: Till) -> list[tuple[str, str, int]]:
    return [(one.title, one.name, one.quantity // 1000) for one in till.due_gifts]


def lines(till: Till) -> list[tuple[int, int, str]]:
    """Of each line its pieces, what it costs, and whether it is a gift."""
    assert till.sale is not None
    sale = till.sale
    return [
        (line.quantity // 1000, line.amount, gift_picture(sale, line)["gift"])
        for line in sale.lines
    ]


def paid(till: Till) -> Ticket:
    assert till.tender("cash")
    assert till.last is not None
    assert discrepancies(till.last) == []
    return till.last


def test_a_gift_is_shown_as_due_and_taken_by_its_key(till: Till) -> None:
    till.scan(BREAD)
    assert due(till) == []
    with pytest.raises(TillError, match="no_gift"):
        till.take_gifts()
    till.scan(BREAD)
    assert due(till) == [("G1", "纯牛奶 1L", 1)]
    till.take_gifts()
    assert (due(till), lines(till)) == ([], [(1, 899, ""), (1, 899, ""), (1, 0, "given")])
    ticket = paid(till)
    gift = ticket.lines[2]
    assert (gift.list_price, gift.amount, gift.tax, ticket.total) == (350, 0, 0, 1798)
    assert gift.discounts == (Discount("promotion", 350, "G1", rule="G1"),)


def test_a_scan_takes_what_is_due_and_sells_the_rest(till: Till) -> None:
    till.scan(f"4*{BREAD}")
    assert due(till) == [("G1", "纯牛奶 1L", 2)]
    till.scan(MILK)
    assert due(till) == [("G1", "纯牛奶 1L", 1)]
    till.scan(f"3*{MILK}")
    assert lines(till) == [(4, 3596, ""), (1, 0, "given"), (1, 0, "given"), (2, 700, "")]
    assert due(till) == []


def test_one_that_is_not_earned_any_more_is_charged_until_it_is_again(till: Till) -> None:
    till.scan(BREAD)
    till.scan(BREAD)
    till.scan(MILK)
    till.void_line(2)
    assert lines(till)[2] == (1, 350, "charged")
    assert due(till) == []
    till.scan(BREAD)
    assert lines(till)[2] == (1, 0, "given")
    till.void_line(3)
    assert due(till) == [("G1", "纯牛奶 1L", 1)]


def test_it_does_not_count_for_others_nor_for_itself_and_is_not_overridden(
    scene: Scene, till: Till
) -> None:
    Feed(scene).offer(MILK_FROM_15, offer("S1", PercentOff(1000), mode="compound"))
    till.scan(f"2*{BREAD}")
    assert lines(till) == [(2, 1618, "")]
    till.scan(MILK)
    assert lines(till) == [(2, 1618, ""), (1, 0, "given")]
    with pytest.raises(TillError, match="gift"):
        till.override(Overriding(2, "1.00", "why", "M1", "9999"))


def test_for_a_member_the_member_price_comes_first(till: Till) -> None:
    till.scan(f"2*{BREAD}")
    till.set_member("9001")
    till.take_gifts()
    gift = paid(till).lines[1]
    assert [(one.kind, one.amount) for one in gift.discounts] == [
        ("member_price", 30), ("promotion", 320),
    ]  # fmt: skip


def test_a_gift_without_a_price_is_told(scene: Scene, till: Till) -> None:
    Feed(scene).offer(offer("G2", SpendGift(100, "2012", "piece")))
    till.scan(MILK)
    assert [name for _, name, _ in due(till)] == ["无价商品"]
    with pytest.raises(TillError, match="gift_price"):
        till.take_gifts()


def test_a_limit_per_day_counts_gifts_that_were_taken(scene: Scene, till: Till) -> None:
    limited = offer("G3", SpendGift(500, "1001", "piece"), limits=Limits(day=1))
    Feed(scene).offer(limited)
    till.scan(BREAD)
    paid(till)
    till.scan(BREAD)
    assert due(till) == [("G3", "纯牛奶 1L", 1)]
    till.take_gifts()
    paid(till)
    till.scan(BREAD)
    assert due(till) == []


def test_it_stays_with_a_suspended_basket_and_one_that_was_cut_off(
    scene: Scene, till: Till, tmp_path: Path
) -> None:
    till.scan(f"2*{BREAD}")
    till.take_gifts()
    kept = KeptBasket(tmp_path)
    kept.start()
    kept.keep(till.sale)
    kept.stop()
    assert kept.kept() == till.sale
    fact = aside(scene)
    kind, version = entries.kind_of(fact)
    assert entries.decode(kind, version, entries.encode(fact)) == fact
    till.resume(Resuming(fact, claimed=True, current=False))
    assert lines(till) == [(2, 1798, ""), (1, 0, "given")]


def test_what_was_sold_comes_back_for_what_was_paid_and_the_gift_for_nothing(
    scene: Scene, till: Till
) -> None:
    till.scan(f"2*{BREAD}")
    till.take_gifts()
    sale = found(paid(till))
    till.give_back(sale, GivingBack(2))
    assert till.sale is not None
    assert till.sale.totals.total == 0
    till.give_back(sale, GivingBack(1))
    assert till.sale.totals.total == -1798
    ticket = paid(till)
    assert [(line.quantity, line.amount) for line in ticket.lines] == [(-1000, 0), (-2000, -1798)]
