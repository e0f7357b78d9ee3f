"""What a draft would have done to past baskets, beside what is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hq.promotion_replay import Figures, PastBasket, Shop, replay
from hq.replay_margin import Margin
from schemas.domain.promotion.effect import (
    CouponOff,
    NthOff,
    PercentOff,
    SpendGift,
    TierPercent,
    TierRate,
)
from schemas.domain.promotion.promotion import Hours, Period, Promotion, Scope, Who
from schemas.domain.ticket import Discount, SaleLine

#: Monday the second of March, eight in the evening in Shanghai, and noon in London.
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG_AGO = Period(datetime(2020, 1, 1, tzinfo=UTC))
NEXT_YEAR = Period(datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC))
SHANGHAI = {"N001": Shop("Asia/Shanghai")}
PARENTS = {"apples": "fruit", "fruit": "", "tea": ""}


def line(number: int, item: str, price: int, pieces: int = 1, category: str = "apples") -> SaleLine:
    return SaleLine(
        number, item, item.title(), "piece", pieces * 1000, price, price * pieces,
        category=category,
    )  # fmt: skip


def basket(*lines: SaleLine, branch: str = "N001", tier: str = "") -> PastBasket:
    return PastBasket(branch, AT, lines, "m1" if tier else None, tier)


def draft(percent: int = 1000, period: Period = NEXT_YEAR, **about: tuple[str, ...]) -> Promotion:
    return Promotion("S000009", "Draft", period, PercentOff(percent), Scope(**about))


def test_a_draft_of_next_year_is_held_against_baskets_of_the_past() -> None:
    given = [
        basket(line(1, "apple", 1000, 2), line(2, "tea", 500, category="tea")),
        basket(line(1, "tea", 700, category="tea")),
    ]
    found = replay(given, SHANGHAI, draft(categories=("fruit",)), PARENTS)
    assert found.total == Figures(2, 1, 200, 3200, 3000)
    assert found.total.effect == -200
    assert found.branches == {"N001": found.total}
    (item,) = found.items
    assert (item.item, item.name, item.baskets, item.quantity) == ("apple", "Apple", 1, 2000)
    assert (item.discount, item.before, item.after) == (200, 2000, 1800)


def test_it_stands_beside_what_is_published_and_may_take_its_place() -> None:
    """Both are exclusive: 20 % off by the draft puts 15 % off by the published one in its place."""
    published = replace(draft(1500, LONG_AGO, items=("apple",)), id="S000001")
    shops = {"N001": Shop("Asia/Shanghai", (published,))}
    found = replay([basket(line(1, "apple", 1000))], shops, draft(2000), PARENTS)
    assert found.total == Figures(1, 1, 200, 850, 800)
    weaker = replay([basket(line(1, "apple", 1000))], shops, draft(1000), PARENTS)
    assert weaker.total == Figures(1, 0, 0, 850, 850)


def test_what_is_published_holds_only_as_it_is_published() -> None:
    later = replace(draft(1500, NEXT_YEAR), id="S000001")
    shops = {"N001": Shop("Asia/Shanghai", (later,))}
    found = replay([basket(line(1, "apple", 1000))], shops, draft(1000), PARENTS)
    assert (found.total.before, found.total.after) == (1000, 900)


def test_what_promotions_took_off_then_is_put_back_first_and_the_rest_stays() -> None:
    sold = replace(
        line(1, "apple", 1000), amount=700,
        discounts=(Discount("member_price", 100, "gold"),
                   Discount("promotion", 200, "Old", rule="S000004")),
    )  # fmt: skip
    found = replay([basket(sold)], SHANGHAI, draft(), PARENTS)
    assert found.total == Figures(1, 1, 90, 900, 810)


def test_a_birthday_offer_is_held_against_the_baskets_of_birthdays() -> None:
    there = replace(basket(line(1, "apple", 1000), tier="gold"), birthday=date(1990, 3, 2))
    other = replace(there, birthday=date(1990, 4, 2))
    given = [there, other, basket(line(1, "apple", 1000))]
    found = replay(given, SHANGHAI, replace(draft(), who=Who(birthday="month")), PARENTS)
    assert found.total == Figures(3, 1, 100, 3000, 2900)


def test_overridden_lines_and_voided_ones_are_not_touched() -> None:
    overridden = replace(line(1, "apple", 1000), amount=800,
                         discounts=(Discount("override", 200, "damaged"),))  # fmt: skip
    voided = replace(line(2, "apple", 1000), voided=True)
    found = replay([basket(overridden, voided)], SHANGHAI, draft(), PARENTS)
    assert found.total == Figures(1, 0, 0, 800, 800)


def test_each_branch_has_its_own_clock() -> None:
    """An evening's offer: it is eight in the evening in Shanghai and noon in London."""
    shops = SHANGHAI | {"L001": Shop("Europe/London")}
    evening = draft(1000, replace(NEXT_YEAR, weekdays=(1,), hours=(Hours(18 * 60, 22 * 60),)))
    given = [basket(line(1, "apple", 1000)), basket(line(1, "apple", 1000), branch="L001")]
    found = replay(given, shops, evening, PARENTS)
    assert found.branches == {
        "L001": Figures(1, 0, 0, 1000, 1000),
        "N001": Figures(1, 1, 100, 1000, 900),
    }
    assert found.total == Figures(2, 1, 100, 2000, 1900)


