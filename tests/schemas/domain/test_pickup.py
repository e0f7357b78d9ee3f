"""What a branch's steps with a pick-up order come to, in whatever order they arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.pickup import (
    ENDS,
    FOLLOWING,
    Picked,
    PickupState,
    PickupStep,
    PickupStepped,
    settle,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEPS: tuple[PickupStep, ...] = ("picked", "ready", "handed_over", "given_back")


def stepped(number: int, step: PickupStep, name: str = "") -> PickupStepped:
    lines = (Picked(1, "milk", "Milk", number * 1000),) if step == "picked" else ()
    at = NOON + timedelta(minutes=number)
    return PickupStepped(f"{number}{name}", "N001", "W1", number, step, "M1", at, lines)


@pytest.mark.parametrize(
    ("steps", "state", "picked", "beside"),
    [
        ((), "to_pick", 0, 0),
        (("picked",), "picked", 1000, 0),
        (("picked", "picked", "ready"), "ready", 2000, 0),
        (("picked", "ready", "picked", "ready", "handed_over"), "handed_over", 3000, 0),
        (("given_back",), "given_back", 0, 0),
        (("picked", "given_back", "ready", "handed_over"), "given_back", 1000, 2),
        (("ready",), "to_pick", 0, 1),
        (("picked", "handed_over"), "picked", 1000, 1),
    ],
)
def test_steps_come_to_a_state(
    steps: tuple[PickupStep, ...], state: PickupState, picked: int, beside: int
) -> None:
    found = settle([stepped(number, step) for number, step in enumerate(steps, 1)])
    assert (found.state, sum(one.quantity for one in found.lines)) == (state, picked)
    assert len(found.beside) == beside


def test_of_two_ends_the_first_counts_even_when_it_comes_back_later() -> None:
    """A branch that was put back from a backup stated a second end before the first came back."""
    picked, ready = stepped(1, "picked"), stepped(2, "ready")
    first, second = stepped(3, "handed_over"), stepped(4, "given_back")
    before = settle([picked, ready, second])
    assert before.state == "given_back"
    after = settle([picked, ready, second, first])
    assert (after.state, after.beside) == ("handed_over", (second,))


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(STEPS)), max_size=8), st.randoms())
def test_the_order_of_arrival_changes_nothing(
    drawn: list[tuple[int, PickupStep]], chance: object
) -> None:
    steps = [stepped(number, step, f"-{place}") for place, (number, step) in enumerate(drawn)]
    shuffled = list(steps)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert settle(steps) == settle(shuffled)
    found = settle(steps)
    assert not (found.state in ENDS and FOLLOWING[found.state])
