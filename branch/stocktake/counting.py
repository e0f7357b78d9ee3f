"""Entries of a stocktake: what was counted on a sheet, by whom and when (rule 26).

    written      means                                               how
    code         one more of it                                      add
    12*code      twelve more; 1.234*code where it is weighed         add
    12=code      twelve are here, whatever was counted before        set
    a file       what each of its rows says                          set
    take back    the entry that it names counts no more              undo

Entries are only ever added. What a sheet holds of an item is its entries in their order, those that were
taken back left out; what an item comes to is all its sheets of one round together. An entry carries its
sender's own name, so that one that was sent twice counts once. A code that nobody knows is kept with
its quantity, to be looked up again when headquarters has made the item known.

Several people count at once: each entry holds the stocktake's row, for as long as it takes to write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select

from branch import items
from branch.items import FoundItem
from branch.stocktake import scope, session
from branch.stocktake.session import Stocktake, StocktakeError
from replication.console.languages import msgid
from schemas.domain.money import divide
from schemas.domain.quantity import WEIGHED_UNIT
from schemas.domain.stock import scanned
from schemas.domain.stock.scanned import QuantityError
from schemas.tables.stocktake import stocktake_choice
from schemas.tables.stocktake import stocktake_entry as table

_WRITTEN = re.compile(r"(?P<quantity>[^*×=]*)(?P<sign>[*×=])(?P<code>.+)", re.DOTALL)
_LONGEST = 64

How = Literal["add", "set", "undo"]


@dataclass(frozen=True, slots=True)
class Written:
    """What was scanned or keyed; the quantity is in thousandths of the code's unit, None where none was said."""

    code: str
    quantity: int | None = None
    how: How = "add"


