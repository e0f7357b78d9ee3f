"""A stocktake (盘点) from its opening to its end.

    state       what may happen                         who
    open        sheets, counts, decisions               whoever works here counts, managers do the rest
                approve → approved                      a manager
                cancel → cancelled, with a reason       a manager
    approved    nothing: it is a document               –
    cancelled   nothing: its counts stay to be read     –

It rests at the branch alone. Each act on one holds its row, so that nobody counts what is being approved.
Several may be open at once; an item that two of them counted keeps the later count.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from branch import audit
from branch.stocktake import scope
from branch.wording import RefusalError
from replication.console.languages import msgid
from schemas.tables.stocktake import stocktake as table
from schemas.tables.stocktake import stocktake_sheet

Scope = Literal["everything", "categories", "items"]
SCOPES: tuple[Scope, ...] = ("everything", "categories", "items")

_LONGEST = 80


class StocktakeError(RefusalError):
    """Something cannot be done with a stocktake; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Stocktake:
    """`tolerance` is the worth of a difference, in minor units, up to which one count is enough."""

    stocktake: str
    name: str
    state: str
    scope: Scope
    categories: tuple[str, ...]
    tolerance: int
    opened: datetime
    opened_by: str
    ended: datetime | None
    ended_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a manager opens: its name, what it counts, and the names of its sheets."""

    name: str
    scope: Scope
    sheets: Sequence[str]
    tolerance: int
    categories: Sequence[str] = ()
    codes: Sequence[str] = ()


def open_stocktake(connection: Connection, plan: Plan, operator: str, now: datetime) -> str:
    """Open a stocktake, and answer its name among all. Raises StocktakeError or ScopeError."""
    sheets = [name.strip()[:_LONGEST] for name in plan.sheets if name.strip()]
    if not plan.name.strip():
        raise StocktakeError(msgid("Give the stocktake a name, such as the day or the shelves"))
    if len(set(sheets)) < max(1, len(sheets)):
        raise StocktakeError(msgid("A stocktake needs a sheet, and two sheets two names"))
    if plan.scope == "categories" and not plan.categories:
        raise StocktakeError(msgid("Choose the categories that are counted"))
    if plan.scope == "items" and not plan.codes:
        raise StocktakeError(msgid("List the items that are counted"))
    name = str(uuid.uuid4())
    connection.execute(
        insert(table).values(
            stocktake=name, name=plan.name.strip()[:_LONGEST], state="open", scope=plan.scope,
            categories=sorted(plan.categories) if plan.scope == "categories" else [],
            tolerance=plan.tolerance, opened=now, opened_by=operator, ended_by="", reason="",
        )
    )  # fmt: skip
    for number, sheet in enumerate(sheets, 1):
        _add(connection, name, number, sheet, 1)
    if plan.scope == "items":
        scope.list_items(connection, name, scope.WHOLE, plan.codes)
    audit.note(connection, now, operator, "stocktake.open", plan.name)
    return name


def add_sheet(
    connection: Connection, name: str, sheet: str, codes: Sequence[str], round_: int = 1
) -> int:
    """Add a sheet, which lists the items of the codes, and answer its number. Raises StocktakeError."""
    held = find_open(connection, name)
    sheet = sheet.strip()[:_LONGEST]
    known = sheets(connection, name)
    if not sheet or sheet in {one.name for one in known}:
        raise StocktakeError(msgid("A stocktake needs a sheet, and two sheets two names"))
    number = max((one.sheet for one in known), default=0) + 1
    _add(connection, name, number, sheet, round_)
    if codes:
        scope.list_items(connection, name, number, codes, within=held)
    return number


def find(connection: Connection, name: str) -> Stocktake:
    """The stocktake. Raises StocktakeError."""
    row = connection.execute(select(table).where(table.c.stocktake == name)).one_or_none()
    return _known(row)


def find_open(connection: Connection, name: str) -> Stocktake:
    """The stocktake, held until the transaction ends. Raises StocktakeError if it is over."""
    query = select(table).where(table.c.stocktake == name).with_for_update()
    held = _known(connection.execute(query).one_or_none())
    if held.state != "open":
        raise StocktakeError(
            msgid("The stocktake %(name)s is over since %(at)s: nothing is counted in it any more"),
            name=held.name,
            at=held.ended or held.opened,
        )
    return held


def stocktakes(connection: Connection, *, limit: int) -> list[Stocktake]:
    """The open ones first, then the latest."""
    query = select(table).order_by(table.c.state != "open", table.c.opened.desc()).limit(limit)
    return [_known(row) for row in connection.execute(query)]


def sheets(connection: Connection, name: str) -> list[Row[Any]]:
    """The sheets of a stocktake in their order: sheet, name, round."""
    of = stocktake_sheet.c
    return list(
        connection.execute(
            select(stocktake_sheet).where(of.stocktake == name).order_by(of.sheet)
        ).all()
    )


def find_sheet(connection: Connection, name: str, sheet: int) -> Row[Any]:
    """One sheet. Raises StocktakeError."""
    for one in sheets(connection, name):
        if one.sheet == sheet:
            return one
    raise StocktakeError(msgid("This stocktake has no such sheet: choose one from its page"))


def cancel(connection: Connection, name: str, operator: str, reason: str, now: datetime) -> None:
    """End a stocktake without a document; its counts stay to be read. Raises StocktakeError."""
    held = find_open(connection, name)
    if not reason.strip():
        raise StocktakeError(msgid("Say why the stocktake is cancelled"))
    end(connection, held, "cancelled", operator, reason.strip(), now)


def end(
    connection: Connection,
    held: Stocktake,
    state: Literal["approved", "cancelled"],
    operator: str,
    reason: str,
    now: datetime,
) -> None:
    """Write the end of a stocktake, with who, when and why."""
    connection.execute(
        update(table)
        .where(table.c.stocktake == held.stocktake)
        .values(state=state, ended=now, ended_by=operator, reason=reason)
    )
    act = "stocktake.approve" if state == "approved" else "stocktake.cancel"
    audit.note(connection, now, operator, act, held.name, reason)


def _add(connection: Connection, name: str, number: int, sheet: str, round_: int) -> None:
    row = {"stocktake": name, "sheet": number, "name": sheet, "round": round_}
    connection.execute(insert(stocktake_sheet).values(row))


def _known(row: Row[Any] | None) -> Stocktake:
    if row is None:
        raise StocktakeError(msgid("There is no such stocktake: choose one from the list"))
    return Stocktake(**{**row._mapping, "categories": tuple(row.categories)})  # noqa: SLF001 - public, by its name alone not
