"""The least margin that goods of a category should have, in basis points of the price without tax.

    asked for     that of the category, else of the nearest above it that has one, else none
    import kind   `minimum_margins`: category,margin in per cent with 2 decimals; an empty margin takes it away

A price below it is shown and can be approved all the same; one below cost needs a reason (`hq.price_checks`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from hq.import_kinds import Reading, unique
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.tables.base import upsert
from schemas.tables.catalogue import category
from schemas.tables.purchase_prices import minimum_margin

COLUMNS = ("category", "margin")
DECIMALS = 2

_NO_CATEGORY = msgid("there is no category %(value)s; import categories first")
_RANGE = msgid("a margin is at least 0 and below 100 per cent")
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Floor:
    """The least margin of a category; None takes it away."""

    category: str
    margin: int | None


def read_margins(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Least margins; see the top of this module."""
    held = every(connection)
    unique(rows, "category", lambda row: row.cells["category"].strip())
    changes: list[Floor] = []
    new = 0
    for row in rows:
        code = row.code("category")
        if code not in known.categories:
            row.refuse("category", _NO_CATEGORY, value=code)
        empty = not row.cells["margin"].strip()
        margin = None if empty else row.number("margin", DECIMALS)
        if margin is not None and not 0 <= margin < _WHOLE:
            row.refuse("margin", _RANGE)
        if row.problems or held.get(code) == margin:
            continue
        changes.append(Floor(code, margin))
        new += code not in held
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))


def write(connection: Connection, changes: Sequence[Floor], at: datetime) -> None:
    """Replace the least margins of these categories."""
    gone = [one.category for one in changes if one.margin is None]
    kept = [
        {"category": one.category, "margin": one.margin, "since": at}
        for one in changes
        if one.margin is not None
    ]
    connection.execute(delete(minimum_margin).where(minimum_margin.c.category.in_(gone)))
    upsert(connection, minimum_margin, kept)


def every(connection: Connection) -> dict[str, int]:
    """All of them by category."""
    row = minimum_margin.c
    query = select(row.category, row.margin).order_by(row.category)
    return {code: margin for code, margin in connection.execute(query)}  # noqa: C416 - typed rows


def parents(connection: Connection) -> dict[str, str]:
    """The category above each."""
    rows = connection.execute(select(category.c.category, category.c.parent))
    return {code: above for code, above in rows}  # noqa: C416 - typed rows


def floor_of(code: str, floors: Mapping[str, int], parents: Mapping[str, str]) -> int | None:
    """The least margin that holds for a category."""
    passed: set[str] = set()
    while code and code not in passed:
        if code in floors:
            return floors[code]
        passed.add(code)
        code = parents.get(code, "")
    return None
