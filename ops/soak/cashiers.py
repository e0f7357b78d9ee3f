"""Cashiers: they sign in at their lanes, open a shift, sell, cancel now and then, end the shift.

Whatever one does is one transaction of the lane. If the lane dies in it, nothing was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from ops.soak.chain import ITEMS, PIN
from ops.soak.facts import POISON, fact_of
from ops.soak.model import Difference
from ops.soak.prices import PriceDocument
from ops.soak.scene import Scene
from pos_frontend.authority import Door
from pos_frontend.basket import Sale
from pos_frontend.catalogue import Catalogue
from pos_frontend.day import Terms
from pos_frontend.journal import LaneJournal
from pos_frontend.lane import Lane
from pos_frontend.settling import ShiftReport
from pos_frontend.till import Till
from replication import journal
from replication.streams import journal_of
from schemas.domain.ticket import TenderKind, Ticket
from schemas.domain.till import CashMoved
from schemas.wire import canonical

#: What keeps a cashier from selling without being a fault: the lane is loading its new disk.
STARTING = frozenset({"not_loaded", "pin"})


class _NoPaper:
    """A printer of which nobody takes the paper."""

    def submit(
        self, ticket: Ticket, at: Terms, *, copy: bool, left: Mapping[TenderKind, int] | None = None
    ) -> None:
        """See `Printing`."""

    def submit_slip(self, moved: CashMoved, at: Terms) -> None:
        """See `Printing`."""

    def submit_report(self, report: ShiftReport, at: Terms) -> None:
        """See `Printing`."""


class _NothingKept:
    """Nobody keeps a basket: each is sold at once."""

    def keep(self, sale: Sale | None) -> None:
        """See `Keeping`."""

    def kept(self) -> Sale | None:
        """See `Keeping`."""
        return None


@dataclass(frozen=True)
class Cashiers:
    """The cashiers of all lanes."""

    scene: Scene

    def sell(self, lane: str) -> str:
        """A sale at a lane, in a shift that is opened first if there is none; the receipt."""
        till = self._till(lane)
        self._signed_in(till, lane)
        for item in self.scene.random.sample(sorted(ITEMS), self.scene.random.randint(1, 3)):
            till.scan(f"{self.scene.random.randint(1, 3)}*{item}")
        if till.sale is None:
            raise LookupError(lane)
        if self.scene.random.random() < 0.08:
            return self._cancel(till, lane)
        if len(till.sale.lines) > 1 and self.scene.random.random() < 0.1:
            till.void_line(1)
        total = till.sale.totals.total
        kind: TenderKind = self.scene.random.choice(("cash", "cash", "card", "coupon"))
        given = total if kind != "cash" else -(-total // 1000) * 1000
        till.tender(kind, f"{given // 100}.{given % 100:02}", "slip" if kind == "coupon" else None)
        if till.last is None:
            raise LookupError(lane)
        self.scene.state("ticket", till.last, lane)
        self._check_prices(till.last)
        return till.last.receipt

    def end_shift(self, lane: str) -> str:
        """End the shift that is open at a lane, if one is."""
        till = self._till(lane)
        if till.shift is None:
            return "no shift"
        self._signed_in(till, lane)
        site = self.scene.chain.sites[lane]
        facts = LaneJournal(site.disk.journals, lane).end_shift(
            till.shift, lane.partition(".")[0], f"{lane}-C", site.clock()
        )
        for fact in facts:
            self.scene.state("shift.ended", fact, lane)
        return ", ".join(fact.shift for fact in facts)

    def poison(self, lane: str, number: int) -> str:
        """An entry in a lane's journal that nobody can apply, as a newer or a broken till writes it."""
        site = self.scene.chain.sites[lane]
        kind = self.scene.random.choice(("loyalty.earned", "ticket", "shift.opened"))
        at = site.clock()
        body = {POISON: number, "business_date": at.date().isoformat()}
        with site.disk.journals.begin() as connection:
            draft = journal.Draft(kind, 1, at, canonical.encode(body))
            journal.append(connection, journal_of(lane), [draft])
        self.scene.differences += self.scene.model.stated(fact_of(kind, body, lane))
        return kind

    def _till(self, lane: str) -> Till:
        disk, catalogue = (
            self.scene.chain.sites[lane].disk,
            Catalogue(self.scene.chain.sites[lane].disk.feeds),
        )
        parts = Lane(
            lane, lane.partition(".")[0], catalogue, LaneJournal(disk.journals, lane), _NoPaper(),
            _NothingKept(),
            self.scene.chain.sites[lane].clock, lambda: "unknown",
        )  # fmt: skip
        return Till(parts, Door(catalogue))

    def _signed_in(self, till: Till, lane: str) -> None:
        till.sign_in(f"{lane}-C", PIN)
        if till.shift is not None:
            return
        till.open_shift("200")
        # Told at once: a lane that dies at the next statement has opened its shift all the same.
        body = {**_opened(till), "lane": lane, "branch": lane.partition(".")[0]}
        self.scene.state("shift.opened", body, lane)

    def _cancel(self, till: Till, lane: str) -> str:
        if till.sale is None:
            raise LookupError(lane)
        body = {
            "uuid": till.sale.uuid, "branch": lane.partition(".")[0],
            "business_date": till.sale.terms.business_date.isoformat(),
            "amount": till.sale.totals.total, "lines": len(till.sale.basket.lines),
        }  # fmt: skip
        till.cancel()
        self.scene.state("basket.cancelled", body, lane)
        return "cancelled"

    def _check_prices(self, ticket: Ticket) -> None:
        """Each line names a document that was published, addressed the branch, and held then."""
        for line in ticket.lines:
            if not any(
                one.document == line.price_document
                and one.prices.get(line.item) == line.list_price
                and (one.starts <= ticket.committed)
                and (one.ends is None or ticket.started < one.ends)
                and self._addressed(one, ticket.branch)
                for one in self.scene.model.documents
            ):
                what = f"sold {line.item} at {line.list_price} by {line.price_document}"
                self.scene.differences.append(
                    Difference(ticket.lane, f"{ticket.receipt} {what}, which never held there")
                )

    @staticmethod
    def _addressed(document: PriceDocument, branch: str) -> bool:
        kind, _, name = document.audience.removeprefix("feed:").partition(":")
        return kind in {"chain", "group"} or name == branch


def _opened(till: Till) -> dict[str, object]:
    if till.shift is None:
        message = "a shift was opened, and none is open"
        raise LookupError(message)
    return asdict(till.shift)
