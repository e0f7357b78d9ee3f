"""How much of everything a run takes: samples enough to trust, or enough to see that it works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`items` makes up a catalogue of so many instead of taking the whole one."""

    rounds: int
    commits: int
    items: int | None
    scans: int
    changes: int
    mass_changes: int
    mass: int
    batches: int
    batch: int
    drains: int
    backlog: int


#: `commits`, `scans` and `changes` are per round; a batch of tickets is as a branch sends it.
FULL = Scale(
    rounds=5, commits=120, items=None, scans=60, changes=6, mass_changes=4, mass=20_000,
    batches=10, batch=500, drains=5, backlog=1500,
)  # fmt: skip
QUICK = Scale(
    rounds=2, commits=60, items=12_000, scans=20, changes=4, mass_changes=2, mass=2_000,
    batches=3, batch=200, drains=2, backlog=250,
)  # fmt: skip
