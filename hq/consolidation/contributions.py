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

from collections import defaultdict
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
#: What a line says, in this order, and a ticket after it.
_OF_LINES = (_LINES, _QUANTITY, _LIST, _SALES, _TAX)
_OF_TICKET = (*_OF_LINES, _TOTAL, _ROUNDING, _CHANGE)
_NOUGHT = (0,) * len(FIGURES)
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


class Rows:
    """The sums of one dimension at one place, a row for each key. `figures` holds all rows one behind the other:
    a list for each would take longer to make, and to look through for cycles, than what is added to them.
    """

    __slots__ = ("_begins", "figures")

    def __init__(self) -> None:
        self._begins: dict[str, int] = {}
        self.figures: list[int] = []

    def __len__(self) -> int:
        return len(self._begins)

    def row(self, key: str) -> int:
        """Where the row of a key begins; it is made where it is not there yet."""
        begins = self._begins.get(key)
        if begins is None:
            begins = self._begins[key] = len(self.figures)
            self.figures.extend(_NOUGHT)
        return begins

    def keys(self) -> list[str]:
        """The keys, in the order of their rows."""
        return [*self._begins]

    def columns(self) -> list[list[int]]:
        """The figures in their order, each of all rows."""
        return [self.figures[figure :: len(FIGURES)] for figure in range(len(FIGURES))]


#: Where it counts, its dimension, and the sums by key.
Contribution = tuple[Place, str, Rows]
_At = defaultdict[str, Rows]
_Line = tuple[int, int, int, int, int]


class Sums:
    """Contributions, summed by place, dimension and key."""

    def __init__(self) -> None:
        self._places: dict[Place, _At] = {}

    @property
    def rows(self) -> int:
        """How many sums these are."""
        return sum(len(rows) for at in self._places.values() for rows in at.values())

    def add_sale(self, place: Place, sold: Sold, tree: Tree, sign: int = 1) -> None:
        """Add what a ticket says, or take it back; what its goods cost is added by `add_costs`."""
        at, ticket = self._at(place), sold.ticket
        items, categories, ancestors = at["item"], at["category"], at["ancestor"]
        touched: set[tuple[Rows, int]] = set()
        said: list[_Line] = []
        for line in ticket.lines:
            if line.voided:
                continue
            category = line.category or NO_CATEGORY
            one = _of_line(line, sold.receipts, sign)
            said.append(one)
            item, group = items.row(line.item), categories.row(category)
            _add_line(items.figures, item, one)
            _add_line(categories.figures, group, one)
            touched.add((items, item))
            touched.add((categories, group))
            if line.discounts:
                touched.update(_add_discounts(at, line, one, sign))
            touched.update([(ancestors, ancestors.row(code)) for code in tree.get(category, ())])
        touched.update(_add_tenders(at, sold, sign))
        whole = [sum(figure) for figure in zip(*said, strict=True)] or [0] * len(_OF_LINES)
        whole += [sign * ticket.total, sign * ticket.rounding, sign * ticket.change]
        for rows, begins in _of_ticket(at, sold):
            touched.add((rows, begins))
            for figure, amount in zip(_OF_TICKET, whole, strict=True):
                rows.figures[begins + figure] += amount
        if sold.receipts:
            member = sign if ticket.member else 0
            for rows, begins in touched:
                rows.figures[begins + _RECEIPTS] += sign
                rows.figures[begins + _MEMBERS] += member

    def add_costs(
        self, place: Place, sold: Sold, moves: Moves, services: frozenset[str], sign: int = 1
    ) -> None:
        """Add what a ticket's goods cost, or take it back; where nobody knows, that it is not known."""
        at = self._at(place)
        items, categories = at["item"], at["category"]
        whole = [0] * len(FIGURES)
        for item, goods in _by_item(sold.ticket).items():
            cost = _cost(goods, moves.get(item), service=item in services)
            of_item, of_category = items.row(item), categories.row(goods.category)
            for figure, amount in cost:
                items.figures[of_item + figure] += sign * amount
                categories.figures[of_category + figure] += sign * amount
                whole[figure] += sign * amount
        for rows, begins in _of_ticket(at, sold):
            for figure in range(_MOVED, len(FIGURES)):
                rows.figures[begins + figure] += whole[figure]

    def taken(self) -> Iterator[Contribution]:
        """What says something; what was taken is no longer here."""
        places, self._places = self._places, {}
        for place, at in places.items():
            for dimension, rows in at.items():
                if any(rows.figures):
                    yield place, dimension, rows

    def _at(self, place: Place) -> _At:
        at = self._places.get(place)
        if at is None:
            at = self._places[place] = defaultdict(Rows)
        return at


