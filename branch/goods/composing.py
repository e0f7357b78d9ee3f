"""A draft's lines beside what was expected: what came, what is short, what came beyond it.

    the delivery expects   the draft has   the line
    so much                nothing yet     short by all of it
    so much                some            as the draft says; in the unit in which it was counted
    nothing                some            beyond what was expected

What a line costs: what somebody typed; of an order its part of the order's price; of a transfer what it
was worth where it was sent. None where nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from branch.goods.deliveries import Delivery, ToCome
from schemas.domain.money import divide
from schemas.domain.stock.document import StockLine
from schemas.domain.stock.posting import base_quantity
from schemas.tables.stock_drafts import stock_draft_line

State = Literal["exact", "short", "over", "damaged", "unknown"]
_PIECE = 1000


@dataclass(frozen=True, slots=True)
class Composed:
    """A line as it would be posted; `cost` is what somebody typed, None where nobody did."""

    line: StockLine
    cost: int | None = None

    @property
    def state(self) -> State:
        """What stands out about it; of a line that nothing is expected of, nothing does."""
        line = self.line
        if line.unknown_item:
            return "unknown"
        if line.damaged:
            return "damaged"
        if line.expected is None or line.quantity == line.expected:
            return "exact"
        return "short" if line.quantity < line.expected else "over"

    @property
    def difference(self) -> int:
        """What came beyond what was expected, or below nought what is missing, in the line's unit."""
        line = self.line
        return 0 if line.expected is None else line.quantity + line.damaged - line.expected


def compose(
    connection: Connection, draft: str, delivery: Delivery | None
) -> tuple[Composed, ...]:  # fmt: skip
    """The lines of a draft, those that a delivery expects first."""
    rows = {
        row.number: row
        for row in connection.execute(
            select(stock_draft_line)
            .where(stock_draft_line.c.draft == draft)
            .order_by(stock_draft_line.c.number)
        )
    }
    return tuple(_lines(rows, delivery))


def is_short(lines: Sequence[Composed]) -> bool:
    """Whether something that was expected has not come in good order."""
    return any((one.line.expected or 0) > one.line.quantity for one in lines)


def _lines(rows: dict[int, Row[Any]], delivery: Delivery | None) -> Iterator[Composed]:
    waiting = () if delivery is None else delivery.lines
    for expected in waiting:
        row = rows.pop(expected.number, None)
        if row is not None or expected.quantity:
            yield _expected(expected, row, delivery)
    for row in rows.values():
        line = _counted(row)
        # Where a delivery names what is to come, anything else is beyond it.
        yield Composed(line if delivery is None else replace(line, expected=0), row.cost)


def _expected(expected: ToCome, row: Row[Any] | None, delivery: Delivery | None) -> Composed:
    if row is None:
        line = StockLine(
            expected.number, expected.item, expected.name, expected.unit, expected.factor, 0, None,
            expected=expected.quantity,
        )  # fmt: skip
    elif expected.base * _PIECE % row.factor:
        # It was counted in a unit in which the rest does not come out even: in base units it does.
        line = replace(
            _counted(row), unit=expected.unit, factor=expected.factor, expected=expected.quantity,
            quantity=divide(row.quantity * row.factor, expected.factor),
            damaged=divide(row.damaged * row.factor, expected.factor),
        )  # fmt: skip
    else:
        line = replace(_counted(row), expected=expected.base * _PIECE // row.factor)
    return _valued(line, expected, row, delivery)


def _valued(
    line: StockLine, expected: ToCome, row: Row[Any] | None, delivery: Delivery | None
) -> Composed:
    if delivery is not None and delivery.direction == "transfer":
        return Composed(replace(line, value=expected.value))
    cost = None if row is None else row.cost
    value = cost
    if value is None and expected.value is not None and expected.base:
        came = base_quantity(line.quantity, line.factor)
        value = divide(expected.value * came, expected.base)
    return Composed(replace(line, value=value), cost)


def _counted(row: Row[Any]) -> StockLine:
    return StockLine(
        number=row.number, item=row.item, name=row.name, unit=row.unit, factor=row.factor,
        quantity=row.quantity, value=row.cost, damaged=row.damaged,
        unknown_item=row.unknown_item, reason=row.reason,
    )  # fmt: skip
