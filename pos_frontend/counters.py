"""The lane's counters (rules 21 and 23): one row, which goes up in a sale's own commit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from schemas.tables.lane import lane_counter

_ROW = 1
_COUNTER = select(lane_counter).where(lane_counter.c.id == _ROW)


def _set_counter() -> Any:  # noqa: ANN401 - an executable that SQLAlchemy does not name publicly
    statement = insert(lane_counter)
    names = [column.name for column in lane_counter.columns if not column.primary_key]
    return statement.on_conflict_do_update(
        index_elements=["id"], set_={name: statement.excluded[name] for name in names}
    )


_SET_COUNTER = _set_counter()


@dataclass(frozen=True, slots=True)
class Counters:
    """Where the lane stands. `last_epoch` and `last_sequence` are the last ticket's in the journal."""

    receipt: int = 0
    grand_total: int = 0
    business_date: date | None = None
    tickets: int = 0
    gross: int = 0
    last_basket: str | None = None
    last_sequence: int | None = None
    last_epoch: str | None = None

    def after(self, total: int, on: date) -> Counters:
        """The counters with one more ticket; figures of a date restart with every date."""
        same = self.business_date == on
        return Counters(
            receipt=self.receipt + 1,
            grand_total=self.grand_total + total,
            business_date=on,
            tickets=(self.tickets if same else 0) + 1,
            gross=(self.gross if same else 0) + total,
        )


def read(connection: Connection) -> Counters:
    """The counters as they were last committed."""
    row = connection.execute(_COUNTER).one_or_none()
    if row is None:
        return Counters()
    return Counters(
        row.receipt, row.grand_total, row.business_date, row.tickets, row.gross,
        row.last_basket, row.last_sequence, row.last_epoch,
    )  # fmt: skip


def write(connection: Connection, counters: Counters) -> None:
    """Set the counters, in the caller's transaction."""
    connection.execute(_SET_COUNTER, {"id": _ROW, **asdict(counters)})
