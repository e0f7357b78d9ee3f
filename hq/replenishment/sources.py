"""Sources (货源): from whom an item can be had, by which unit and for how much; and what suppliers ask (报价).

    item_sources     item,supplier,unit[,code,price,branch,main,direct]
                     2001,S1,box,A-77,48.00,,yes,      the chain has 2001 from S1, by the box
                     2001,S2,piece,,2.10,N001,yes,yes  N001 from S2, which brings it to the branch itself
    supplier_quotes  supplier,item,unit,price,starts,ends[,quantity]
                     S1,2001,box,46.50,2026-03-01,2026-03-31,10   from ten boxes on

An item's first source is the main one where the file does not say; a later one that is said to be takes its
place. Where a source names no price, the item's purchase price holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, tuple_, update

from hq.import_kinds import Reading, known_unit, yes_or_no
from hq.references import References
from hq.replenishment.held_rows import Held, compare_rows, write
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.tables.sourcing import item_source, supplier_quote

SOURCE_COLUMNS = ("item", "supplier", "unit")
OPTIONAL_OF_SOURCES = ("code", "price", "branch", "main", "direct")
QUOTE_COLUMNS = ("supplier", "item", "unit", "price", "starts", "ends")
OPTIONAL_OF_QUOTES = ("quantity",)

_AT_ONCE = 5_000

_NO_SUPPLIER = msgid("there is no supplier %(value)s; import suppliers first")
_NO_BRANCH = msgid("there is no branch %(value)s")
_NEGATIVE = msgid("a price is not below nought")
_SERVICE = msgid("%(value)s is a service, of which there is no stock")
_TWO = msgid("item %(item)s has two main sources in this file")
_NO_DATE = msgid("%(value)s is no date: write it as 2026-03-05")
_BACKWARDS = msgid("the quote ends before it begins")
_QUANTITY = msgid("a quantity is not below nought")


def read_sources(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Sources; see the top of this module."""
    main: set[tuple[str, str]] = set()

    def make(row: Row, before: dict[tuple[Any, ...], Held]) -> Held:
        if not main:
            main.update((item, branch) for (item, branch, _), one in before.items() if one["main"])
        item, unit = known_unit(row, known)
        if item in known.services:
            row.refuse("item", _SERVICE, value=item)
        branch, supplier = branch_of(row, known), supplier_of(row, known)
        held = before.get((item, branch, supplier))
        is_main = held["main"] if held else (item, branch) not in main
        made = {
            "item": item, "branch": branch, "supplier": supplier, "unit": unit,
            "code": given(row, "code"), "price": _price(row, known) if given(row, "price") else None,
            "main": yes_or_no(row, "main", otherwise=is_main),
            "direct": yes_or_no(row, "direct", otherwise=bool(held and held["direct"])),
        }  # fmt: skip
        if made["main"]:
            main.add((item, branch))
        return made

    reading = compare_rows(connection, item_source, rows, make)
    mains = Counter((one["item"], one["branch"]) for one in reading.changes if one["main"])
    for row in rows:
        place = (row.cells["item"].strip(), row.cells.get("branch", "").strip())
        if mains[place] > 1:
            row.refuse("item", _TWO, item=place[0])
    return reading


def read_quotes(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Quotes; see the top of this module."""

    def make(row: Row, _: dict[tuple[Any, ...], Held]) -> Held:
        item, unit = known_unit(row, known)
        starts, ends = date_of(row, "starts"), date_of(row, "ends")
        if ends < starts and not row.problems:
            row.refuse("ends", _BACKWARDS)
        quantity = row.number("quantity", 3) if given(row, "quantity") else 0
        if quantity < 0:
            row.refuse("quantity", _QUANTITY)
        return {
            "supplier": supplier_of(row, known), "item": item, "unit": unit, "quantity": quantity,
            "starts": starts, "ends": ends, "price": _price(row, known),
        }  # fmt: skip

    return compare_rows(connection, supplier_quote, rows, make)


def write_sources(connection: Connection, changes: Sequence[Held]) -> None:
    """Keep these sources; one that is the main one now takes the place of the one before."""
    places = [(one["item"], one["branch"]) for one in changes if one["main"]]
    row = item_source.c
    for first in range(0, len(places), _AT_ONCE):
        these = places[first : first + _AT_ONCE]
        mine = tuple_(row.item, row.branch).in_(these)
        connection.execute(update(item_source).where(mine, row.main).values(main=False))
    write(connection, item_source, changes)


def given(row: Row, column: str) -> str:
    """A cell that may be missing or empty."""
    return row.code(column, required=False) if column in row.cells else ""


def supplier_of(row: Row, known: References) -> str:
    """The row's supplier, which must be known."""
    code = row.code("supplier")
    if code and code not in known.suppliers:
        row.refuse("supplier", _NO_SUPPLIER, value=code)
    return code


def branch_of(row: Row, known: References, column: str = "branch") -> str:
    """The row's branch, which must be known; empty for all."""
    code = given(row, column)
    if code and code not in known.branches:
        row.refuse(column, _NO_BRANCH, value=code)
    return code


def date_of(row: Row, column: str) -> date:
    """A cell as a date."""
    value = row.code(column)
    try:
        return date.fromisoformat(value)
    except ValueError:
        row.refuse(column, _NO_DATE, value=value)
        return date.min


def _price(row: Row, known: References) -> int:
    price = row.number("price", known.decimals)
    if price < 0:
        row.refuse("price", _NEGATIVE)
    return price
