"""Posting a stock document (库存单据过账): the moves that its lines make, and what they are worth (rule 25).

    kind               moves of a line                        worth
    receipt            what came in good order                what the line cost; where nobody knows, the average
    transfer_out       what is sent                           the average
    transfer_in        what was sent, so much as has come     what it was worth where it was sent
                       what is missing or broken of it (−),   its part of that
                       or came beyond it (+)
    return_to_vendor   what goes back                         the average
    write_off          what is given up                       the average

A stocktake is not posted line by line at one instant: each difference is a move at the instant at which its
item was counted (`schemas.domain.stock.stocktake`).

A final `transfer_in` settles all that was sent: what did not come until then is missing. Where goods come
at a cost and none were there, what the oversold part had been worth otherwise is a move of its own
(`variance`). A line of an unknown item moves nothing.

In a document that answers an expected delivery, a line bears the number of the delivery's line; goods
that the delivery does not name are numbered behind its lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from schemas.domain.money import divide
from schemas.domain.stock.average import Holding, arrive, at_average
from schemas.domain.stock.document import DocumentKind, StockLine
from schemas.domain.stock.move import StockMove, StockReason

_OUTWARD: Mapping[DocumentKind, StockReason] = {
    "transfer_out": "transfer_out",
    "return_to_vendor": "return_to_vendor",
    "write_off": "write_off",
}


@dataclass(frozen=True, slots=True)
class Occasion:
    """What all moves of a document have in common: its UUID, kind, business date and instant."""

    uuid: str
    kind: DocumentKind
    business_date: date
    at: datetime
    final: bool = True


@dataclass(frozen=True, slots=True)
class Posted:
    """The lines with their values, and the moves in their order."""

    lines: tuple[StockLine, ...]
    moves: tuple[StockMove, ...]


@dataclass
class _Ledger:
    """The moves so far, and what is there after them."""

    occasion: Occasion
    held: dict[str, Holding]
    moves: list[StockMove] = field(default_factory=list)

    def move(self, item: str, quantity: int, value: int | None, reason: StockReason) -> None:
        """Book a move; one of no quantity and no value is none."""
        if quantity == 0 and not value:
            return
        of = self.occasion
        number = len(self.moves) + 1
        move = StockMove(
            of.uuid, number, item, quantity, value, reason, of.business_date, of.at
        )  # fmt: skip
        self.moves.append(move)
        self.held[item] = self.held[item].changed(quantity, value)

    def at_average(self, item: str, quantity: int, reason: StockReason) -> int | None:
        """Book a move at the average, and answer its value."""
        value = at_average(self.held[item], quantity)
        self.move(item, quantity, value, reason)
        return value

    def arrive(
        self, item: str, quantity: int, value: int | None, reason: StockReason
    ) -> int | None:
        """Book goods that come at a cost, or at the average where it is not known."""
        if quantity == 0:
            return 0
        if value is None:
            return self.at_average(item, quantity, reason)
        arrival = arrive(self.held[item], quantity, value)
        self.move(item, quantity, value, reason)
        self.move(item, 0, arrival.variance, "variance")
        self.held[item] = arrival.holding
        return value


def post(occasion: Occasion, lines: Iterable[StockLine], held: Mapping[str, Holding]) -> Posted:
    """Post lines against what is held of their items; each item that is not unknown is in `held`.

    The `value` of a line of a receipt is what it cost, of a `transfer_in` what all that is `expected` was
    worth where it was sent, None where nobody knows; of other kinds it is not read.
    """
    ledger = _Ledger(occasion, dict(held))
    valued = tuple(replace(line, value=_book(ledger, line)) for line in lines)
    return Posted(valued, tuple(ledger.moves))


def base_quantity(quantity: int, factor: int) -> int:
    """A quantity of a unit in base units (rule 10)."""
    return divide(quantity * factor, 1000)


def sent_of(line: StockLine, *, final: bool) -> int:
    """How much of what a line expects a document settles, in the line's unit; of a transfer it is moved in."""
    expected = line.expected or 0
    return expected if final else min(line.quantity + line.damaged, expected)


def _book(ledger: _Ledger, line: StockLine) -> int | None:
    """Book a line, and answer what it is worth as the document tells it, above nought where goods left."""
    if line.unknown_item:
        return None
    kind, quantity = ledger.occasion.kind, base_quantity(line.quantity, line.factor)
    if kind == "receipt":
        return ledger.arrive(line.item, quantity, line.value, "receipt")
    if kind == "transfer_in":
        return _transfer_in(ledger, line, quantity)
    value = ledger.at_average(line.item, -quantity, _OUTWARD[kind])
    return None if value is None else -value


def _transfer_in(ledger: _Ledger, line: StockLine, quantity: int) -> int | None:
    expected = base_quantity(line.expected or 0, line.factor)
    sent = base_quantity(sent_of(line, final=ledger.occasion.final), line.factor)
    value = None if line.value is None or not expected else divide(line.value * sent, expected)
    moved = ledger.arrive(line.item, sent, value, "transfer_in")
    difference = quantity - sent
    if difference == 0:
        return moved
    if moved is None or not sent:
        ledger.at_average(line.item, difference, "transit_difference")
        return moved
    held = ledger.held[line.item]
    # Nought pieces are worth nought, whatever a rounded part says.
    empties = held.quantity + difference == 0
    part = -held.value if empties else divide(moved * difference, sent)
    ledger.move(line.item, difference, part, "transit_difference")
    return moved


def items_of(lines: Iterable[StockLine]) -> Iterator[str]:
    """The items that a document moves: those whose holdings `post` asks for."""
    yield from sorted({line.item for line in lines if not line.unknown_item})
