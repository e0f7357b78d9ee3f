"""Tiers: what spend gives, and how long it lasts."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.domain.tier import Held, Tier, decide, months_after

SILVER = Tier("silver", "银卡", 1, 1_000_00, 12, 0)
GOLD = Tier("gold", "金卡", 2, 5_000_00, 12, 6)
PLATINUM = Tier("platinum", "白金卡", 3, 3_000_00, 3, 12)
STAFF = Tier("staff", "员工", 9, None, 12, 0)
TIERS = (STAFF, SILVER, PLATINUM, GOLD)
TODAY = date(2026, 8, 31)
LONG_AGO = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("held", "year", "quarter", "tier", "by"),
    [
        # raised at once, over a tier if need be, by the window of the one reached
        (Held("", TODAY), 999_99, 0, None, None),
        (Held("", TODAY), 1_000_00, 0, "silver", SILVER),
        (Held("", TODAY), 5_000_00, 0, "gold", GOLD),
        (Held("silver", TODAY), 5_000_00, 0, "gold", GOLD),
        (Held("gold", TODAY), 3_000_00, 3_000_00, "platinum", PLATINUM),
        # what is reached stays
        (Held("silver", LONG_AGO), 4_999_99, 2_999_99, None, None),
        (Held("gold", LONG_AGO), 5_000_00, 0, None, None),
        # lowered once its time is over: six months for gold, none for silver
        (Held("gold", date(2026, 3, 1)), 1_000_00, 0, None, None),
        (Held("gold", date(2026, 2, 28)), 1_000_00, 0, "silver", GOLD),
        (Held("gold", date(2026, 2, 28)), 0, 0, "", GOLD),
        (Held("silver", TODAY), 999_99, 0, "", SILVER),
        (Held("platinum", LONG_AGO), 5_000_00, 2_999_99, "gold", PLATINUM),
        # more came back than was bought
        (Held("silver", LONG_AGO), -1, -1, "", SILVER),
        # a person's word, a tier without threshold, and one that the table has not
        (Held("silver", LONG_AGO, fixed=True), 9_000_00, 0, None, None),
        (Held("gold", LONG_AGO, fixed=True), 0, 0, None, None),
        (Held("staff", LONG_AGO), 9_000_00, 9_000_00, None, None),
        (Held("vip", LONG_AGO), 9_000_00, 9_000_00, None, None),
    ],
)  # fmt: skip
def test_a_table_of_members(
    held: Held, year: int, quarter: int, tier: str | None, by: Tier | None
) -> None:
    made = decide(TIERS, held, {12: year, 3: quarter}, TODAY)
    assert (made and made.tier, made and made.by) == (tier, by)


def test_a_threshold_of_nought_is_everyone_s() -> None:
    everyone = Tier("basic", "普通", 0, 0, 12, 0)
    made = decide([everyone], Held("", TODAY), {12: 0}, TODAY)
    assert made is not None
    assert made.tier == "basic"


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
        (date(2026, 3, 15), -15, date(2024, 12, 15)),
        (date(2026, 3, 15), 0, date(2026, 3, 15)),
    ],
)
def test_months_end_where_the_month_does(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then
