"""Contributions, written as rows: as COPY's own text, which is a third of the work of handing over values.

Nothing is looked up and nothing is waited for: rows are added, whoever adds others meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import psycopg
from sqlalchemy import Connection, Table
from sqlalchemy.exc import OperationalError

from hq.consolidation.contributions import Contribution
from hq.consolidation.partitions import month_of
from schemas.tables.consolidation import FIGURES, KEYS

_AT_ONCE = 2_000
_NOTHING = "\\N"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write(
    connection: Connection, table: Table, said: Iterable[Contribution], month: date | None = None
) -> None:
    """Add contributions, perhaps none, to a table with the columns of them; those to a month where one is named."""
    wanted = (one for one in said if month is None or month_of(one[0].posted) == month)
    blocks = _blocks(wanted)
    first = next(blocks, None)
    if first is None:
        return
    raw: Any = connection.connection.driver_connection
    names = ", ".join((*KEYS, *FIGURES))
    try:
        with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            copy.write(first)
            for block in blocks:
                copy.write(block)
    except psycopg.OperationalError as error:
        # Callers tell a database that is away, which heals, from a row that cannot be stored.
        raise OperationalError(f"COPY {table.name}", None, error) from error


def _blocks(said: Iterable[Contribution]) -> Iterator[str]:
    lines: list[str] = []
    for place, dimension, key, row in said:
        figures = "\t".join([str(figure) if figure else _NOTHING for figure in row])
        lines.append(
            f"{dimension}\t{place.branch.translate(_ESCAPED)}\t{place.posted}\t{place.revision}"
            f"\t{key.translate(_ESCAPED)}\t{figures}\n"
        )
        if len(lines) == _AT_ONCE:
            yield "".join(lines)
            lines.clear()
    if lines:
        yield "".join(lines)
