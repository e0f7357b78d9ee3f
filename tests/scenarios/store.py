"""A store as its people speak of it: each act is done in the product and noted in the model.

The branch and headquarters are the product's own on PostgreSQL, the lanes state what tills state; lines
between them are memory. `agrees` compares everything with the model, after all that is under way arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, func, select

from branch import corrections, day_checks, days, tills
from branch.absent_lanes import Gone
from branch.goods import counting as scanning
from branch.goods import drafts, posting
from branch.stocktake import approval, counting, decisions, session
from branch.stocktake.review import review
from hq.days import day_history, verify_day
from replication import quarantine
from schemas.domain.correction import Exchange, ExchangeKind
from schemas.domain.stock.document import DocumentKind
from schemas.domain.stock.scanned import Counted
from schemas.domain.ticket import TenderKind, TenderLine, Ticket
from schemas.domain.till import COUNTED_KINDS
from schemas.tables.day_figures import day_totals
from schemas.tables.journal import journal_entry
from schemas.wire import records
from schemas.wire.delivery import Delivery, DeliveryLine, Supplier
from tests.branch.shop import CODE, DAY, MANAGER, LaneTill, Shop, load, piece, publish
from tests.branch.test_restores import settle
from tests.scenarios.ledger import agrees_in_stock
from tests.scenarios.model import Model

#: What a piece sells for, in cents.
PRICES: Mapping[str, int] = {"milk": 350, "bread": 420, "wine": 1900}
FLOAT = 10_000
_PIECE = 1000
_SECOND = "C2"


@dataclass
class Store:
    """The store and its model, told together."""

    shop: Shop
    model: Model = field(default_factory=Model)
    day: date = DAY
    lanes: list[LaneTill] = field(default_factory=list)
    deliveries: int = 0
    under_way: list[tuple[LaneTill, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        goods = [
            records.Item(item=item, name=item.capitalize(), category="food", unit="piece")
            for item in PRICES
        ]
        with self.shop.headquarters.engine.begin() as connection:
            other = records.Branch(branch="N002", name="Other", zone="UTC", currency="USD")
            supplier = Supplier(supplier="S1", name="Orchard")
            publish(connection, "feed:chain", *goods, other, supplier)
        self._hear()

    # --- the day

    def opens(self, day: date | None = None) -> None:
        """The manager opens the day."""
        self.day = day or self.day
        self.shop.open_day(self.day)
        self._hear()

    def next_day(self) -> None:
        """A night passes."""
        self.shop.clock.now += timedelta(days=1)
        self.day += timedelta(days=1)

    def findings(self, day: date | None = None) -> list[str]:
        """What the close would say, by code."""
        with self.shop.engine.connect() as connection:
            found = day_checks.day_checks(connection, CODE, day or self.day, self.shop.clock())
        return sorted(one.code for one in found)

    def closes(
        self, day: date | None = None, *, without: tuple[Gone, ...] = (),
        before_commit: Callable[[Connection], None] | None = None,
    ) -> int:  # fmt: skip
        """The manager accepts every warning and closes; answer the revision."""
        day = day or self.day
        with self.shop.engine.begin() as connection:
            found = day_checks.day_checks(connection, CODE, day, self.shop.clock())
            accepted = [one.key for one in found if not one.blocking]
            fact = days.close_day(
                connection, CODE, day, MANAGER, self.shop.clock(), accepted, without
            )
            if before_commit is not None:
                before_commit(connection)
        self.model.closes(day)
        self._hear()
        return fact.revision

    def reopens(self, reason: str, day: date | None = None) -> None:
        """The manager opens a closed day for corrections."""
        self.shop.reopen_day(reason, day or self.day)

    # --- lanes and tills

    def starts(self, number: int, operator: str = "C1") -> LaneTill:
        """A cashier starts at a lane."""
        lane = next((one for one in self.lanes if one.name.endswith(f"{number:02d}")), None)
        if lane is None:
            lane = self.shop.lane(number)
            self.lanes.append(lane)
        if lane.business_date != self.day:
            lane.business_date, lane.tickets, lane.gross = self.day, 0, 0
        shift = lane.open_shift(operator, FLOAT)
        self.model.starts(shift, self.day, FLOAT)
        return lane

    def sells(self, lane: LaneTill, kind: TenderKind = "cash", /, **pieces: int) -> Ticket:
        """A customer buys so many pieces of each; below nought gives them back."""
        self.shop.clock.pass_minutes(1)
        lines = [
            piece(item, PRICES[item], count * _PIECE, number)
            for number, (item, count) in enumerate(pieces.items(), 1)
        ]
        total = sum(line.amount for line in lines)
        sold = lane.sell(*lines, tenders=(TenderLine(kind, total),))
        goods = {item: count * _PIECE for item, count in pieces.items()}
        shift, day = lane.shift, lane.business_date

        def known() -> None:
            self.model.sells(sold.uuid, shift, day, goods, total, kind)

        self.under_way.append((lane, known))
        self._learns()
        return sold

    def picks_up(self, lane: LaneTill, amount: int) -> None:
        """Notes go from the till to the safe."""
        lane.move_cash("pickup", amount)
        self.model.moves_cash(lane.shift, -amount)

    def ends(self, *lanes: LaneTill) -> None:
        """The cashiers go home, and what they did reaches the branch."""
        for lane in lanes:
            lane.end_shift()
        self.arrives()

    def counts(self, lane: LaneTill, reason: str = "", short: int = 0, shift: str = "") -> None:
        """The manager counts a till in which so much cash is missing."""
        till = self.model.tills[shift or lane.shift]
        counted = dict.fromkeys(COUNTED_KINDS, 0) | till.expected
        counted["cash"] -= short
        till.counted = counted
        self.shop.count(shift or lane.shift, reason, **counted)

    def post_voids(self, sold: Ticket, reason: str) -> None:
        """A receipt is taken back after it was given."""
        with self.shop.engine.begin() as connection:
            corrections.post_void(
                connection, CODE, sold.uuid, MANAGER, _SECOND, reason, self.shop.clock()
            )
        self.model.is_taken_back(sold.uuid, sold.shift, sold.business_date, sold.total)

    def exchanges(self, sold: Ticket, was: ExchangeKind, became: ExchangeKind, reason: str) -> None:
        """A receipt was paid by another tender than was keyed."""
        with self.shop.engine.begin() as connection:
            moved = Exchange(was, became, sold.total)
            corrections.exchange(
                connection, CODE, sold.uuid, moved, MANAGER, reason, self.shop.clock()
            )
        self.model.exchanges(sold.shift, sold.business_date, sold.total, was, became)

    # --- goods

    def is_to_receive(self, value: int, **pieces: int) -> str:
        """Headquarters orders goods for the branch, each line worth `value`; answer the order's number."""
        self.deliveries += 1
        document = f"PO-{self.deliveries}"
        lines = [
            DeliveryLine(
                document=document, number=number, item=item, unit="piece", factor=1000,
                quantity=count * _PIECE, value=value,
            )
            for number, (item, count) in enumerate(pieces.items(), 1)
        ]  # fmt: skip
        header = Delivery(
            document=document, direction="order", partner="S1", expected=self.day, rows=len(lines)
        )
        with self.shop.headquarters.engine.begin() as connection:
            publish(connection, f"feed:branch:{CODE}", *lines, header)
        self._hear()
        return document

    def receives(self, document: str, values: Mapping[str, int], **pieces: int) -> None:
        """Somebody scans what came of an order and posts it; `values` is what each came to."""
        now = self.shop.clock()
        with self.shop.engine.begin() as connection:
            draft = drafts.answer(connection, CODE, document, MANAGER, now)
            for item, count in pieces.items():
                scan = scanning.Scan(Counted(item, count * _PIECE))
                scanning.add(connection, CODE, draft, scan, MANAGER, now)
        with self.shop.engine.begin() as connection:
            posting.post_draft(connection, CODE, draft, posting.Asked(MANAGER, now))
        for item, count in sorted(pieces.items()):
            self.model.comes(item, count * _PIECE, values[item])
        self._hear()

    def sends(self, item: str, pieces: int) -> None:
        """Goods go to another branch."""
        self._posts("transfer_out", "N002", item, pieces)
        self.model.leaves(item, pieces * _PIECE, "transfer_out")

    def writes_off(self, item: str, pieces: int) -> None:
        """Goods are broken and given up."""
        self._posts("write_off", "", item, pieces)
        self.model.leaves(item, pieces * _PIECE, "write_off")

    def _posts(self, kind: DocumentKind, partner: str, item: str, pieces: int) -> None:
        # What was sold until now has left the shelf first, in the books too.
        self.arrives()
        now = self.shop.clock()
        with self.shop.engine.begin() as connection:
            draft = drafts.begin(connection, CODE, kind, partner, MANAGER, now)
            scan = scanning.Scan(Counted(item, pieces * _PIECE), reason="damaged")
            scanning.add(connection, CODE, draft, scan, MANAGER, now)
            posting.post_draft(connection, CODE, draft, posting.Asked(MANAGER, now))

    def begins_stocktake(self, name: str) -> str:
        """A manager opens a stocktake of everything."""
        plan = session.Plan(name, "everything", ("Shop floor",), tolerance=1000 * _PIECE)
        with self.shop.engine.begin() as connection:
            return session.open_stocktake(connection, plan, MANAGER, self.shop.clock())

    def counts_goods(self, stocktake: str, **pieces: int) -> None:
        """Somebody counts pieces on the shelf, a minute later."""
        self.shop.clock.pass_minutes(1)
        counter = counting.Counter(stocktake, 1, "C2", self.shop.clock())
        with self.shop.engine.begin() as connection:
            for item, count in pieces.items():
                written = counting.Written(item, count * _PIECE, "set")
                counting.enter(connection, counter, written, f"{stocktake}-{item}")

    def leaves_uncounted(self, stocktake: str) -> None:
        """What nobody counted stays as the books have it."""
        with self.shop.engine.begin() as connection:
            decisions.decide_rest(connection, CODE, stocktake, None, MANAGER, self.shop.clock())

    def approves(self, stocktake: str) -> None:
        """The only manager lets the counts stand, approves what they opened, and says why."""
        now = self.shop.clock()
        with self.shop.engine.begin() as connection:
            waiting = [one.goods.item for one in review(connection, CODE, stocktake).waiting()]
            if waiting:
                decisions.decide(connection, CODE, stocktake, waiting, 1, MANAGER, "seen", now)
            approval.approve(
                connection, CODE, stocktake, MANAGER, "the only manager", self.shop.clock()
            )

    # --- what everything comes to

    def arrives(self) -> None:
        """Everything under way arrives."""
        settle(self.shop.runner, [one for one in self.lanes if not one.line.down])
        self._learns()

    def _learns(self) -> None:
        """What a lane sold whose line is dead is not known of yet."""
        for lane, known in [*self.under_way]:
            if not lane.line.down:
                lane.push()
                known()
                self.under_way.remove((lane, known))

    def agrees(self) -> None:
        """Cash, stock, journals and headquarters' figures are what the model says."""
        self.arrives()
        self._agrees_in_cash()
        for engine in (self.shop.engine, self.shop.headquarters.engine):
            self._agrees_in_days(engine)
            agrees_in_stock(engine, CODE, self.model)
            with engine.connect() as connection:
                assert quarantine.count_waiting(connection) == 0
                tickets = (
                    select(func.count())
                    .select_from(journal_entry)
                    .where(journal_entry.c.kind == "ticket", journal_entry.c.standing == "first")
                )
                assert connection.execute(tickets).scalar_one() == self.model.receipts
        self._agrees_at_headquarters()

    def _agrees_in_cash(self) -> None:
        with self.shop.engine.connect() as connection:
            for shift, model in self.model.tills.items():
                till = tills.find_till(connection, CODE, shift)
                if model.counted is None:
                    assert till.expected is None
                    continue
                found = {kind: amount for kind, amount in (till.over_short or {}).items() if amount}
                assert found == {k: v for k, v in model.over_short().items() if v}
                expected = {
                    kind: amount for kind, amount in (till.expected or {}).items() if amount
                }
                assert expected == {k: v for k, v in model.expected.items() if v}

    def _agrees_in_days(self, engine: Engine) -> None:
        with engine.connect() as connection:
            for day in self.model.sold:
                held = day_totals(connection, CODE, day)
                wanted = self.model.figures(day)
                assert (held.tickets, held.gross) == (wanted.tickets, wanted.gross)
                assert {k: v for k, v in held.tenders.items() if v} == wanted.tenders

    def _agrees_at_headquarters(self) -> None:
        with self.shop.headquarters.engine.connect() as connection:
            for day, first in self.model.first.items():
                history = day_history(connection, CODE, day)
                assert history is not None
                closed = history.revisions[0].totals
                assert (closed.tickets, closed.gross) == (first.tickets, first.gross)
                now = self.model.figures(day)
                assert (history.totals.tickets, history.totals.gross) == (now.tickets, now.gross)
                if history.state == "closed" and not history.late:
                    assert verify_day(connection, CODE, day) == ()
                    last = history.revisions[-1]
                    assert (last.totals.tickets, last.totals.gross) == (now.tickets, now.gross)

    def _hear(self) -> None:
        load(self.shop.runner)
        for lane in self.lanes:
            if not lane.line.down:
                lane.push()
                load(lane.runner)
