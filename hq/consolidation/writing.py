"""Contributions, written as rows that hold all keys of a dimension: as COPY's own text, which is a fraction of
the work of handing over values, as one row for all is of that of a row for each.

Nothing is looked up and nothing is waited for: rows are added, whoever adds others meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
import psycopg
from sqlalchemy import Connection, Table
from sqlalchemy.exc import OperationalError

from hq.consolidation.contributions import Contribution
from hq.consolidation.partitions import month_of
from schemas.tables.consolidation import FIGURES

_NAMES = ", ".join(("dimension", "branch", "posted", "revision", "keys", *FIGURES))
_NOTHING = b"\\N"
_JSON = msgspec.json.Encoder()
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# In an array a quote and a backslash are escaped, and each backslash once more for COPY.
_QUOTED = str.maketrans({"\\": "\\\\\\\\", '"': '\\\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_SPECIAL = re.compile(r'[\\"\t\n\r]')


def write(
    connection: Connection, table: Table, said: Iterable[Contribution], month: date | None = None
) -> None:
    """Add contributions, perhaps none, to a table with the columns of the fresh ones; those to a month where one
    is named.
    """
    lines = [_line(one) for one in said if month is None or month_of(one[0].posted) == month]
    if not lines:
        return
    raw: Any = connection.connection.driver_connection
    try:
        with (
            raw.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({_NAMES}) FROM STDIN") as copy,
        ):
            for line in lines:
                copy.write(line)
    except psycopg.OperationalError as error:
        # Callers tell a database that is away, which heals, from a row that cannot be stored.
        raise OperationalError(f"COPY {table.name}", None, error) from error


def _line(said: Contribution) -> bytes:
    place, dimension, rows = said
    keys = rows.keys()
    if _SPECIAL.search("".join(keys)):
        keys = [key.translate(_QUOTED) for key in keys]
    listed = '","'.join(keys)
    begins = (
        f"{dimension}\t{place.branch.translate(_ESCAPED)}\t{place.posted}\t{place.revision}"
        f'\t{{"{listed}"}}\t'
    )
    return begins.encode() + b"\t".join(map(_array, rows.columns())) + b"\n"


def _array(column: list[int]) -> bytes:
    """A figure of which no row has any is null, which takes no room."""
    # Between its brackets a JSON list of numbers is what an array of them is.
    return b"{%b}" % _JSON.encode(column)[1:-1] if any(column) else _NOTHING
