"""Rule 23: a day's figures, recomputed and compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.domain.day import ControlledTicket, LaneTotals, audit_lane, lane_differences
from schemas.domain.ticket import Control

FIRST = ControlledTicket("A-1-000007", 7, 350, 350, Control(1, 350, 10_350))
SECOND = ControlledTicket("A-1-000008", 8, 700, 700, Control(2, 1050, 11_050))
THIRD = ControlledTicket("A-1-000009", 9, 50, 50, Control(3, 1100, 11_100))
KEPT = LaneTotals("A-1", tickets=3, gross=1100, last_counter=9, grand_total=11_100)


@pytest.mark.parametrize("tickets", [[FIRST, SECOND, THIRD], [THIRD, FIRST, SECOND]])
def test_a_complete_lane_needs_no_order(tickets: list[ControlledTicket]) -> None:
    assert audit_lane("A-1", tickets) == (KEPT, ())
    assert lane_differences(KEPT, audit_lane("A-1", tickets)[0]) == []


@pytest.mark.parametrize(
    ("tickets", "differing", "named"),
    [
        ([FIRST, THIRD], ["tickets 3", "gross 1100"], ["A-1-000009"]),  # one dropped
        (
            [FIRST, SECOND],
            ["tickets 3", "gross 1100", "last receipt 9", "grand total 11100"],
            [],  # only the lane's own last word tells of a missing last ticket
        ),
        (
            [FIRST, SECOND, SECOND, THIRD],
            ["tickets 3", "gross 1100"],
            ["A-1-000008"],  # one doubled
        ),
        (
            [FIRST, replace(SECOND, total=701, lines=701), THIRD],
            ["gross 1100"],
            ["A-1-000008"],  # a cent on the whole ticket
        ),
        ([FIRST, replace(SECOND, lines=699), THIRD], [], ["A-1-000008"]),  # a cent on one line
    ],
)
def test_what_broke_a_lane_is_named(
    tickets: list[ControlledTicket], differing: list[str], named: list[str]
) -> None:
    totals, problems = audit_lane("A-1", tickets)
    found = lane_differences(KEPT, totals)
    assert [words.removeprefix("lane A-1: ").partition(" at")[0] for words in found] == differing
    assert [problem.partition(":")[0] for problem in problems] == named


def test_a_lane_that_sold_nothing_differs_in_nothing() -> None:
    idle = LaneTotals("A-1", tickets=0, gross=0, last_counter=8, grand_total=11_050)
    assert lane_differences(idle, audit_lane("A-1", [])[0]) == []
    assert len(lane_differences(idle, audit_lane("A-1", [FIRST])[0])) == 4
