"""The parameters of the replenishment, row by row: listed, changed and taken away by a person.

A row that is typed is read like a line of a file (`hq.catalogue_import`), so that both are refused alike; one
that is taken away leaves who did it, and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Date, Table, Text, delete, or_, select, tuple_

from hq.audit import note
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from schemas.domain.money import format_amount
from schemas.tables import sourcing

_NO_ROW = msgid("This row is not there (any more). Load the page again.")
_NO_REASON = msgid("Say why it is taken away.")

#: Kinds of parameters, as files call them, and where they rest.
TABLES: Mapping[str, Table] = {
    "item_sources": sourcing.item_source,
    "supplier_quotes": sourcing.supplier_quote,
    "supplier_terms": sourcing.supplier_terms,
    "supplier_holidays": sourcing.supplier_holiday,
    "service_levels": sourcing.service_level,
    "replenishment_terms": sourcing.replenishment_terms,
    "served_branches": sourcing.served_branch,
    "replenishment_rules": sourcing.replenishment_rule,
}
_AMOUNTS = frozenset({"price", "least_amount", "up_to"})
_DECIMALS = {
    "quantity": 3, "least_quantity": 3, "presentation": 3, "minimum": 3, "maximum": 3, "level": 2,
}  # fmt: skip


class ParameterError(RefusalError):
    """A row that cannot be taken away as asked."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A row as a file would write it, by column; `key` names it in an address."""

    key: tuple[str, ...]
    cells: Mapping[str, str]


def rows(
    connection: Connection, kind: str, find: str, after: Sequence[str], limit: int, decimals: int
) -> list[Parameter]:
    """One more than a page of a kind's rows, by their keys; `find` is a part of any code."""
    table = TABLES[kind]
    keys = list(table.primary_key)
    query = select(table).order_by(*keys).limit(limit + 1)
    if find:
        texts = [one for one in keys if isinstance(one.type, Text)]
        query = query.where(or_(*(one.icontains(find, autoescape=True) for one in texts)))
    if after:
        query = query.where(tuple_(*keys) > tuple_(*_typed(table, after)))
    return [_shown(table, row, decimals) for row in connection.execute(query).mappings()]


def one_row(
    connection: Connection, kind: str, key: Sequence[str], decimals: int
) -> Parameter | None:
    """The row under a key, as a file would write it."""
    table = TABLES[kind]
    query = select(table).where(tuple_(*table.primary_key) == tuple_(*_typed(table, key)))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _shown(table, row, decimals)


def remove(
    connection: Connection, kind: str, key: Sequence[str], actor: User, reason: str, at: datetime
) -> None:
    """Take a row away. Raises ParameterError."""
    if not reason.strip():
        raise ParameterError(_NO_REASON)
    table = TABLES[kind]
    mine = tuple_(*table.primary_key) == tuple_(*_typed(table, key))
    if not connection.execute(delete(table).where(mine)).rowcount:
        raise ParameterError(_NO_ROW)
    named = " ".join(one for one in key if one)
    note(connection, at, actor.operator, f"{kind}.remove", named, reason.strip())


def _typed(table: Table, key: Sequence[str]) -> list[Any]:
    """A key as its columns have it. Raises ParameterError for what an address cannot mean."""
    columns = list(table.primary_key)
    if len(columns) != len(key):
        raise ParameterError(_NO_ROW)
    try:
        return [_value(column.type, text) for column, text in zip(columns, key, strict=True)]
    except ValueError:
        raise ParameterError(_NO_ROW) from None


def _value(kind: object, text: str) -> str | int | date:
    if isinstance(kind, Date):
        return date.fromisoformat(text)
    return text if isinstance(kind, Text) else int(text)


def _shown(table: Table, row: Mapping[Any, Any], decimals: int) -> Parameter:
    key = tuple(str(row[one.name]) for one in table.primary_key)
    return Parameter(
        key, {one.name: _cell(one.name, row[one.name], decimals) for one in table.columns}
    )


def _cell(name: str, value: object, decimals: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and (name in _AMOUNTS or name in _DECIMALS):
        places = decimals if name in _AMOUNTS else _DECIMALS[name]
        return format_amount(value, places)
    return str(value)
