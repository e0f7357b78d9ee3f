"""The line that breaks, hangs, crawls and forgets: nothing is lost by it, and nothing comes twice.

Real sites on real databases, whose links run over real TCP through a line with a weather of its own.
"""

from __future__ import annotations

import random
import time

import pytest

from ops.soak.line import Line, Weather
from tests.faults.street import Street, found_street, relayed, running
from tests.sites import Town


@pytest.fixture
def street(town: Town) -> Street:
    return found_street(town)


def sales(rng: random.Random, count: int, size: int = 60) -> list[bytes]:
    """Bodies that compress as badly as they can, so that their size is what the line carries."""
    return [f"sale {n} {rng.randbytes(size).hex()}".encode() for n in range(count)]


def until_broken(line: Line, times: int) -> None:
    """Wait until the weather has struck so often."""
    limit = time.monotonic() + 60
    while line.broken < times:
        assert time.monotonic() < limit, f"the line broke {line.broken} times, not {times}"
        time.sleep(0.02)


@pytest.mark.fault("3", "the line cut mid-batch")
def test_a_line_cut_in_the_middle_of_a_batch(street: Street) -> None:
    rng = random.Random(1)
    with running(street, seed=1) as lines:
        street.must_agree()
        for line in (lines.upper, lines.lower):
            line.weather = Weather(cut_after=30_000)
        street.sell(*sales(rng, 400, 200))  # some 80 kB in one batch, compressed
        street.price(full=1300, food=900)
        until_broken(lines.lower, 2)
        assert relayed(street.hq) != street.sold
        lines.upper.heal()
        lines.lower.heal()
        street.must_agree()


@pytest.mark.fault("3", "the line flapping")
def test_a_flapping_line(street: Street) -> None:
    rng = random.Random(2)
    with running(street, seed=2) as lines:
        for line in (lines.upper, lines.lower):
            line.weather = Weather(up=0.3, down=0.2, delay=0.02)
        for n in range(12):
            street.sell(*sales(rng, 10))
            street.price(**{f"t{n % 3}": n})
            time.sleep(0.1)
        until_broken(lines.lower, 3)
        street.must_agree()  # without the line ever getting better


@pytest.mark.fault("3", "the line half open")
def test_a_half_open_line(street: Street) -> None:
    rng = random.Random(3)
    with running(street, timeout=0.5) as lines:
        street.must_agree()
        for line in (lines.upper, lines.lower):
            line.weather = Weather(deaf=True)
        street.sell(*sales(rng, 20))
        # The sale waits for nobody; what waits for an answer gives up and asks again.
        time.sleep(1.5)
        assert relayed(street.branch) == []
        # What hung is let go on where it stood, as a line that wakes up does: no connection breaks.
        lines.upper.weather = lines.lower.weather = Weather()
        street.price(full=1300)
        street.must_agree()


@pytest.mark.fault("3", "the line losing 2 % at 300 ms")
def test_a_line_that_loses_two_percent_at_300_ms(street: Street) -> None:
    rng = random.Random(4)
    with running(street, timeout=10.0, seed=4) as lines:
        lines.upper.weather = Weather(delay=0.15, jitter=0.02, loss=0.02)
        for n in range(6):
            street.sell(*sales(rng, 40))
            street.price(**{f"t{n}": n})
        street.must_agree()


@pytest.mark.fault("3", "the line at 9.6 kbit/s")
def test_a_line_of_9600_bits_a_second(street: Street) -> None:
    rng = random.Random(5)
    with running(street, timeout=10.0) as lines:
        lines.upper.weather = Weather(rate=9600 / 8)
        street.sell(*sales(rng, 30, 20))
        street.price(full=1300)
        street.must_agree()


@pytest.mark.fault("3", "an acknowledgement lost while the data arrived")
def test_an_acknowledgement_lost_while_the_data_arrived(street: Street) -> None:
    rng = random.Random(6)
    with running(street, seed=6) as lines:
        street.must_agree()
        for line in (lines.upper, lines.lower):
            line.weather = Weather(unanswered=0.3)
        for n in range(10):
            street.sell(*sales(rng, 3))
            street.price(**{f"t{n % 4}": n})
            time.sleep(0.05)
        until_broken(lines.lower, 4)
        street.must_agree()
        # Not one answer comes any more, and the data do: each is told from its repeats.
        lines.lower.weather = Weather(unanswered=1.0)
        street.sell(*sales(rng, 3))
        time.sleep(0.5)
        lines.lower.heal()
        street.must_agree()


@pytest.mark.fault("3", "the line corrupting what it carries")
def test_a_line_that_flips_bits(street: Street) -> None:
    rng = random.Random(7)
    with running(street, seed=7) as lines:
        street.must_agree()
        for line in (lines.upper, lines.lower):
            line.weather = Weather(corrupt=0.2)
        for n in range(15):
            street.sell(*sales(rng, 3))
            street.price(**{f"t{n % 4}": n})
            time.sleep(0.1)
        lines.upper.heal()
        lines.lower.heal()
        street.must_agree()


def test_the_weather_strikes_alike_for_the_same_seed() -> None:
    def struck(seed: int) -> list[bool]:
        line = Line("127.0.0.1", 1, seed=seed)
        fate = [line._happens(0.5) for _ in range(50)]
        line._loop.close()
        return fate

    assert struck(1) == struck(1) != struck(2)
