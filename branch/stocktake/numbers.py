"""The numbers of stocktakes' documents: `<branch>-C-<000001>`, one behind the other.

They follow the documents that are held, those that came back after a restore among them.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from schemas.tables.stock import stock_document


def next_number(connection: Connection, branch: str) -> str:
    """The number of the next document. Whoever asks holds the branch's stock."""
    begins = f"{branch}-C-"
    query = select(func.max(stock_document.c.document)).where(
        stock_document.c.branch == branch, stock_document.c.kind == "stocktake"
    )
    newest = connection.execute(query).scalar()
    counter = 0 if newest is None else int(newest.removeprefix(begins))
    return f"{begins}{counter + 1:06d}"
