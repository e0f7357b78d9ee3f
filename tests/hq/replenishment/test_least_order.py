"""The least order of a supplier is reached over all lines, or what is missing is told (rule 27)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hq.replenishment.chain import Least
from hq.replenishment.least_order import reach, short_of
from hq.replenishment.line import Line


def line(item: str, packs: int, pack: int, price: int | None, daily: int, room: int | None) -> Line:
    terms = {"daily": daily, "available": 0, "pack": pack * 1000}
    return Line(item, "box", pack * 1000, packs * pack * 1000, price, "source", terms, {}, room)


def test_the_line_that_lasts_the_shortest_is_raised_first() -> None:
    lines = [line("A", 1, 10, 1000, 1000, None), line("B", 1, 10, 1000, 5000, None)]
    made, missing = reach(lines, Least(amount=4000))
    assert missing == {}
    assert [one.quantity for one in made] == [10_000, 30_000]
    assert made[1].terms["raised"] == 20_000
    assert made[0].terms == lines[0].terms


def test_what_cannot_be_reached_is_told_and_the_lines_stay() -> None:
    lines = [line("A", 1, 10, 1000, 1000, 15_000), line("B", 1, 10, None, 1000, None)]
    assert reach(lines, Least(amount=2500)) == (lines, {"amount": 1500})
    assert reach(lines, Least(amount=900)) == (lines, {})
    assert reach([], Least(amount=900)) == ([], {})


LINES = st.lists(
    st.builds(
        line, st.sampled_from("ABCDEFGH"), st.integers(0, 5), st.integers(1, 12),
        st.none() | st.integers(20, 3000), st.integers(0, 9000),
        st.none() | st.integers(60_000, 200_000),
    ),
    max_size=8, unique_by=lambda one: one.item,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(LINES, st.integers(0, 200_000), st.integers(0, 60_000))
def test_it_is_reached_in_whole_packs_within_every_limit_whatever_the_order(
    lines: list[Line], amount: int, quantity: int
) -> None:
    least = Least(amount, quantity)
    made, missing = reach(lines, least)
    assert missing or not [one for one in lines if one.quantity] or not short_of(made, least)
    for before, after in zip(lines, made, strict=True):
        assert after.quantity >= before.quantity
        assert after.quantity % after.terms["pack"] == 0
        assert after.quantity == before.quantity or before.quantity > 0
        assert before.room is None or after.quantity <= max(before.room, before.quantity)
    shuffled = sorted(lines, key=lambda one: one.item, reverse=True)
    again, _ = reach(shuffled, least)
    assert {one.item: one.quantity for one in again} == {one.item: one.quantity for one in made}
