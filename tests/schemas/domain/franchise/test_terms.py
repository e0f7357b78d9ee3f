"""Terms of a franchise statement, worked by hand, and differences that always come to the whole."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.franchise.charges import Period, Sold, of_months, of_sales, statement
from schemas.domain.franchise.difference import add, differences
from schemas.domain.franchise.goods import Receipt, Sent, delivered, returned
from schemas.domain.franchise.rule import Agreement, Rule, RuleKind, agreement, fault, overlap
from schemas.domain.franchise.term import Term, due, subtotals

APRIL = Period(date(2026, 4, 1), date(2026, 4, 30))
PARENTS = {"01": "", "01-1": "01", "02": ""}
NOTHING = Agreement((), PARENTS)


def rule(
    code: str, kind: RuleKind, rate: int = 0, amount: int = 0, *, audience: str = "",
    category: str = "", of_net: bool = False, tax_rate: int = 0, first: int = 1,
    through: date | None = None,
) -> Rule:  # fmt: skip
    """A rule from a day of April on."""
    begins = date(2026, 4, first)
    return Rule(code, kind, audience, category, rate, amount, of_net, tax_rate, begins, through)


def agreed(*rules: Rule, groups: tuple[str, ...] = ()) -> Agreement:
    return agreement(rules, "N003", groups, PARENTS)


def sold(day: int, category: str, sales: int, tax: int = 0) -> Sold:
    return Sold(date(2026, 4, day), category, sales, tax)


def test_royalties_are_of_the_nearest_category_and_rounded_once() -> None:
    rules = agreed(
        rule("R1", "royalty", 500, of_net=True), rule("R2", "royalty", 300, category="01"),
        rule("L1", "levy", 100), rule("R0", "royalty", 900, category="09"),
    )  # fmt: skip
    days = (sold(1, "01-1", 333, 33), sold(2, "01-1", 334), sold(2, "02", 1003, 3), sold(3, "", 7))
    terms = {one.source: one for one in of_sales(APRIL, days, rules)}
    assert (terms["R1"].base, terms["R1"].amount) == (1007, 50)
    assert (terms["R2"].base, terms["R2"].amount) == (667, 20)
    assert (terms["L1"].base, terms["L1"].amount) == (1677, 17)
    assert (terms["R0"].base, terms["R0"].amount) == (0, 0), "every term is shown"


def test_what_a_branch_agreed_alone_takes_the_place_of_its_groups_and_the_chains() -> None:
    chain, north = rule("R1", "royalty", 500), rule("R2", "royalty", 400, audience="group:north")
    own = rule("R3", "royalty", 300, audience="N003", category="01", first=16)
    rules = agreed(chain, north, own, groups=("north",))
    terms = of_sales(
        APRIL, (sold(15, "02", 100), sold(16, "01-1", 100), sold(17, "02", 100)), rules
    )
    assert [(one.source, one.base, one.amount) for one in terms] == [("R2", 100, 4), ("R3", 100, 3)]


@pytest.mark.parametrize(("royalties", "lacking"), [(150_000, 50_000), (200_000, 0), (-1, 200_001)])
def test_a_minimum_is_met_or_made_up(royalties: int, lacking: int) -> None:
    (term,) = of_months(APRIL, royalties, agreed(rule("M", "minimum", amount=200_000)))
    assert (term.base, term.less, term.amount) == (200_000, royalties, lacking)


def test_what_is_due_by_the_month_is_due_by_its_days() -> None:
    period = Period(date(2026, 4, 16), date(2026, 5, 15))
    fees = agreed(rule("F", "fee", amount=100_000), rule("S", "fee", amount=1, first=20))
    terms = of_months(period, 0, fees)
    # 15 days of 30 and 15 of 31; where two count, the first by its code does.
    assert [(one.source, one.quantity, one.amount) for one in terms] == [("F", 30_000, 98_387)]


def test_tax_is_rounded_once_for_each_rate() -> None:
    rules = agreed(
        rule("R", "royalty", 1000, tax_rate=600), rule("F", "fee", amount=505, tax_rate=600),
        rule("T", "goods_tax", 1300), rule("T9", "goods_tax", 900, category="01"),
    )  # fmt: skip
    line = Sent("D", 1, "1001", date(2026, 4, 5), 3000, 333, ())
    goods = [(one, category) for category in ("01-1", "02", "02") for one in delivered(line, rules)]
    terms = statement(APRIL, goods, (sold(1, "02", 100),), rules)
    taxes = [(one.kind, one.base, one.rate, one.amount) for one in terms if "tax" in one.kind]
    assert taxes == [
        ("goods_tax", 333, 900, 30), ("goods_tax", 666, 1300, 87), ("tax", 515, 600, 31)
    ]  # fmt: skip
    assert sum(subtotals(terms).values()) == due(terms)


def test_what_did_not_arrive_is_credited_and_never_more_than_the_line() -> None:
    first, last = date(2026, 4, 6), date(2026, 4, 8)
    receipts = (Receipt("I1", first, 0, 1000, False), Receipt("I2", last, 0, 0, True))
    line = Sent("D", 1, "1001", date(2026, 4, 5), 3000, 100, receipts)
    terms = delivered(line, NOTHING)
    assert [(one.kind, one.on, one.amount) for one in terms] == [
        ("delivery", date(2026, 4, 5), 100), ("damaged", first, -33), ("short", last, -67)
    ]  # fmt: skip
    half = agreed(rule("D", "damaged", 5000), rule("S", "short", 0))
    assert [one.amount for one in delivered(line, half)] == [100, -17, 0]
    more = Sent("D", 1, "1001", first, 3000, 100, (Receipt("I", last, 3300, 0, True),))
    assert [(one.kind, one.amount) for one in delivered(more, NOTHING)] == [
        ("delivery", 100), ("over", 10)
    ]  # fmt: skip
    back = Sent("O", 1, "1001", first, 3000, 100, (Receipt("I", last, 2000, 1000, True),))
    assert [one.amount for one in returned(back, agreed(rule("B", "returned", 9000)))] == [-60]
    unknown = Sent("D", 1, "1001", first, 3000, None, receipts)
    assert {(one.amount, one.priced) for one in delivered(unknown, NOTHING)} == {(0, False)}


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (rule("R", "royalty", 10_001), "rate"), (rule("R", "royalty", 1, 5), "amount"),
        (rule("R", "fee"), "amount"), (rule("R", "fee", 1, 5), "rate"),
        (rule("R", "short", 1, category="01"), "category"),
        (rule("R", "goods_tax", 1, tax_rate=1), "tax"),
        (rule("R", "levy", 1, through=date(2026, 3, 1)), "order"), (rule("R", "levy", 1), None),
    ],
)  # fmt: skip
def test_what_a_rule_cannot_say(one: Rule, said: str | None) -> None:
    assert fault(one) == said


def test_rules_that_would_hold_on_one_date() -> None:
    open_end, ended = rule("A", "levy", 1), rule("B", "levy", 1, through=date(2026, 4, 9))
    later = rule("C", "levy", 1, first=10, through=date(2026, 4, 20))
    assert overlap(open_end, [open_end, ended]) == ended
    assert overlap(ended, [later]) is None
    assert overlap(later, [open_end]) == open_end
    assert overlap(later, [rule("D", "levy", 1, category="01")]) is None


_SOLD = st.lists(
    st.builds(sold, st.integers(1, 30), st.sampled_from(["01-1", "02", ""]),
              st.integers(-500, 5000), st.integers(0, 50)),
    max_size=5,
)  # fmt: skip
_RULES = st.lists(
    st.sampled_from(
        [
            rule("R1", "royalty", 515), rule("R2", "royalty", 333, category="01", tax_rate=600),
            rule("M", "minimum", amount=1000), rule("F", "fee", amount=700),
            rule("T", "goods_tax", 1300), rule("S", "short", 5000),
        ]
    ),
    unique=True,
)  # fmt: skip
_RECEIPTS = st.lists(
    st.builds(
        Receipt, st.sampled_from(["I1", "I2"]), st.just(APRIL.last), st.integers(0, 2000),
        st.integers(0, 900), st.booleans(),
    ),
    max_size=2, unique_by=lambda one: one.answer,
)  # fmt: skip


@given(st.lists(st.tuples(_SOLD, _RULES, _RECEIPTS, st.integers(1, 400)), min_size=1, max_size=5))
def test_what_was_settled_and_its_differences_come_to_the_whole(
    states: list[tuple[list[Sold], list[Rule], list[Receipt], int]],
) -> None:
    """However the facts of a period change between one statement and the next, the sum is as of now."""
    settled: dict[str, Term] = {}
    for sales, rules, receipts, value in states:
        agreement_now = agreed(*rules)
        line = Sent("D", 1, "1001", APRIL.first + timedelta(days=3), 3000, value, receipts)
        goods = [(one, "01-1") for one in delivered(line, agreement_now)]
        now = {one.key: one for one in statement(APRIL, goods, sales, agreement_now)}
        found = differences(1, settled, now)
        for one in found:
            assert one.was == (settled[one.term.key].amount if one.term.key in settled else 0)
            before = settled.get(one.term.key)
            settled[one.term.key] = one.term if before is None else add(before, one.term)
        assert due(settled.values()) == due(now.values())
        assert differences(1, settled, now) == [], "nothing is told twice"
