"""What a training prints: the sheets of the till, marked as practice, on the lane's own printer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pos_frontend.day import Terms
from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.sheet import Printable, Style
from pos_frontend.devices.shift_sheet import ShiftSheet
from pos_frontend.devices.slip import Slip
from pos_frontend.settling import ShiftReport
from schemas.domain.ticket import TenderKind, Ticket
from schemas.domain.till import CashMoved


@dataclass(frozen=True, slots=True)
class Practice:
    """A sheet that is marked as practice from head to foot, and opens no drawer."""

    sheet: Receipt | Slip | ShiftSheet

    @property
    def name(self) -> str:
        """See `Printable`."""
        return self.sheet.name

    def as_copy(self) -> Practice:
        """See `Printable`."""
        return Practice(self.sheet.as_copy())

    def lay_out(self, style: Style) -> bytes:
        """See `Printable`."""
        return self.sheet.lay_out(replace(style, training=True))


class PracticePrinting:
    """Prints for a till in training; see `Printing`. `queue` is the lane's printer's."""

    def __init__(self, queue: Callable[[Printable], None]) -> None:
        self._queue = queue

    def submit(
        self, ticket: Ticket, at: Terms, *, copy: bool, left: Mapping[TenderKind, int] | None = None
    ) -> None:
        """See `Printing`."""
        self._queue(Practice(Receipt.made(ticket, at, copy=copy, left=left)))

    def submit_slip(self, moved: CashMoved, at: Terms) -> None:
        """See `Printing`."""
        self._queue(Practice(Slip.made(moved, at)))

    def submit_report(self, report: ShiftReport, at: Terms) -> None:
        """See `Printing`."""
        self._queue(Practice(ShiftSheet.made(report, at)))
