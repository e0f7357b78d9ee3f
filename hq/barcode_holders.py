"""Whom barcodes stand for, and what is doubtful among those that are held.

    doubt       what it is
    digits      two codes of the same digits, but for noughts before them, stand for different items or units
    check       as long as a GTIN, with a wrong check digit
    nothing     its item is not there, or is not sold by its unit
    label       a label of a scale would begin with it too, and the till looks a code up first (rule 7)

One barcode stands for one item in one unit, because it is the key of its record; the doubts are what came
before that was checked, or by another spelling.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)

from hq.among import among
from schemas.domain.barcode import is_valid
from schemas.tables.catalogue import barcode, item, label_layout, unit

Doubt = Literal["digits", "check", "nothing", "label"]
DOUBTS: tuple[Doubt, ...] = ("digits", "check", "nothing", "label")

# Who changes barcodes waits for one another, so that none is given to two; the key is a number of our choosing.
_LOCK = 8_470_002
_DIGITS = "^[0-9]+$"
# Digits of an EAN-8 that has one nought before it.
_SHORTEST = 7
_LABEL = 13


@dataclass(frozen=True, slots=True)
class Holder:
    """A barcode, normalised, and what it stands for; the name is empty where no such item is."""

    barcode: str
    item: str
    unit: str
    name: str


def one_at_a_time(connection: Connection) -> None:
    """Hold up others that give barcodes until this transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def holders(connection: Connection, codes: Collection[str]) -> dict[str, Holder]:
    """Whom these normalised codes stand for."""
    found = connection.execute(_held().where(among(barcode.c.barcode, codes)))
    return {row.barcode: Holder(*row) for row in found}


def of_item(connection: Connection, code: str) -> list[Holder]:
    """The barcodes of an item."""
    query = _held().where(barcode.c.item == code).order_by(barcode.c.unit, barcode.c.barcode)
    return [Holder(*row) for row in connection.execute(query)]


def doubtful(
    connection: Connection, doubt: Doubt, *, after: str = "", limit: int = 100
) -> list[Holder]:
    """The first of those in doubt behind the code `after`, by code."""
    query = _held().where(_in(doubt), barcode.c.barcode > after).order_by(barcode.c.barcode)
    if doubt != "check":
        return [Holder(*row) for row in connection.execute(query.limit(limit))]
    found: list[Holder] = []
    # Codes are stored at full length, so that a short one is told from a wrong one by its digits alone.
    for row in connection.execute(query.execution_options(yield_per=5000)):
        if not is_valid(row.barcode):
            found.append(Holder(*row))
            if len(found) == limit:
                break
    return found


def _held() -> Select[str, str, str, str]:
    held, named = barcode.c, item.c
    return select(
        held.barcode, held.item, held.unit, func.coalesce(named.name, literal(""))
    ).outerjoin(item, and_(named.item == held.item, named.stream == held.stream))


def _in(doubt: Doubt) -> ColumnElement[bool]:
    held = barcode.c
    match doubt:
        case "digits":
            other = barcode.alias("other")
            same = func.ltrim(other.c.barcode, "0") == func.ltrim(held.barcode, "0")
            differs = or_(other.c.item != held.item, other.c.unit != held.unit)
            return and_(
                held.barcode.regexp_match(_DIGITS),
                exists().where(same, other.c.barcode != held.barcode, differs).correlate(barcode),
            )
        case "check":
            return and_(held.barcode.regexp_match("^[0-9]{14}$"), ~_short())
        case "nothing":
            named = item.alias("sold")
            base = exists().where(named.c.item == held.item, named.c.unit == held.unit)
            pack = exists().where(unit.c.item == held.item, unit.c.unit == held.unit)
            return ~or_(base, pack)
        case "label":
            code = func.ltrim(held.barcode, "0")
            return exists().where(
                func.length(code) == _LABEL, code.startswith(label_layout.c.prefix)
            )


def _short() -> ColumnElement[bool]:
    """A number of the house: without the noughts that fill it up it is shorter than any GTIN."""
    return func.length(func.ltrim(barcode.c.barcode, "0")) < _SHORTEST
