"""What one ticket, or its correction, adds to the aggregates: to every dimension what it says of it.

    dimension                        a row for each                     what it holds
    total, hour, operator, member    ticket: one                        all that the ticket says
    item, category                   item, category sold                of its lines, and their cost
    ancestor                         category above one that was sold   receipts alone, each once
    tender                           kind, foreign money by currency    payments; the change stands at `cash`
    promotion, discount              rule, kind of discount             of the lines that it took something off

Nothing here reads a table: the same ticket and the same moves add the same, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schemas.domain.correction import TicketCorrected, as_ticket
from schemas.domain.money import divide
from schemas.domain.quantity import extend
from schemas.domain.ticket import SaleLine, TenderLine, Ticket
from schemas.tables.consolidation import FIGURES

(
    _RECEIPTS, _LINES, _QUANTITY, _LIST, _SALES, _TAX, _MEMBERS, _TOTAL, _ROUNDING, _CHANGE,
    _PAYMENTS, _TAKEN, _FOREIGN, _DISCOUNT, _MOVED, _COST, _COST_WITH_TAX, _UNCOSTED,
    _UNCOSTED_TAX, _UNCOSTED_LINES,
) = range(len(FIGURES))  # fmt: skip
#: Of a line without a category, which is one whose item was unknown to its lane.
NO_CATEGORY = ""
# A tax rate is told in hundredths of a per cent.
_WHOLE_RATE = 10_000

#: Category codes that stand above others, by a category: those whose receipts are counted beside its own.
Tree = Mapping[str, tuple[str, ...]]
#: What stock a ticket moved, by item: thousandths and value, both below nought for what left.
Moves = Mapping[str, tuple[int, int | None]]


class Place(NamedTuple):
    """Where a contribution counts."""

    branch: str
    posted: date
    revision: int


@dataclass(frozen=True, slots=True)
class Sold:
    """A ticket or a correction as the aggregates see it. `receipts` is 1 for a receipt of a lane."""

    ticket: Ticket
    receipts: int
    hour: str


def as_sold(fact: Ticket | TicketCorrected) -> Sold:
    """A ticket as it is; a correction at the hour of the sale that it puts right."""
    if isinstance(fact, Ticket):
        return Sold(fact, 1, f"{fact.committed.astimezone(ZoneInfo(fact.zone)).hour:02}")
    return Sold(as_ticket(fact), 0, f"{fact.sold.astimezone(ZoneInfo(fact.zone)).hour:02}")


_Rows = dict[str, list[int]]


class Sums:
    """Contributions, summed by place, dimension and key."""

    def __init__(self) -> None:
        self._places: dict[Place, dict[str, _Rows]] = {}
        self.rows = 0

    def _row(self, dimensions: dict[str, _Rows], dimension: str, key: str) -> list[int]:
        rows = dimensions.setdefault(dimension, {})
        row = rows.get(key)
        if row is None:
            row = rows[key] = [0] * len(FIGURES)
            self.rows += 1
        return row

    def add_sale(self, place: Place, sold: Sold, tree: Tree, sign: int = 1) -> None:
        """Add what a ticket says, or take it back; what its goods cost is added by `add_costs`."""
        dimensions = self._places.setdefault(place, {})
        whole = [0] * len(FIGURES)
        touched: dict[tuple[str, str], list[int]] = {}
        for line in sold.ticket.lines:
            if line.voided:
                continue
            category = line.category or NO_CATEGORY
            rows = [whole]
            for dimension, key in (("item", line.item), ("category", category)):
                row = touched[dimension, key] = self._row(dimensions, dimension, key)
                rows.append(row)
            for dimension, key, amount in _explained(line):
                row = touched[dimension, key] = self._row(dimensions, dimension, key)
                row[_DISCOUNT] += sign * amount
                rows.append(row)
            _add_line(rows, line, sold.receipts, sign)
            for code in tree.get(category, ()):
                touched["ancestor", code] = self._row(dimensions, "ancestor", code)
        self._add_tenders(dimensions, touched, sold, sign)
        ticket = sold.ticket
        whole[_TOTAL] += sign * ticket.total
        whole[_ROUNDING] += sign * ticket.rounding
        whole[_CHANGE] += sign * ticket.change
        for dimension, key in _of_ticket(sold):
            row = touched[dimension, key] = self._row(dimensions, dimension, key)
            for place_of, figure in enumerate(whole):
                row[place_of] += figure
        if sold.receipts:
            member = sign if ticket.member else 0
            for row in touched.values():
                row[_RECEIPTS] += sign
                row[_MEMBERS] += member

    def _add_tenders(
        self, dimensions: dict[str, _Rows], touched: dict[tuple[str, str], list[int]], sold: Sold,
        sign: int,
    ) -> None:  # fmt: skip
        for one in sold.ticket.tenders:
            key = tender_key(one)
            row = touched["tender", key] = self._row(dimensions, "tender", key)
            row[_PAYMENTS] += sign
            row[_TAKEN] += sign * one.amount
            row[_FOREIGN] += sign * (one.foreign.amount if one.foreign else 0)
        if sold.ticket.change:
            # Change is local cash, also where foreign money alone was taken.
            self._row(dimensions, "tender", "cash")[_CHANGE] += sign * sold.ticket.change

    def add_costs(
        self, place: Place, sold: Sold, moves: Moves, services: frozenset[str], sign: int = 1
    ) -> None:
        """Add what a ticket's goods cost, or take it back; where nobody knows, that it is not known."""
        dimensions = self._places.setdefault(place, {})
        whole = [0] * len(FIGURES)
        for item, lines in _by_item(sold.ticket).items():
            cost = _cost(lines, moves.get(item), service=item in services)
            category = max(line.category or NO_CATEGORY for line in lines)
            rows = (
                whole, self._row(dimensions, "item", item),
                self._row(dimensions, "category", category),
            )  # fmt: skip
            for row in rows:
                for place_of, figure in cost:
                    row[place_of] += sign * figure
        for dimension, key in _of_ticket(sold):
            row = self._row(dimensions, dimension, key)
            for place_of in range(_MOVED, len(FIGURES)):
                row[place_of] += whole[place_of]

    def taken(self) -> Iterator[dict[str, object]]:
        """The rows that say something, as they are stored; what was taken is no longer here."""
        places, self._places, self.rows = self._places, {}, 0
        for place, dimensions in places.items():
            for dimension, rows in dimensions.items():
                for key, row in rows.items():
                    if any(row):
                        yield {
                            "dimension": dimension, "branch": place.branch, "posted": place.posted,
                            "revision": place.revision, "key": key,
                            **{name: figure or None for name, figure in zip(FIGURES, row, strict=True)},
                        }  # fmt: skip


