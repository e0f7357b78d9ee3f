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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hq.reports.categories import NO_CATEGORY
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
_NOUGHT = (0,) * len(FIGURES)
# A tax rate is told in hundredths of a per cent.
_WHOLE_RATE = 10_000

#: Category codes that stand above others, by a category: those whose receipts are counted beside its own.
Tree = Mapping[str, tuple[str, ...]]
#: What stock a ticket moved, by item: thousandths and value, both below nought for what left.
Moves = Mapping[str, tuple[int, int | None]]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is asked of the catalogue; `services` are the items without stock, looked up where goods did not move."""

    tree: Tree
    services: Callable[[], frozenset[str]]


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
# What a ticket sold of an item: category, rate of tax (of the first line), and amount, tax and number of its lines.
_Goods = tuple[str, int, int, int, int]
_NOT_MOVED = (0, None)


class Sums:
    """Contributions, summed by place, dimension and key."""

    def __init__(self) -> None:
        self._places: dict[Place, _At] = {}

    @property
    def rows(self) -> int:
        """How many sums these are."""
        return sum(len(rows) for at in self._places.values() for rows in at.values())

    def add_sale(
        self, place: Place, sold: Sold, moves: Moves, catalogue: Catalogue, sign: int = 1
    ) -> None:
        """Add what a ticket says and what its goods cost, or take it back."""
        at, ticket, receipts = self._at(place), sold.ticket, sign * sold.receipts
        items, categories = at["item"], at["category"]
        touched: set[tuple[Rows, int]] = set()
        goods: dict[str, _Goods] = {}
        whole = [0] * len(FIGURES)
        for line in ticket.lines:
            if line.voided:
                continue
            category = line.category or NO_CATEGORY
            said = (
                receipts, sign * line.quantity, sign * extend(line.list_price, line.quantity),
                sign * line.amount, sign * line.tax,
            )  # fmt: skip
            item, group = items.row(line.item), categories.row(category)
            _add_line(items.figures, item, said)
            _add_line(categories.figures, group, said)
            _add_line(whole, 0, said)
            touched.add((items, item))
            touched.add((categories, group))
            _add_goods(goods, line, category)
            if line.discounts:
                touched.update(_add_discounts(at, line, said, sign))
            if category in catalogue.tree:
                touched.update(_rows(at["ancestor"], catalogue.tree[category]))
        touched.update(_add_tenders(at, sold, sign))
        whole[_TOTAL] = sign * ticket.total
        whole[_ROUNDING] = sign * ticket.rounding
        whole[_CHANGE] = sign * ticket.change
        _add_goods_costs(at, goods, moves, catalogue, sign, whole)
        touched.update(_add_whole(at, sold, whole))
        if sold.receipts:
            member = sign if ticket.member else 0
            for rows, begins in touched:
                rows.figures[begins + _RECEIPTS] += sign
                rows.figures[begins + _MEMBERS] += member

    def add_costs(
        self, place: Place, sold: Sold, moves: Moves, catalogue: Catalogue, sign: int = 1
    ) -> None:
        """Add what a ticket's goods cost, or take it back; where nobody knows, that it is not known."""
        at = self._at(place)
        goods: dict[str, _Goods] = {}
        whole = [0] * len(FIGURES)
        for line in sold.ticket.sold():
            _add_goods(goods, line, line.category or NO_CATEGORY)
        _add_goods_costs(at, goods, moves, catalogue, sign, whole)
        _add_whole(at, sold, whole)

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


def _rows(rows: Rows, keys: Iterable[str]) -> list[tuple[Rows, int]]:
    return [(rows, rows.row(key)) for key in keys]


def _add_whole(at: _At, sold: Sold, whole: list[int]) -> list[tuple[Rows, int]]:
    """Add to the rows that all of a ticket counts in."""
    said = [(figure, amount) for figure, amount in enumerate(whole) if amount]
    # Those without a member too, so that members and tiers add up to the whole.
    keys = {
        "total": "", "hour": sold.hour, "operator": sold.ticket.operator,
        "member": sold.ticket.member or "",
    }  # fmt: skip
    touched = [(at[dimension], at[dimension].row(key)) for dimension, key in keys.items()]
    for rows, begins in touched:
        for figure, amount in said:
            rows.figures[begins + figure] += amount
    return touched


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


def _add_goods(goods: dict[str, _Goods], line: SaleLine, category: str) -> None:
    seen = goods.get(line.item)
    if seen is None:
        goods[line.item] = (category, line.tax_rate, line.amount, line.tax, 1)
        return
    before, rate, amount, tax, lines = seen
    goods[line.item] = (
        max(before, category),
        rate,
        amount + line.amount,
        tax + line.tax,
        lines + 1,
    )


def _add_goods_costs(
    at: _At,
    goods: dict[str, _Goods],
    moves: Moves,
    catalogue: Catalogue,
    sign: int,
    whole: list[int],
) -> None:
    """Add what each item cost, or that nobody knows it, to its rows and to the whole."""
    items, categories = at["item"], at["category"]
    for item, (category, rate, amount, tax, lines) in goods.items():
        moved, value = moves.get(item, _NOT_MOVED)
        if value is None and item not in moves and item in catalogue.services():
            continue
        said: tuple[tuple[int, int], ...]
        if value is None:
            said = (
                (_MOVED, -sign * moved), (_UNCOSTED, sign * amount), (_UNCOSTED_TAX, sign * tax),
                (_UNCOSTED_LINES, sign * lines),
            )  # fmt: skip
        else:
            with_tax = divide(-value * rate, _WHOLE_RATE) - value
            said = (
                (_MOVED, -sign * moved), (_COST, -sign * value), (_COST_WITH_TAX, sign * with_tax)
            )  # fmt: skip
        of_item, of_category = items.row(item), categories.row(category)
        for figure, figured in said:
            items.figures[of_item + figure] += figured
            categories.figures[of_category + figure] += figured
            whole[figure] += figured
