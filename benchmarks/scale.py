"""How much of everything a run takes: samples enough to trust, or enough to see that it works."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Scale:
    """`items` makes up a catalogue of so many instead of taking the whole one, and a lane's own is
    filled up to `lane_items`.
    """

    rounds: int
    commits: int
    items: int | None
    lane_items: int
    scans: int
    changes: int
    mass_changes: int
    mass: int
    batches: int
    batch: int
    drains: int
    backlog: int
    arrivals: int
    day: int
    fresh: int
    readers: int
    thin: int
    closing: int
    monitored: int
    backtested: int | None
    replenished: int
    reported: int
    rebuilt: int


#: `commits`, `scans` and `changes` are per round; a batch of tickets is as a branch sends it.
#: `closing` are the tickets of the day that is closed, `day` those of each of 30 days, `thin` is how many
#: times faster than 9.6 kbit/s the thin line runs. `monitored` are seconds for which a branch is watched.
#: `backtested` items are ordered of each real data set (None: all), `replenished` items of branches of a made-up one.
#: `rebuilt` are the tickets of each day of the year of a branch that is worked out anew.
FULL = Scale(
    rounds=5, commits=120, items=None, lane_items=1_000_000, scans=60, changes=6, mass_changes=4,
    mass=20_000, batches=10, batch=500, drains=5, backlog=1500, arrivals=60, day=50, fresh=20_000, readers=1000, thin=100,
    closing=20_000, monitored=10, backtested=None, replenished=200_000, reported=1_000_000,
    rebuilt=300,
)  # fmt: skip
QUICK = Scale(
    rounds=2, commits=60, items=12_000, lane_items=40_000, scans=20, changes=4, mass_changes=2,
    mass=2_000, batches=3, batch=200, drains=2, backlog=250, arrivals=15, day=5, fresh=2_000, readers=100, thin=400,
    closing=2_000, monitored=4, backtested=12, replenished=4_000, reported=180_000,
    rebuilt=10,
)  # fmt: skip
#: What takes minutes at its real size: 1,000 tickets a day, 200,000 items, a line as slow as it is, a night of
#: 200 branches, reports over so many lines.
WHOLE = replace(
    FULL, day=1000, fresh=200_000, thin=1, replenished=4_000_000, reported=20_000_000, rebuilt=1000
)
