"""Regions (大区): which branches somebody at headquarters looks after together.

    a region      a code and a name; it has no currency, no prices and no feed: branches are told nothing of it
    a branch      is in one region or in none
    a person      whose scope names a region sees what is in it now, branches that were added later too

What is asked wrongly raises RegionError; every change leaves an audit note.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from hq.audit import note
from hq.refusal import RefusalError
from replication.console.languages import msgid
from schemas.tables.base import upsert
from schemas.tables.regions import branch_region, region

#: As long as a branch's; a region's code stands in addresses.
CODE = re.compile(r"[A-Za-z0-9_-]{1,20}")
NO_REGION = msgid("there is no region %(region)s; import regions first")


class RegionError(RefusalError):
    """A region that there is not."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region by its code."""

    region: str
    name: str


@dataclass(frozen=True, slots=True)
class BranchRegion:
    """Where a branch belongs; an empty region stands for none."""

    branch: str
    region: str


def every(connection: Connection) -> dict[str, Region]:
    """All regions by their codes, in that order."""
    rows = connection.execute(select(region.c.region, region.c.name).order_by(region.c.region))
    return {row.region: Region(*row) for row in rows}


def of_branches(connection: Connection) -> dict[str, str]:
    """The region of each branch that is in one."""
    rows = connection.execute(select(branch_region.c.branch, branch_region.c.region))
    return {row.branch: row.region for row in rows}


def branches_in(connection: Connection, regions: Collection[str]) -> list[str]:
    """The branches that are in any of these regions, by their codes."""
    row = branch_region.c
    query = select(row.branch).where(row.region.in_(sorted(regions))).order_by(row.branch)
    return list(connection.execute(query).scalars())


def write(connection: Connection, changes: Sequence[Region]) -> None:
    """Add regions, or name them anew."""
    upsert(connection, region, [{"region": one.region, "name": one.name} for one in changes])


def place(connection: Connection, changes: Sequence[BranchRegion]) -> None:
    """Put branches where they belong from now on; regions are known already."""
    left = [one.branch for one in changes if not one.region]
    connection.execute(delete(branch_region).where(branch_region.c.branch.in_(left)))
    rows = [{"branch": one.branch, "region": one.region} for one in changes if one.region]
    upsert(connection, branch_region, rows)


def put(connection: Connection, branch: str, code: str, operator: str, at: datetime) -> None:
    """Put one branch into a region, or with an empty code into none. Raises RegionError."""
    if code and code not in every(connection):
        raise RegionError(NO_REGION, region=code)
    before = of_branches(connection).get(branch, "")
    if before == code:
        return
    place(connection, [BranchRegion(branch, code)])
    note(connection, at, operator, "region.put", branch, f"{before or '–'} → {code or '–'}")
