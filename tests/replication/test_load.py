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
        ([0.1], 32),
        ([0.1] * 9, 500),
        ([7.0], 16),
        ([12.0], 8),
        ([0.1, 13.0, 13.0], 8),
        ([13.0] * 9, 1),
    ],
)
def test_the_next_push_holds_what_the_last_ones_allow(
    watch: Watch, took: list[float], entries: int
) -> None:
    learning = Load(500)
    for seconds in took:
        with learning.timed():
            watch.now += seconds
    assert learning.entries == entries


def test_a_push_without_an_answer_halves_the_next(watch: Watch) -> None:
    learning = Load(500)

    def push() -> None:
        with learning.timed():
            watch.now += 0.1
            raise LinkDownError("cut")

    with pytest.raises(LinkDownError):
        push()
    assert learning.entries == 8
