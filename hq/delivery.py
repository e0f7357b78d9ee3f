"""The delivery grid (下发看板) of what was published: where it is, since when, and what it cost to wait.

    state of a cell  means                                                     since
    pending          it has not got there; the reason says why                 –
    sent             handed to the site, which has not reported it applied     handed out
    applied          held by the site, not in force yet on its clock           applied
    active           in force there                                            the later of applied, start
    ended            its end has passed there                                  the end
    withdrawn        the withdrawal has got there                              applied

What a site reports of itself decides, never what was sent (`replication.md`, one rule). A lane gets
the feed from its branch: it counts as sent once its branch has applied it. Instants are on the
clock of the site that reported them; a site's clock is headquarters' plus the skew it showed last.

A promotion's is the same, of its record (`hq.promotion_delivery`). Of a price change besides, what was
sold at the old price: lines of tickets committed while the change was in force (and published), at
a list price other than its own, set by no document that ranks above it. Amounts are minor units;
the difference is what the new price would have brought less what was charged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from hq import sites
from hq.closing import closed
from hq.old_prices import NOTHING_SOLD, Sold, sold_at_old_price
from hq.price_changes import Document, audience_branches
from schemas.tables.journal import stream
from schemas.tables.link import feed_sent, position_report, site_status
from schemas.wire.records import Branch

CellState = Literal["pending", "sent", "applied", "active", "ended", "withdrawn"]

#: Why a cell is pending: the branch does not follow the feed, the site was never heard of, or it
#: was and stands further back.
Reason = Literal["", "not_subscribed", "never_seen", "behind"]

_SETTLED = frozenset({"active", "ended", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One site in the grid; `seen` is when it was last heard of."""

    site: str
    state: CellState
    since: datetime | None
    reason: Reason
    seen: datetime | None
    sold: Sold = NOTHING_SOLD


@dataclass(frozen=True, slots=True)
class BranchCells:
    """A branch with its own cell and one per lane."""

    branch: Branch
    own: Cell
    lanes: tuple[Cell, ...]

    def lane(self, name: str) -> Cell | None:
        """The cell of the lane of this name within the branch; None when it has none such."""
        wanted = f"{self.branch.branch}.{name}"
        return next((cell for cell in self.lanes if cell.site == wanted), None)

    @property
    def sold(self) -> Sold:
        """What its lanes still sold at the old price."""
        return sum((lane.sold for lane in self.lanes), NOTHING_SOLD)


@dataclass(frozen=True, slots=True)
class Grid:
    """Where a document is in each branch of its audience."""

    rows: tuple[BranchCells, ...]

    @property
    def cells(self) -> list[Cell]:
        """Every cell, branches and lanes."""
        return [cell for row in self.rows for cell in (row.own, *row.lanes)]

    @property
    def lane_names(self) -> list[str]:
        """The names that lanes bear within their branches: the columns of the grid."""
        names = {cell.site.partition(".")[2] for row in self.rows for cell in row.lanes}
        return sorted(names, key=lambda name: (len(name), name))

    @property
    def settled(self) -> int:
        """How many cells have got there."""
        return sum(cell.state in _SETTLED for cell in self.cells)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to wait for."""
        return self.settled == len(self.cells)

    @property
    def sold(self) -> Sold:
        """All that was still sold at the old price."""
        return sum((cell.sold for cell in self.cells), NOTHING_SOLD)


@dataclass(frozen=True, slots=True)
class Told:
    """What was published: the newest number that its feed has of it, and when it holds."""

    audience: str
    number: int
    starts: datetime
    ends: datetime | None
    withdrawn: bool


#: What was sold at an old price by branch and lane, of the branches that are asked for.
SoldIn = Callable[[Sequence[str]], Mapping[tuple[str, str], Sold]]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the link knows of the sites below, for one feed and one number in it."""

    sent: Mapping[str, datetime]
    applied: Mapping[str, datetime]
    seen: Mapping[str, datetime]
    skew: Mapping[str, timedelta]
    lanes: Mapping[str, tuple[str, ...]]