def test_a_known_members_tier_counts() -> None:
    gold = replace(draft(), effect=TierPercent((TierRate("gold", 2000),)))
    given = [basket(line(1, "apple", 1000), tier="gold"), basket(line(1, "apple", 1000))]
    assert replay(given, SHANGHAI, gold, PARENTS).total == Figures(2, 1, 200, 2000, 1800)


def test_the_margin_is_that_of_lines_whose_cost_is_known() -> None:
    """11.30 with 13 % tax are 10.00 net; bought for 6.00 they bring 4.00, and 10 % off takes 1.00 of it."""
    taxed = replace(line(1, "apple", 1130), tax=130)
    off_then = replace(
        taxed,
        number=2,
        amount=1017,
        tax=117,
        discounts=(Discount("promotion", 113, "Old", rule="S1"),),
    )
    back = replace(line(3, "apple", 1130), quantity=-1000, amount=-1130, tax=-130)
    free_then = replace(
        line(4, "apple", 1130), amount=0, discounts=(Discount("promotion", 1130, "Old", rule="S1"),)
    )
    unknown = line(5, "tea", 500, category="tea")
    costs = {1: 600, 2: 600, 3: -600, 4: 600}
    given = replace(basket(taxed, off_then, back, free_then, unknown), costs=costs)
    total = replay([given], SHANGHAI, draft(categories=("fruit",)), PARENTS).total
    assert total.margin == Margin(sales=1130, before=400, after=200)
    assert total.margin.effect == -200
    assert total.uncosted == 1130 + 500


def test_ten_items_are_named_those_in_most_baskets_first() -> None:
    """Item 12 is in two baskets; 11 to 03 follow by what they were given, 02 and 01 are left out."""
    goods = [line(number, f"i{number:02}", 100 * number) for number in range(1, 13)]
    given = [basket(*goods), basket(line(1, "i12", 100), line(2, "i12", 100))]
    found = replay(given, SHANGHAI, draft(), PARENTS).items
    assert [one.item for one in found] == [f"i{number:02}" for number in range(12, 2, -1)]
    assert (found[0].baskets, found[0].quantity, found[0].discount) == (2, 3000, 140)


def test_only_the_part_of_a_basket_that_is_given_something_counts_for_its_items() -> None:
    second = replace(draft(), effect=NthOff(5000), scope=Scope(items=("apple",)))
    given = [basket(line(1, "apple", 1000), line(2, "apple", 800), line(3, "pear", 500))]
    found = replay(given, SHANGHAI, second, PARENTS)
    assert found.total == Figures(1, 1, 400, 2300, 1900)
    assert [(one.item, one.baskets, one.discount) for one in found.items] == [("apple", 1, 400)]


def test_gifts_are_counted_as_due_whoever_would_have_taken_them() -> None:
    gift = replace(draft(), effect=SpendGift(1000, "cup", "piece", every=True))
    given = [basket(line(1, "apple", 1000, 2)), basket(line(1, "apple", 900))]
    found = replay(given, SHANGHAI, gift, PARENTS)
    assert found.total == Figures(2, 1, 0, 2900, 2900, gifts=2000)


def test_what_was_given_then_is_left_out() -> None:
    cup = replace(
        line(2, "cup", 1500),
        amount=0,
        discounts=(Discount("promotion", 1500, "G", rule="S000004"),),
    )
    one = [basket(line(1, "apple", 1000), cup)]
    found = replay(one, SHANGHAI, draft(), PARENTS, giving={"S000004"})
    assert found.total == Figures(1, 1, 100, 1000, 900)


def test_a_coupon_is_presented_by_nobody_or_by_everybody() -> None:
    coupon = replace(draft(), effect=CouponOff(1500, 200), who=Who(coupon="SPRING"))
    given = [basket(line(1, "apple", 1000, 2)), basket(line(1, "apple", 1000))]
    assert replay(given, SHANGHAI, coupon, PARENTS).total == Figures(2, 0, 0, 3000, 3000)
    found = replay(given, SHANGHAI, coupon, PARENTS, presented=True)
    assert found.total == Figures(2, 1, 200, 3000, 2800)
