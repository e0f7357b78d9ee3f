"""How much is sent at once: it grows while the line is quick, and shrinks when it is not."""

from __future__ import annotations

import pytest

from replication import load
from replication.errors import LinkDownError
from replication.load import Load


class Watch:
    """A clock that a test sets."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(load, "time", made)
    return made


@pytest.mark.parametrize(
    ("took", "entries"),
    [
        ([], 16),
        ([0.1], 400),
        ([1.0], 40),
        ([2.0], 32),
        ([0.1] * 2, 500),
        ([7.0], 16),
        ([12.0], 8),
        ([2.0, 13.0, 13.0], 8),
        ([13.0] * 9, 1),
    ],
)
def test_the_next_push_holds_what_the_last_ones_allow(
    watch: Watch, took: list[float], entries: int
) -> None:
    learning = Load(500)
    for seconds in took:
        with learning.timed(learning.entries):
            watch.now += seconds
    assert learning.entries == entries


def test_a_push_without_an_answer_halves_the_next(watch: Watch) -> None:
    learning = Load(500)

    def push() -> None:
        with learning.timed(16):
            watch.now += 0.1
            raise LinkDownError("cut")

    with pytest.raises(LinkDownError):
        push()
    assert learning.entries == 8


@pytest.mark.parametrize(("took", "entries"), [(0.1, 25), (4.0, 16), (13.0, 1)])
def test_a_push_that_was_not_full_says_only_what_it_carried(
    watch: Watch, took: float, entries: int
) -> None:
    learning = Load(500)
    with learning.timed(1):
        watch.now += took
    assert learning.entries == entries