@dataclass(frozen=True, slots=True)
class Counter:
    """Who counts on which sheet of which stocktake, and when."""

    stocktake: str
    sheet: int
    operator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What a sheet holds of an item: its sum, and when it was counted from first to last."""

    counted: int
    first: datetime
    last: datetime
    operators: frozenset[str]


def read(text: str) -> Written:
    """Read what was scanned or keyed. Raises StocktakeError."""
    text = text.strip()
    match = _WRITTEN.fullmatch(text)
    code = text if match is None else match["code"].strip()
    if not code or len(code) > _LONGEST or not code.isprintable():
        raise StocktakeError(msgid("Scan a barcode, or key an item code"))
    if match is None:
        return Written(code)
    quantity = read_quantity(match["quantity"])
    return Written(code, quantity, "set" if match["sign"] == "=" else "add")


def read_quantity(text: str) -> int:
    """Read a quantity of nought or more in thousandths. Raises StocktakeError."""
    try:
        return scanned.read_quantity(text, least=0)
    except QuantityError as error:
        raise StocktakeError(
            msgid("“%(typed)s” is no quantity: write a number such as 12 or 1.234, at most 999999"),
            typed=text.strip()[:40],
        ) from error


def enter(connection: Connection, counter: Counter, written: Written, scan: str) -> int:
    """Keep an entry, and answer its number; one that is held already is answered again.

    Raises StocktakeError or LabelRefusedError; then nothing is kept.
    """
    held = session.find_open(connection, counter.stocktake)
    sheet = session.find_sheet(connection, counter.stocktake, counter.sheet)
    known: int | None = connection.execute(
        select(table.c.number).where(table.c.stocktake == held.stocktake, table.c.scan == scan)
    ).scalar()
    if known is not None:
        return known
    found = items.find(connection, written.code)
    if found is not None:
        _check(connection, held, sheet, found, counter.operator)
        _reopen(connection, held.stocktake, found.item)
    quantity = _quantity(found, written)
    factor = 1000 if found is None else found.factor
    return _write(connection, counter, {
        "scan": scan, "round": sheet.round, "code": written.code, "how": written.how,
        "item": "" if found is None else found.item, "name": "" if found is None else found.name,
        "unit": "" if found is None else found.unit, "factor": factor,
        "quantity": divide(quantity * factor, 1000),
    })  # fmt: skip


def take_back(connection: Connection, counter: Counter, number: int) -> None:
    """Have an entry of this sheet count no more. Raises StocktakeError."""
    session.find_open(connection, counter.stocktake)
    entries = of_sheet(connection, counter.stocktake, counter.sheet)
    for one in entries:
        if one.number == number and one.how != "undo":
            break
    else:
        raise StocktakeError(msgid("This sheet has no such entry: look at its list again"))
    if number in {other.undoes for other in entries}:
        return
    _reopen(connection, counter.stocktake, one.item)
    same = ("round", "code", "item", "name", "unit", "factor")
    row = {name: getattr(one, name) for name in same}
    _write(connection, counter, row | {
        "scan": f"undo-{number}", "how": "undo", "quantity": one.quantity, "undoes": number,
    })  # fmt: skip


def of_sheet(connection: Connection, name: str, sheet: int) -> Sequence[Row[Any]]:
    """The entries of a sheet, the first one first."""
    query = select(table).where(table.c.stocktake == name, table.c.sheet == sheet)
    return connection.execute(query.order_by(table.c.number)).all()


def of_stocktake(connection: Connection, name: str) -> Sequence[Row[Any]]:
    """All entries, the first one first."""
    query = select(table).where(table.c.stocktake == name).order_by(table.c.number)
    return connection.execute(query).all()


def standing(entries: Iterable[Row[Any]]) -> list[Row[Any]]:
    """The entries that count: neither taken back nor taking back, nor before one of their sheet that sets."""
    held = list(entries)
    undone = {one.undoes for one in held}
    kept: dict[tuple[int, str, str], list[Row[Any]]] = {}
    for one in held:
        if one.how == "undo" or one.number in undone:
            continue
        key = (one.sheet, one.item, "" if one.item else one.code)
        if one.how == "set":
            kept[key] = []
        kept.setdefault(key, []).append(one)
    return sorted((one for run in kept.values() for one in run), key=lambda one: one.number)


def total(entries: Iterable[Row[Any]]) -> Held:
    """What entries of one item that count come to; there is one at least."""
    held = list(entries)
    instants = [one.at for one in held]
    people = frozenset(one.operator for one in held)
    return Held(sum(one.quantity for one in held), min(instants), max(instants), people)


def _quantity(found: FoundItem | None, written: Written) -> int:
    if written.quantity is not None:
        return written.quantity
    if found is not None and found.weight is not None:
        return found.weight
    if found is not None and found.unit == WEIGHED_UNIT:
        raise StocktakeError(
            msgid("%(name)s is weighed: key how much there is, as 1.234*%(code)s"),
            name=found.name, code=written.code,
        )  # fmt: skip
    return 1000


def _check(
    connection: Connection, held: Stocktake, sheet: Row[Any], found: FoundItem, operator: str
) -> None:
    """An item is counted where it belongs, and in a later round by who counted it in none before."""
    listed = scope.listed(connection, held.stocktake, sheet.sheet)
    inside = found.item in listed if listed else scope.covers(connection, held, found)
    if not inside:
        raise StocktakeError(
            msgid("%(name)s (%(item)s) is not counted on the sheet %(sheet)s: put it aside"),
            name=found.name, item=found.item, sheet=sheet.name,
        )  # fmt: skip
    query = select(table).where(
        table.c.stocktake == held.stocktake, table.c.item == found.item,
        table.c.operator == operator, table.c.round != sheet.round, table.c.how != "undo",
    )  # fmt: skip
    if connection.execute(query.limit(1)).first() is not None:
        raise StocktakeError(
            msgid("You counted %(name)s before: somebody else counts it this time"),
            name=found.name,
        )


def _reopen(connection: Connection, name: str, item: str) -> None:
    """What was decided about an item was decided without the count that comes now."""
    connection.execute(
        delete(stocktake_choice).where(
            stocktake_choice.c.stocktake == name, stocktake_choice.c.item == item
        )
    )


def _write(connection: Connection, counter: Counter, row: dict[str, Any]) -> int:
    query = select(func.max(table.c.number)).where(table.c.stocktake == counter.stocktake)
    number = (connection.execute(query).scalar() or 0) + 1
    connection.execute(
        insert(table).values(
            stocktake=counter.stocktake, number=number, sheet=counter.sheet,
            operator=counter.operator, at=counter.at, **row,
        )
    )  # fmt: skip
    return number
