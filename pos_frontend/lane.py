"""The lane around its till: what it reads, where it writes, and which devices stand at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pos_frontend.attendance import Attendance
from pos_frontend.basket import Sale
from pos_frontend.catalogue import Catalogue
from pos_frontend.day import Terms
from pos_frontend.journal import LaneJournal
from pos_frontend.payment.payments import Payments
from pos_frontend.settling import ShiftReport
from pos_frontend.weighing import Scale
from replication.clock import Clock
from schemas.domain.ticket import TenderKind, Ticket
from schemas.domain.till import CashMoved


class Printing(Protocol):
    """Where receipts go; it returns at once and never raises."""

    def submit(
        self, ticket: Ticket, at: Terms, *, copy: bool, left: Mapping[TenderKind, int] | None = None
    ) -> None:
        """Print a ticket off this thread; a copy is marked as one. `left` is what accounts that it redeems
        of have after it, as far as that is known: money, of points how many.
        """

    def submit_slip(self, moved: CashMoved, at: Terms) -> None:
        """Open the drawer, and print what is moved through it, off this thread."""

    def submit_report(self, report: ShiftReport, at: Terms) -> None:
        """Print the X or the Z of a shift, off this thread."""


class Keeping(Protocol):
    """Where the basket in the making is kept; it returns at once and never raises."""

    def keep(self, sale: Sale | None) -> None:
        """Keep this basket instead of the one before; None when there is none."""

    def kept(self) -> Sale | None:
        """The basket that was in the making when the till ended."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What a till is made of; `unknown_name` words an item that nobody knows.

    Without a `scale`, a quantity that is not keyed is one; without `payments`, cards are taken by hand.
    With an `attendance`, customers sell to themselves. `member_key` opens what members have sealed;
    without it they are known by number alone.
    """

    site: str
    branch: str
    catalogue: Catalogue
    journal: LaneJournal
    printing: Printing
    keeping: Keeping
    clock: Clock
    unknown_name: Callable[[], str]
    scale: Scale | None = None
    payments: Payments | None = None
    attendance: Attendance | None = None
    member_key: str = ""
