"""One run for all who ask at once, and no answer older than its question."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from replication.together import Together


def test_who_asks_while_a_run_is_under_way_is_answered_by_a_later_one() -> None:
    begun, go_on = threading.Event(), threading.Event()
    runs: list[set[int]] = []

    def look(keys: set[int]) -> dict[int, int]:
        runs.append(set(keys))
        if len(runs) == 1:
            begun.set()
            go_on.wait(30)
        return {key: len(runs) for key in keys if key < 10}

    together = Together(look)
    with ThreadPoolExecutor(12) as threads:
        first = threads.submit(together.ask, 0)
        begun.wait(30)
        others = [threads.submit(together.ask, key) for key in range(1, 11)]
        go_on.set()
        assert first.result(30) == 1
        found = [other.result(30) for other in others]
    # Whoever asked after the first run had begun was answered by a later one, each exactly once.
    assert all(answer is not None and answer > 1 for answer in found[:9])
    assert found[9] is None
    assert runs[0] == {0}
    assert sorted(key for keys in runs[1:] for key in keys) == list(range(1, 11))


def test_what_a_look_raises_is_told_and_the_next_one_looks_again() -> None:
    looked: list[set[str]] = []

    def look(keys: set[str]) -> dict[str, int]:
        looked.append(keys)
        if len(looked) == 1:
            message = "away"
            raise ValueError(message)
        return dict.fromkeys(keys, 1)

    together = Together(look)
    with pytest.raises(ValueError, match="away"):
        together.ask("a")
    assert together.ask("a") == 1
