"""Importing regions, `region,name`, and which branch is in which, `branch,region`.

region,name              branch,region
north,华北               N001,north
south,华南               N002,               N002 is in none from now on
"""

from __future__ import annotations

from sqlalchemy import Connection

from hq import regions
from hq.import_kinds import Reading, unique
from hq.references import References
from hq.regions import CODE, NO_REGION, BranchRegion, Region
from replication.console.csv_file import Row
from replication.console.languages import msgid

REGION_COLUMNS = ("region", "name")
PLACE_COLUMNS = ("branch", "region")

_NO_CODE = msgid("%(value)s is no code: use up to 20 letters, digits, hyphens or underscores")
_NO_BRANCH = msgid("there is no branch %(value)s; add it first")


def read_regions(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Regions with their names."""
    del known
    held = regions.every(connection)
    unique(rows, "region", lambda row: row.cells["region"].strip())
    read = [(row, Region(row.code("region"), row.text("name"))) for row in rows]
    for row, one in read:
        if one.region and not CODE.fullmatch(one.region):
            row.refuse("region", _NO_CODE, value=one.region)
    changes = [one for row, one in read if not row.problems and held.get(one.region) != one]
    new = sum(one.region not in held for one in changes)
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))


def read_places(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Which branch is in which region; an empty cell takes it out of its own."""
    there, held = regions.every(connection), regions.of_branches(connection)
    unique(rows, "branch", lambda row: row.cells["branch"].strip())
    changes: list[BranchRegion] = []
    for row in rows:
        one = BranchRegion(row.code("branch"), row.code("region", required=False))
        if one.branch and one.branch not in known.branches:
            row.refuse("branch", _NO_BRANCH, value=one.branch)
        if one.region and one.region not in there:
            row.refuse("region", NO_REGION, region=one.region)
        if not row.problems and held.get(one.branch, "") != one.region:
            changes.append(one)
    new = sum(one.branch not in held for one in changes)
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))
