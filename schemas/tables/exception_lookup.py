"""Which exceptions there were, how often by whom, and how much was sold meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Text, case, cast, func, select, tuple_

from schemas.tables.exception_sources import ExceptionQuery, doer, of_range, told
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_line

By = Literal["operator", "kind", "branch", "day"]


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """One of them. `ticket` is the uuid of its ticket and `receipt` the number, empty without one."""

    id: str
    at: datetime
    branch: str
    lane: str
    business_date: date
    operator: str
    kind: str
    subject: str
    cause: str
    result: str
    authority: str
    ticket: str
    receipt: str
    amount: int
    times: int
    since: datetime
    detail: str


def exceptions(connection: Connection, query: ExceptionQuery) -> list[ExceptionRow]:
    """The exceptions that fit, the youngest first; one more than `limit` when there are more."""
    every = told(query)
    statement = select(every).order_by(every.c.at.desc(), every.c.id.desc())
    if query.after is not None:
        statement = statement.where(tuple_(every.c.at, every.c.id) < query.after)
    if query.limit is not None:
        statement = statement.limit(query.limit + 1)
    rows = connection.execute(statement).mappings().all()
    receipts = _receipts(connection, {row["ticket"] for row in rows if row["ticket"]})
    return [
        ExceptionRow(
            **{**row, "ticket": row["ticket"] if row["ticket"] in receipts else ""},
            receipt=receipts.get(row["ticket"], ""),
        )
        for row in rows
    ]


def counted(connection: Connection, query: ExceptionQuery, by: By) -> dict[str, int]:
    """How often something happened, by operator, kind, branch or business date."""
    every = told(query)
    keys: Mapping[str, ColumnElement[Any]] = {
        "operator": doer(every), "kind": every.c.kind, "branch": every.c.branch,
        "day": cast(every.c.business_date, Text),
    }  # fmt: skip
    often = case((every.c.result == "ended", every.c.times - 1), else_=every.c.times)
    statement = select(keys[by], func.sum(often)).group_by(keys[by])
    return {str(key): int(number) for key, number in connection.execute(statement) if number}


def lines_sold(
    connection: Connection, query: ExceptionQuery, by: Literal["operator", "branch", "day"]
) -> dict[str, int]:
    """The lines that counts are held against, by the same: all that were sold, by the operator if one
    is asked for.
    """
    keys: Mapping[str, ColumnElement[Any]] = {
        "operator": ticket.c.operator, "branch": ticket.c.branch,
        "day": cast(ticket.c.business_date, Text),
    }  # fmt: skip
    statement = (
        select(keys[by], func.count())
        .select_from(ticket)
        .join(ticket_line, ticket_line.c.ticket == ticket.c.uuid)
        .where(of_range(ticket.c, query), IS_RECEIPT, ~ticket_line.c.voided)
        .group_by(keys[by])
    )
    if query.operator is not None:
        statement = statement.where(ticket.c.operator == query.operator)
    return {str(key): int(number) for key, number in connection.execute(statement)}


def _receipts(connection: Connection, uuids: set[str]) -> dict[str, str]:
    """The receipt numbers of those baskets that became tickets."""
    if not uuids:
        return {}
    rows = connection.execute(
        select(ticket.c.uuid, ticket.c.lane, ticket.c.counter).where(
            ticket.c.uuid.in_(sorted(uuids))
        )
    )
    return {row.uuid: f"{row.lane}-{row.counter:06d}" for row in rows}
