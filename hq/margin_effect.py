"""What least margins do: how many items of each category leave less than they should, now or with another one.

Counted are the chain's list prices in force, each item once, in its category and in all above it. An item is
below when any of its units costs less than its category's least margin leaves, or less than it cost itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, select

from hq import margin_floors, price_checks
from hq.audit import note
from hq.margin_floors import DECIMALS, Floor
from hq.price_checks import Check
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from schemas.domain.money import NumberError, parse_amount
from schemas.tables.catalogue import category

BELOW = frozenset({"below", "thin"})

_UNKNOWN = msgid("There is no category %(category)s.")
_MARGIN = msgid("“%(margin)s” is no margin: write per cent from 0 to below 100, such as 12.50.")
_WHOLE = 10_000
_SHOWN = 20


class MarginError(RefusalError):
    """A least margin that cannot be set."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A category: `own` is its least margin, `holds` that which holds for it, both in basis points.

    Of the items in it and below it `priced` have a price and a known cost, and `below` leave too little.
    """

    category: str
    name: str
    parent: str
    own: int | None
    holds: int | None
    priced: int
    below: int


def read(typed: str) -> int | None:
    """A least margin as somebody types it, None where it is to go. Raises MarginError."""
    if not typed.strip():
        return None
    try:
        margin = parse_amount(typed.strip().removesuffix("%").rstrip(), DECIMALS)
    except NumberError as error:
        raise MarginError(_MARGIN, margin=typed[:_SHOWN]) from error
    if not 0 <= margin < _WHOLE:
        raise MarginError(_MARGIN, margin=typed[:_SHOWN])
    return margin


def standings(connection: Connection, at: datetime, instead: Floor | None = None) -> list[Standing]:
    """Every category by code; `instead` stands for what its category has. Raises MarginError."""
    floors = margin_floors.every(connection)
    parents = margin_floors.parents(connection)
    if instead is not None:
        _check(instead, parents)
        floors.pop(instead.category, None)
        if instead.margin is not None:
            floors[instead.category] = instead.margin
    priced, below = dict.fromkeys(parents, 0), dict.fromkeys(parents, 0)
    for judged in items(price_checks.in_force(connection, at, floors=floors)):
        known = any(one.verdict != "unknown" for one in judged)
        short = any(one.verdict in BELOW for one in judged)
        for code in _upwards(judged[0].category, parents):
            priced[code] += known
            below[code] += short
    row = category.c
    return [
        Standing(
            code, name, parent, floors.get(code), margin_floors.floor_of(code, floors, parents),
            priced[code], below[code],
        )
        for code, name, parent in connection.execute(
            select(row.category, row.name, row.parent).order_by(row.category)
        )
    ]  # fmt: skip


def items(checks: Iterable[Check]) -> Iterable[list[Check]]:
    """The checks of each item together; they come in its order."""
    return (list(some) for _, some in groupby(checks, attrgetter("item")))


def set_floor(connection: Connection, new: Floor, actor: User, at: datetime) -> None:
    """Set a category's least margin, or take it away. Raises MarginError."""
    _check(new, margin_floors.parents(connection))
    before = margin_floors.every(connection).get(new.category)
    if before == new.margin:
        return
    margin_floors.write(connection, [new], at)
    note(
        connection, at, actor.operator, "margin.set", new.category,
        f"{_said(before)} -> {_said(new.margin)}",
    )  # fmt: skip


def _check(new: Floor, known: Mapping[str, str]) -> None:
    if new.category not in known:
        raise MarginError(_UNKNOWN, category=new.category[:40])


def _upwards(code: str, parents: Mapping[str, str]) -> list[str]:
    passed: list[str] = []
    while code in parents and code not in passed:
        passed.append(code)
        code = parents[code]
    return passed


def _said(margin: int | None) -> str:
    return "none" if margin is None else f"{margin // 100}.{margin % 100:02} %"