def tender_key(one: TenderLine) -> str:
    """How a payment is called in the aggregates."""
    return one.kind if one.foreign is None else f"{one.kind}:{one.foreign.currency}"


def _of_ticket(sold: Sold) -> Iterator[tuple[str, str]]:
    yield "total", ""
    yield "hour", sold.hour
    yield "operator", sold.ticket.operator
    # Those without one too, so that members and tiers add up to the whole.
    yield "member", sold.ticket.member or ""


def _explained(line: SaleLine) -> Iterator[tuple[str, str, int]]:
    """What took something off a line: each rule and each kind of discount once, with all that it took."""
    if not line.discounts:
        return
    taken: dict[tuple[str, str], int] = {}
    for one in line.discounts:
        taken["discount", one.kind] = taken.get(("discount", one.kind), 0) + one.amount
        if one.kind == "promotion" and one.rule:
            taken["promotion", one.rule] = taken.get(("promotion", one.rule), 0) + one.amount
    for (dimension, key), amount in taken.items():
        yield dimension, key, amount


def _add_line(rows: list[list[int]], line: SaleLine, receipts: int, sign: int) -> None:
    lines, quantity = sign * receipts, sign * line.quantity
    listed = sign * extend(line.list_price, line.quantity)
    amount, tax = sign * line.amount, sign * line.tax
    for row in rows:
        row[_LINES] += lines
        row[_QUANTITY] += quantity
        row[_LIST] += listed
        row[_SALES] += amount
        row[_TAX] += tax


def _by_item(ticket: Ticket) -> dict[str, list[SaleLine]]:
    found: dict[str, list[SaleLine]] = {}
    for line in ticket.sold():
        found.setdefault(line.item, []).append(line)
    return found


def _cost(
    lines: list[SaleLine], move: tuple[int, int | None] | None, *, service: bool
) -> tuple[tuple[int, int], ...]:
    """What the lines of one item cost, as figures by their places."""
    moved, value = (0, 0 if service else None) if move is None else move
    if value is None:
        return (
            (_MOVED, -moved), (_UNCOSTED, sum(line.amount for line in lines)),
            (_UNCOSTED_TAX, sum(line.tax for line in lines)), (_UNCOSTED_LINES, len(lines)),
        )  # fmt: skip
    tax = divide(-value * lines[0].tax_rate, _WHOLE_RATE)
    return (_MOVED, -moved), (_COST, -value), (_COST_WITH_TAX, tax - value)
