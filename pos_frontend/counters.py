"""The lane's counters (rules 21 and 23): one row, which goes up in a sale's own commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from schemas.tables import driver

_COLUMNS = (
    "receipt", "grand_total", "business_date", "tickets", "gross",
    "last_basket", "last_sequence", "last_epoch",
)  # fmt: skip
# A till waits for these with every sale.
_READ = f"SELECT {', '.join(_COLUMNS)} FROM lane_counter WHERE id = 1"  # noqa: S608 - our own columns
_WRITE = (
    f"INSERT INTO lane_counter (id, {', '.join(_COLUMNS)})"  # noqa: S608 - our own columns
    f" VALUES (1, {', '.join('?' * len(_COLUMNS))}) ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)
)


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
    row = driver.run(connection, _READ).fetchone()
    if row is None:
        return Counters()
    receipt, grand_total, on, *rest = row
    return Counters(receipt, grand_total, None if on is None else date.fromisoformat(on), *rest)


def write(connection: Connection, counters: Counters) -> None:
    """Set the counters, in the caller's transaction."""
    on = counters.business_date
    driver.run(
        connection,
        _WRITE,
        (
            counters.receipt, counters.grand_total, None if on is None else on.isoformat(),
            counters.tickets, counters.gross,
            counters.last_basket, counters.last_sequence, counters.last_epoch,
        ),
    )  # fmt: skip
