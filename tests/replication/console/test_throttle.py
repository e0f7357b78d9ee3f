"""Failures are counted per operator and per address, in bounded memory."""

from __future__ import annotations

from replication.console.throttle import FORGET_AFTER, FREE_BY_ADDRESS, Throttle


class Watch:
    """A clock that stands until it is set on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def delays(throttle: Throttle, watch: Watch, tries: int) -> list[float]:
    """How long each try on one operator has to wait, from ever new addresses."""
    waited = []
    for number in range(tries):
        wait = throttle.begin("u1", f"address {number}")
        waited.append(wait)
        watch.now += wait
        if wait:
            assert throttle.begin("u1", f"address {number}") == 0
    return waited


def test_the_delay_grows_and_has_an_end() -> None:
    watch = Watch()
    waited = delays(Throttle(monotonic=watch), watch, 16)
    assert waited == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_success_forgets_the_operators_failures_but_not_the_addresses() -> None:
    watch = Watch()
    throttle = Throttle(monotonic=watch)
    for number in range(FREE_BY_ADDRESS):
        assert throttle.begin(f"u{number}", "office") == 0
    assert throttle.begin("another", "office") > 0
    watch.now += 2
    assert throttle.begin("u1", "office") == 0
    throttle.succeeded("u1", "office")
    assert throttle.begin("u2", "office") > 0
    assert throttle.begin("u1", "home") == 0


def test_failures_are_forgotten_after_a_while() -> None:
    watch = Watch()
    throttle = Throttle(monotonic=watch)
    delays(throttle, watch, 8)
    watch.now += FORGET_AFTER + 1
    assert delays(throttle, watch, 6) == [0, 0, 0, 0, 0, 1]


def test_a_flood_of_names_takes_no_more_than_its_share_of_memory() -> None:
    throttle = Throttle(capacity=100)
    for number in range(1000):
        throttle.begin(f"{'x' * 10_000}{number}", f"address {number}")
    assert len(throttle._counts) <= 100
    assert max(len(name) for _, name in throttle._counts) <= 64
