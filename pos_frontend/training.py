"""Training mode (练习): a till beside the lane's own, of which nothing leaves the lane.

    state       at the page is                          next
    live        the lane's own till                     training: by a manager's PIN, between two baskets
    training    another till, on files of its own       live, with nobody signed in: by one key
    killed      –                                       live, with nobody signed in

    of training               is kept in or answered by
    receipts, shifts, counts  `training/journal.db`, a journal that no sync process reads; receipts are
                              numbered N001.03.T-000001 and on, through all trainings (rule 21)
    the basket in the making  memory
    paper                     the lane's printer: every sheet marked from head to foot, the drawer stays shut
    cards, customers' codes   a terminal in this process, which approves and charges nobody
    looked up, suspended      its own receipts and baskets alone; the branch is asked nothing
    points, stored value      refused: nobody is asked, and there is nothing to practise with

Prices, promotions, members and operators are the lane's own, which a till only reads.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from pos_frontend.asking import inquiry_desk
from pos_frontend.authority import Door
from pos_frontend.basket import Sale
from pos_frontend.catalogue import Operator
from pos_frontend.errors import TillError
from pos_frontend.grant_renewal import GrantRenewal
from pos_frontend.journal import LaneJournal
from pos_frontend.lane import Lane, Printing
from pos_frontend.lookup import Lookups
from pos_frontend.payment.book import PaymentBook
from pos_frontend.payment.payments import Payments
from pos_frontend.payment.terminal import Charge, Refund, Said
from pos_frontend.redeeming import Redemptions
from pos_frontend.shared_baskets import SharedBaskets
from pos_frontend.till import Till
from replication import identity
from replication.identity import Identity, NotEnrolledError
from schemas.domain.ticket import Authorization
from schemas.domain.till_settlement import BatchTotal
from schemas.tables import migrate
from schemas.tables.base import open_sqlite

FOLDER = "training"
_FILE = "journal.db"


@dataclass(frozen=True, slots=True)
class Station:
    """A till with what stands around it; one of a training has no grants, and gets none."""

    lane: Lane
    till: Till
    lookups: Lookups
    shared: SharedBaskets
    redemptions: Redemptions
    renewal: GrantRenewal | None = None


class Training:
    """Begins and ends trainings at a lane. `printing` marks what it prints; `heard` is called when the
    terminal of a training has said something.
    """

    def __init__(
        self, live: Lane, data: Path, door: Door, printing: Printing, *, current_prices: bool
    ) -> None:
        self._live = live
        self._data = data / FOLDER
        self._door = door
        self._printing = printing
        self._current = current_prices
        self._open: ExitStack | None = None
        self.heard: Callable[[], None] = lambda: None

    @property
    def on(self) -> bool:
        """Whether there is a training."""
        return self._open is not None

    def begin(self, operator: Operator) -> Station:
        """Begin, with somebody at the till and a shift open. Raises TillError `not_saved`."""
        with ExitStack() as opening:
            try:
                station = self._station(opening, f"{self._live.site}.T", operator)
            except (DBAPIError, OSError) as error:
                raise TillError("not_saved", reason=str(error)) from error
            self._open = opening.pop_all()
        return station

    def end(self) -> None:
        """End; nothing of it is looked at again but its counters."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _station(self, opening: ExitStack, site: str, operator: Operator) -> Station:
        journal = LaneJournal(self._journal(opening, site), site)
        lane = replace(
            self._live, site=site, journal=journal, printing=self._printing, keeping=Forgetful(),
            payments=self._payments(opening),
        )  # fmt: skip
        left = journal.open_shift()
        if left is not None:  # by a training that was killed
            journal.end_shift(left, lane.branch, left.operator, lane.clock())
        till = Till(lane, self._door)
        till.operator = operator
        till.open_shift("0")
        desk = inquiry_desk(lane, self._data, None)
        lookups = Lookups(desk, self._data)
        opening.callback(lookups.close)
        shared = SharedBaskets(desk, journal.suspended, current_prices=self._current)
        redemptions = Redemptions(desk, journal.grants, lane.clock)
        return Station(lane, till, lookups, shared, redemptions)

    def _journal(self, opening: ExitStack, site: str) -> Engine:
        self._data.mkdir(exist_ok=True)
        engine = open_sqlite(str(self._data / _FILE))
        opening.callback(engine.dispose)
        migrate.upgrade_engine(engine, "lane_journal")
        with engine.begin() as connection:
            try:
                identity.load(connection)
            except NotEnrolledError:
                own = Identity(site, "lane", None, identity.new_private_key())
                identity.establish(connection, own)
        return engine

    def _payments(self, opening: ExitStack) -> Payments | None:
        if self._live.payments is None:
            return None
        payments = Payments(PaymentBook(self._data), Obliging())
        payments.forget([one.reference for one in payments.all()])
        payments.heard = self.heard
        payments.start()
        opening.callback(payments.stop)
        return payments


class Forgetful:
    """Keeps no basket: a training that was cut off has none to go on with."""

    def keep(self, sale: Sale | None) -> None:
        """See `Keeping`."""

    def kept(self) -> Sale | None:
        """See `Keeping`."""
        return None


class Obliging:
    """A terminal that approves whatever it is asked, charges nobody and pays nobody; see
    `PaymentTerminal`.
    """

    def __init__(self) -> None:
        self._approved: dict[str, Said] = {}

    def authorize_sales(self, charge: Charge) -> Said:
        """See `PaymentTerminal`."""
        return self._approve(charge.reference, charge.amount)

    def authorize_refund(self, refund: Refund) -> Said:
        """See `PaymentTerminal`."""
        return self._approve(refund.reference, refund.amount)

    def _approve(self, reference: str, amount: int) -> Said:
        said = Said("approved", amount, Authorization(approval_code="TRAINING"))
        return self._approved.setdefault(reference, said)

    def query(self, reference: str) -> Said:
        """See `PaymentTerminal`."""
        return self._approved.get(reference, Said("not_found"))

    def cancel(self, reference: str) -> Said:
        """See `PaymentTerminal`."""
        return self._approved.get(reference, Said("cancelled"))

    def authorize_void(self, reference: str) -> Said:
        """See `PaymentTerminal`."""
        self._approved.pop(reference, None)
        return Said("voided")

    def settle(self, reference: str) -> tuple[BatchTotal, ...]:
        """See `PaymentTerminal`."""
        del reference
        return ()
