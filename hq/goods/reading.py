"""Goods documents out of CSV files.

    lines    item,unit,quantity                                  of one document, on its page
    orders   branch,supplier,expected,item,unit,quantity[,note]  a draft for each branch, supplier and date
    sends    sender,branch,expected,item,unit,quantity[,note]    likewise for each sender, receiver and date

Quantities have at most three decimals. What is wrong with a row is noted on it, never raised.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import date
from typing import Literal

from sqlalchemy import Connection

from hq.closing import closed
from hq.goods.document import NewGoods
from hq.goods.lines import MOST, Wanted
from hq.import_kinds import Reading, known_unit
from hq.references import References
from replication.console.csv_file import Row, read_rows
from replication.console.languages import msgid

LINE_COLUMNS = ("item", "unit", "quantity")
ORDER_COLUMNS = ("branch", "supplier", "expected", *LINE_COLUMNS)
SEND_COLUMNS = ("sender", "branch", "expected", *LINE_COLUMNS)
OPTIONAL = ("note",)

_QUANTITY = msgid("a quantity is more than nought and at most 999,999")
_SERVICE = msgid("%(value)s is a service, of which there is no stock")
_TWICE = msgid("item %(item)s, unit %(unit)s stands in line %(line)s already")
_NO_DATE = msgid("%(value)s is no date: write it as 2026-03-05")
_NO_BRANCH = msgid("there is no branch %(value)s")
_CLOSED = msgid("branch %(value)s is closed")
_ITSELF = msgid("%(value)s cannot send goods to itself")
_NO_SUPPLIER = msgid("there is no supplier %(value)s; import suppliers first")
_SUPPLIER_CLOSED = msgid("nothing more is bought from %(value)s")


def read_lines(data: bytes, known: References) -> tuple[list[Wanted], list[Row]]:
    """The lines of one document, and the rows with what is wrong with them. Raises CsvFileError."""
    rows = read_rows(data, LINE_COLUMNS)
    seen: dict[tuple[str, ...], int] = {}
    return [_line(row, known, seen, ()) for row in rows], rows


def read_orders(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Orders to suppliers."""
    over = closed(connection)

    def parties(row: Row) -> tuple[str, str]:
        branch, supplier = _branch(row, "branch", known, over), row.code("supplier")
        held = known.suppliers.get(supplier)
        if held is None:
            row.refuse("supplier", _NO_SUPPLIER, value=supplier)
        elif held.closed:
            row.refuse("supplier", _SUPPLIER_CLOSED, value=supplier)
        return branch, supplier

    return _documents("order", rows, known, parties)


def read_sends(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Instructions to send goods from one branch to another."""
    over = closed(connection)

    def parties(row: Row) -> tuple[str, str]:
        sender = _branch(row, "sender", known, over)
        branch = _branch(row, "branch", known, over)
        if sender == branch:
            row.refuse("branch", _ITSELF, value=branch)
        return sender, branch

    return _documents("send", rows, known, parties)


def _documents(
    kind: Literal["order", "send"], rows: list[Row], known: References,
    parties: Callable[[Row], tuple[str, str]],
) -> Reading:  # fmt: skip
    wanted: dict[tuple[str, str, date, str], list[Wanted]] = {}
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        branch, partner = parties(row)
        expected = _date(row)
        remark = row.text("note", required=False) if "note" in row.cells else ""
        line = _line(row, known, seen, (branch, partner, str(expected), remark))
        wanted.setdefault((branch, partner, expected, remark), []).append(line)
    made = [
        NewGoods(kind, branch, partner, expected, lines, remark)
        for (branch, partner, expected, remark), lines in wanted.items()
    ]
    return Reading(list(made), len(made), 0, 0)


def _line(
    row: Row, known: References, seen: dict[tuple[str, ...], int], document: tuple[str, ...]
) -> Wanted:
    item, unit = known_unit(row, known)
    if item in known.services:
        row.refuse("item", _SERVICE, value=item)
    quantity = row.number("quantity", 3)
    is_number = all(one.column != "quantity" for one in row.problems)
    if is_number and not 0 < quantity <= MOST:
        row.refuse("quantity", _QUANTITY)
    first = seen.setdefault((*document, item, unit), row.line)
    if first != row.line:
        row.refuse("item", _TWICE, item=item, unit=unit, line=first)
    return Wanted(item, unit, quantity)


def _branch(row: Row, column: str, known: References, over: Container[str]) -> str:
    code = row.code(column)
    if code not in known.branches:
        row.refuse(column, _NO_BRANCH, value=code)
    elif code in over:
        row.refuse(column, _CLOSED, value=code)
    return code


def _date(row: Row) -> date:
    value = row.code("expected")
    try:
        return date.fromisoformat(value)
    except ValueError:
        row.refuse("expected", _NO_DATE, value=value)
        return date.min
