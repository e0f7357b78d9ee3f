"""Importing tiers of members: `tier,name,rank,spend,months` and, if the file has it, `keep_months`.

    tier,name,rank,spend,months,keep_months
    silver,银卡,1,1000.00,12,0          who spent 1,000 within 12 months
    gold,金卡,2,5000.00,12,6            and 5,000; kept for 6 months at least
    staff,员工,9,,12,0                  no spend reaches it: a person gives it

Ranks are whole numbers, a higher one is a better tier. Files may swap ranks: what is written is looked at
as a whole.
"""

from __future__ import annotations

from sqlalchemy import Connection

from hq import tiers
from hq.import_kinds import Reading, unique
from hq.references import References
from replication.console.csv_file import Row
from schemas.domain.tier import Tier

COLUMNS = ("tier", "name", "rank", "spend", "months")
OPTIONAL = ("keep_months",)


def read_tiers(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Tiers; see the top of this module."""
    held = {one.code: one for one in tiers.every(connection)}
    unique(rows, "tier", lambda row: row.cells["tier"].strip())
    read = [(row, _tier(row, held, known.decimals)) for row in rows]
    together = held | {one.code: one for row, one in read if not row.problems}
    for row, one in read:
        if not row.problems:
            for fault in tiers.faults(one, list(together.values())):
                row.refuse(fault.column, fault.text, **fault.params)
    changes = [one for _, one in read if held.get(one.code) != one]
    new = sum(one.code not in held for one in changes)
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))


def _tier(row: Row, held: dict[str, Tier], decimals: int) -> Tier:
    code = row.code("tier")
    before = held.get(code)
    keep = before.keep_months if before else 0
    return Tier(
        code,
        row.text("name"),
        row.number("rank", 0),
        row.number("spend", decimals) if row.cells["spend"].strip() else None,
        row.number("months", 0),
        row.number("keep_months", 0) if "keep_months" in row.cells else keep,
    )
