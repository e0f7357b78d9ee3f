"""How far two histories of a counter are one: a table of cases."""

from __future__ import annotations

import pytest

from replication.feed_history import History, parted_after

FIRST = History((), "C1")
SECOND = FIRST.closed(100, "C2")


@pytest.mark.parametrize(
    ("mine", "theirs", "after"),
    [
        (FIRST, FIRST, None),
        (SECOND, SECOND, None),
        (FIRST, SECOND, 100),
        (SECOND, FIRST.closed(100, "C3"), 100),
        (SECOND, FIRST.closed(60, "C4"), 60),
        (SECOND, FIRST.closed(130, "C5"), 100),
        (SECOND, FIRST, 100),
        (FIRST, SECOND.closed(110, "C6"), 100),
        (SECOND, SECOND.closed(110, "C6"), 110),
        (SECOND.closed(110, "C6"), SECOND, 110),
        (SECOND.closed(110, "C6"), FIRST.closed(80, "C7"), 80),
        (FIRST, History((), "another chain"), 0),
    ],
)
def test_histories_part_where_the_first_epoch_ended_otherwise(
    mine: History, theirs: History, after: int | None
) -> None:
    assert parted_after(mine, theirs) == after


def test_a_number_belongs_to_the_epoch_in_which_it_was_drawn() -> None:
    assert [SECOND.epoch_of(number) for number in (1, 100, 101)] == ["C1", "C1", "C2"]