def delivery_grid(connection: Connection, document: Document, now: datetime) -> Grid:
    """The grid of a price change that was published; of another it is empty."""
    if document.number is None:
        return Grid(())
    told = Told(
        document.audience, document.number, document.starts, document.ends,
        document.state == "withdrawn",
    )  # fmt: skip
    return grid_of(connection, told, now, partial(sold_at_old_price, connection, document))


def grid_of(
    connection: Connection, told: Told, now: datetime, sold_in: SoldIn = lambda _: {}
) -> Grid:
    """Where something is that was published."""
    # A branch that was closed for good would keep every grid from ever becoming green.
    reached = set(audience_branches(connection, told.audience)) - closed(connection).keys()
    heard = _heard(connection, told.audience, told.number)
    sold = sold_in(sorted(reached))
    followers = sites.followers(connection, told.audience)
    rows: list[BranchCells] = []
    for held in sites.branches(connection):
        code = held.branch.branch
        if code not in reached:
            continue
        follows = code in followers
        own = _cell(told, heard, code, heard.sent.get(code), now, follows=follows)
        passed_on = heard.applied.get(code)
        known = sorted(
            {*heard.lanes.get(code, ()), *(lane for branch, lane in sold if branch == code)}
        )
        lanes = tuple(
            _cell(told, heard, lane, passed_on, now, follows=follows,
                  sold=sold.get((code, lane), NOTHING_SOLD))
            for lane in known
        )  # fmt: skip
        rows.append(BranchCells(held.branch, own, lanes))
    return Grid(tuple(rows))


def _cell(
    told: Told,
    heard: _Heard,
    site: str,
    sent: datetime | None,
    now: datetime,
    *,
    follows: bool,
    sold: Sold = NOTHING_SOLD,
) -> Cell:
    applied, seen = heard.applied.get(site), heard.seen.get(site)
    if applied is not None:
        clock = now + heard.skew.get(site, timedelta())
        state, since = _state_there(told, applied, clock)
        return Cell(site, state, since, "", seen, sold)
    if not follows:
        return Cell(site, "pending", None, "not_subscribed", seen, sold)
    if sent is not None:
        return Cell(site, "sent", sent, "", seen, sold)
    return Cell(site, "pending", None, "never_seen" if seen is None else "behind", seen, sold)


def _state_there(told: Told, applied: datetime, clock: datetime) -> tuple[CellState, datetime]:
    if told.withdrawn:
        return "withdrawn", applied
    if told.ends is not None and told.ends <= clock:
        return "ended", told.ends
    if told.starts <= clock:
        return "active", max(applied, told.starts)
    return "applied", applied


def _heard(connection: Connection, feed: str, number: int) -> _Heard:
    epoch = connection.execute(select(stream.c.epoch).where(stream.c.name == feed)).scalar_one()
    report, sent = position_report.c, feed_sent.c
    applied = connection.execute(
        select(report.site, func.min(report.applied_at).label("first"))
        .where(report.stream == feed, report.epoch == epoch, report.through >= number)
        .group_by(report.site)
    )
    handed = connection.execute(
        select(sent.site, sent.sent_at).where(
            sent.stream == feed, sent.epoch == epoch, sent.through >= number
        )
    )
    seen: dict[str, datetime] = {}
    skew: dict[str, timedelta] = {}
    lanes: dict[str, list[str]] = {}
    for row in connection.execute(select(site_status)):
        seen[row.site] = row.received
        skew[row.site] = _clock(row.status) - row.received
        lanes.setdefault(row.parent, []).append(row.site)
    return _Heard(
        {row.site: row.sent_at for row in handed},
        {row.site: row.first for row in applied},
        seen, skew, {branch: tuple(sorted(of)) for branch, of in lanes.items()},
    )  # fmt: skip


def _clock(status: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(status["clock"])
