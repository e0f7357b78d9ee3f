"""Reports whose rows are all known before they are sorted: heads, rows as they were added, and their total."""

from __future__ import annotations

from collections.abc import Sequence

from hq.completeness import Completeness
from hq.reporting.definition import Request
from hq.reporting.paging import paged
from hq.reporting.table import Answer, Column, Figure, Note, Row, Value
from replication.console.languages import msgid

_TOTAL = msgid("Total")


def summed(
    request: Request, heads: Sequence[Column], rows: Sequence[Row], total: Sequence[Value],
    completeness: Completeness, *, figures: tuple[Figure, ...] = (), notes: tuple[Note, ...] = (),
) -> Answer:  # fmt: skip
    """The page that is asked for of these rows; `total` are the values behind those of the key."""
    page, following = paged(heads, rows, request)
    blank = [""] * (len(heads) - len(total) - 1)
    return Answer(
        columns=tuple(heads),
        rows=page,
        total=(request.words.gettext(_TOTAL), *blank, *total),
        completeness=completeness,
        currency=request.asked.currency,
        following=following,
        figures=figures,
        notes=notes,
    )
