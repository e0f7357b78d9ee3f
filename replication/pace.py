"""How often a link looks and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds. A journal that grew is noticed at once; it is looked at besides, so that nothing
    depends on being told. The next report waits `report_share` times as long as the last one took:
    reports get a twentieth of the line's time.
    """

    look: float = 0.5
    wait: float = 25.0
    report: float = 0.5
    greet: float = 60.0
    alive: float = 3.0
    first_pause: float = 0.2
    longest_pause: float = 5.0
    trouble_pause: float = 30.0
    report_share: float = 20.0
