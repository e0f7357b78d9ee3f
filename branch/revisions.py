"""The revisions of a closed day side by side: what changed, by whom and why; none is overwritten.

A row is one figure, a column one revision. A figure that a revision does not have is None, which is
something else than nought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from branch.absent_lanes import missing_words
from branch.wording import Wording
from replication.console.languages import msgid
from schemas.domain.till import is_currency
from schemas.tables.days import day_reopening, day_revision


@dataclass(frozen=True, slots=True)
class Reopening:
    """Who opened a closed day again, when and why."""

    operator: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Absence:
    """A lane that a close went without: why, who closed, who agreed, and what was missing with it."""

    lane: str
    reason: str
    operator: str
    authority: str
    missing: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """One close of a day; `reopening` is what led to it, None for the first."""

    number: int
    operator: str
    at: datetime
    totals: Mapping[str, Any]
    lanes: Sequence[Mapping[str, Any]]
    differences: Sequence[str]
    reopening: Reopening | None
    absent: Sequence[Absence] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure through all revisions, oldest first; an amount in minor units unless `counts`.

    `lane` names whose it is, if a lane's; `key` what was counted, if it is of a count: a kind or a currency.
    """

    label: Wording
    values: tuple[int | None, ...]
    counts: bool = False
    lane: str = ""
    key: str = ""

    def changed(self, column: int) -> bool:
        """Whether a revision's figure is another than that of the one before."""
        return column > 0 and self.values[column] != self.values[column - 1]

    def change(self, column: int) -> int:
        """By how much."""
        return (self.values[column] or 0) - (self.values[column - 1] or 0)

    @property
    def differs(self) -> bool:
        """Whether any revision changed it."""
        return len(set(self.values)) > 1


_RECEIPTS = msgid("Receipts")
_GROSS = msgid("Sales")
_TENDER = {
    "cash": msgid("Cash taken"),
    "card": msgid("Card taken"),
    "coupon": msgid("Coupons taken"),
    "qr": msgid("QR payments taken"),
    "voucher": msgid("Vouchers taken"),
    "foreign": msgid("Foreign currency taken, at its local value"),
    "points": msgid("Points redeemed"),
    "stored_value": msgid("Stored value redeemed"),
}
_OVER_SHORT = {
    "cash": msgid("Cash over or short"),
    "card": msgid("Card over or short"),
    "coupon": msgid("Coupons over or short"),
    "qr": msgid("QR payments over or short"),
    "voucher": msgid("Vouchers over or short"),
}
_LANE_RECEIPTS = msgid("%(lane)s: receipts")
_LANE_GROSS = msgid("%(lane)s: sales")
_LANE_TOTAL = msgid("%(lane)s: grand total")
_OTHER = msgid("Other: %(kind)s")
_CURRENCY = msgid("%(kind)s over or short")


def revisions(connection: Connection, branch: str, business_date: date) -> list[Revision]:
    """Every revision of the day, oldest first."""
    reopened = {
        row.revision: Reopening(row.operator, row.at, row.reason)
        for row in connection.execute(
            select(day_reopening).where(
                day_reopening.c.branch == branch, day_reopening.c.business_date == business_date
            )
        )
    }
    query = (
        select(day_revision)
        .where(day_revision.c.branch == branch, day_revision.c.business_date == business_date)
        .order_by(day_revision.c.revision)
    )
    return [_revision(row, reopened.get(row.revision - 1)) for row in connection.execute(query)]


def compare(held: Sequence[Revision]) -> list[Compared]:
    """The figures of the revisions, row by row."""
    return [*_totals(held), *_lanes(held)]


def _totals(held: Sequence[Revision]) -> Iterator[Compared]:
    yield Compared(Wording(_RECEIPTS), tuple(one.totals["tickets"] for one in held), counts=True)
    yield Compared(Wording(_GROSS), tuple(one.totals["gross"] for one in held))
    for field, labels in (("tenders", _TENDER), ("over_short", _OVER_SHORT)):
        kinds = {kind for one in held for kind in one.totals[field]}
        for kind in [*labels, *sorted(kinds - {*labels})]:
            if kind in kinds:
                other = _CURRENCY if is_currency(kind) else _OTHER
                label = Wording(labels.get(kind, other), {"kind": kind})
                values = tuple(one.totals[field].get(kind) for one in held)
                yield Compared(label, values, key=kind)


def _lanes(held: Sequence[Revision]) -> Iterator[Compared]:
    by_revision = [{lane["lane"]: lane for lane in one.lanes} for one in held]
    for name in sorted({lane for lanes in by_revision for lane in lanes}):
        for text, field, counts in (
            (_LANE_RECEIPTS, "tickets", True),
            (_LANE_GROSS, "gross", False),
            (_LANE_TOTAL, "grand_total", False),
        ):
            values = tuple(lanes.get(name, {}).get(field) for lanes in by_revision)
            yield Compared(Wording(text, {"lane": name}), values, counts, name)


def _revision(row: Row[Any], reopening: Reopening | None) -> Revision:
    return Revision(
        row.revision, row.operator, row.at, row.totals, row.lanes, row.differences, reopening,
        tuple(
            Absence(
                one["lane"], one["reason"], one["operator"], one["authority"],
                tuple(map(missing_words, one["missing"])),
            )
            for one in row.absent
        ),
    )  # fmt: skip