def tender_key(one: TenderLine) -> str:
    """How a payment is called in the aggregates."""
    return one.kind if one.foreign is None else f"{one.kind}:{one.foreign.currency}"


def _of_ticket(at: _At, sold: Sold) -> list[tuple[Rows, int]]:
    """The rows that all of a ticket counts in."""
    # Those without a member too, so that members and tiers add up to the whole.
    total, hour, operator, member = at["total"], at["hour"], at["operator"], at["member"]
    return [
        (total, total.row("")), (hour, hour.row(sold.hour)),
        (operator, operator.row(sold.ticket.operator)), (member, member.row(sold.ticket.member or "")),
    ]  # fmt: skip


def _of_line(line: SaleLine, receipts: int, sign: int) -> _Line:
    listed = extend(line.list_price, line.quantity)
    return (
        sign * receipts, sign * line.quantity, sign * listed, sign * line.amount, sign * line.tax
    )  # fmt: skip


def _add_line(figures: list[int], begins: int, said: _Line) -> None:
    lines, quantity, listed, amount, tax = said
    figures[begins + _LINES] += lines
    figures[begins + _QUANTITY] += quantity
    figures[begins + _LIST] += listed
    figures[begins + _SALES] += amount
    figures[begins + _TAX] += tax


def _add_discounts(at: _At, line: SaleLine, said: _Line, sign: int) -> Iterator[tuple[Rows, int]]:
    """A line counts once for each rule and each kind of discount, with all that it took off."""
    taken: dict[tuple[str, str], int] = {}
    for one in line.discounts:
        taken["discount", one.kind] = taken.get(("discount", one.kind), 0) + one.amount
        if one.kind == "promotion" and one.rule:
            taken["promotion", one.rule] = taken.get(("promotion", one.rule), 0) + one.amount
    for (dimension, key), amount in taken.items():
        rows = at[dimension]
        begins = rows.row(key)
        _add_line(rows.figures, begins, said)
        rows.figures[begins + _DISCOUNT] += sign * amount
        yield rows, begins


def _add_tenders(at: _At, sold: Sold, sign: int) -> Iterator[tuple[Rows, int]]:
    rows = at["tender"]
    for one in sold.ticket.tenders:
        begins = rows.row(tender_key(one))
        rows.figures[begins + _PAYMENTS] += sign
        rows.figures[begins + _TAKEN] += sign * one.amount
        rows.figures[begins + _FOREIGN] += sign * (one.foreign.amount if one.foreign else 0)
        yield rows, begins
    if sold.ticket.change:
        # Change is local cash, also where foreign money alone was taken.
        rows.figures[rows.row("cash") + _CHANGE] += sign * sold.ticket.change


class _Goods(NamedTuple):
    """What a ticket sold of an item, of all its lines; the rate of tax is that of the first."""

    category: str
    tax_rate: int
    amount: int
    tax: int
    lines: int


def _by_item(ticket: Ticket) -> dict[str, _Goods]:
    found: dict[str, _Goods] = {}
    for line in ticket.lines:
        if line.voided:
            continue
        category, seen = line.category or NO_CATEGORY, found.get(line.item)
        found[line.item] = (
            _Goods(category, line.tax_rate, line.amount, line.tax, 1)
            if seen is None
            else _Goods(
                max(seen.category, category), seen.tax_rate, seen.amount + line.amount,
                seen.tax + line.tax, seen.lines + 1,
            )
        )  # fmt: skip
    return found


def _cost(
    goods: _Goods, move: tuple[int, int | None] | None, *, service: bool
) -> tuple[tuple[int, int], ...]:
    """What the goods of one item cost, as figures by their places."""
    moved, value = (0, 0 if service else None) if move is None else move
    if value is None:
        return (
            (_MOVED, -moved), (_UNCOSTED, goods.amount), (_UNCOSTED_TAX, goods.tax),
            (_UNCOSTED_LINES, goods.lines),
        )  # fmt: skip
    tax = divide(-value * goods.tax_rate, _WHOLE_RATE)
    return (_MOVED, -moved), (_COST, -value), (_COST_WITH_TAX, tax - value)
