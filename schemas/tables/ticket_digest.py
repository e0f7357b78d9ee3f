"""What a database holds of a day's tickets, in a form that branch and headquarters share.

    a ticket   its row, lines, tenders and, if it has any, returns and what tenders say beside their
               amount, by the names of their columns, as canonical JSON
    a day      SHA-256 over (uuid, hash of the ticket), in the order of the UUIDs

Three columns are no part of it: `late` and `posted` say when a ticket came, `flags` what this software
finds in it. Everything else is the ticket's own, so that two sites that agree hold the same sales. A
correction is compared as a ticket is, and alone says what it corrects: a ticket has the hash that it had
before there were any.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from schemas.domain.correction import TicketCorrected, as_ticket
from schemas.domain.ticket import Ticket
from schemas.tables import returns_store, tender_store, ticket_store
from schemas.tables.days import business_day
from schemas.tables.tickets import tender_detail, ticket, ticket_line, ticket_return, ticket_tender
from schemas.wire import canonical

#: A ticket as it is compared: the columns of its row, and its lines and tenders by number.
Content = Mapping[str, Any]

_OWN = {"late", "posted", "flags"}
#: No part of what says nothing of it.
_CORRECTS = "corrects"


def dates_held(connection: Connection, branch: str, since: date, until: date) -> list[date]:
    """The days of a branch of which anything is held, in order."""
    held: set[date] = set()
    for table in (business_day, ticket):
        query = select(table.c.business_date).where(
            table.c.branch == branch, table.c.business_date.between(since, until)
        )
        held.update(connection.execute(query.distinct()).scalars())
    return sorted(held)


def newest_dates(connection: Connection, branch: str, count: int) -> list[date]:
    """The newest business days of a branch, in order."""
    query = (
        select(business_day.c.business_date)
        .where(business_day.c.branch == branch)
        .order_by(business_day.c.business_date.desc())
        .limit(count)
    )
    return sorted(connection.execute(query).scalars())


def held(connection: Connection, branch: str, business_date: date) -> dict[str, Content]:
    """The tickets of a day as the tables hold them, by UUID."""
    of_day = (ticket.c.branch == branch, ticket.c.business_date == business_date)
    found: dict[str, dict[str, Any]] = {
        row["uuid"]: {**_plain(dict(row)), "lines": {}, "tenders": {}}
        for row in connection.execute(select(ticket).where(*of_day)).mappings()
    }
    for table, name in ((ticket_line, "lines"), (ticket_tender, "tenders")):
        query = select(table).join(ticket, ticket.c.uuid == table.c.ticket).where(*of_day)
        for row in connection.execute(query).mappings():
            found[row["ticket"]][name][str(row["number"])] = _plain(dict(row))
    for table, name in ((ticket_return, "returns"), (tender_detail, "details")):
        query = select(table).join(ticket, ticket.c.uuid == table.c.ticket).where(*of_day)
        for row in connection.execute(query).mappings():
            found[row["ticket"]].setdefault(name, {})[str(row["number"])] = _plain(dict(row))
    return dict(found)


def stated(one: Ticket | TicketCorrected) -> Content:
    """A ticket or a correction as the tables ought to hold it."""
    row, lines, tenders = ticket_store.rows_of(one)
    sale = one if isinstance(one, Ticket) else as_ticket(one)
    returns = {str(row["number"]): _plain(row) for row in returns_store.rows_of(sale)}
    details = {str(row["number"]): _plain(row) for row in tender_store.rows_of(sale)}
    return {
        **({"returns": returns} if returns else {}),
        **({"details": details} if details else {}),
        **_plain(row),
        "lines": {str(line["number"]): _plain(line) for line in lines},
        "tenders": {str(tender["number"]): _plain(tender) for tender in tenders},
    }


def ticket_hash(content: Content) -> str:
    """In hex."""
    return hashlib.sha256(canonical.encode(content)).hexdigest()


def day_digest(hashes: Mapping[str, str]) -> str:
    """The digest of a day whose tickets have these hashes."""
    sha = hashlib.sha256()
    for uuid in sorted(hashes):
        sha.update(canonical.encode([uuid, hashes[uuid]]))
    return sha.hexdigest()


def receipt_of(content: Content) -> str:
    """The receipt number, as it is printed."""
    return f"{content['lane']}-{content['counter']:06d}"


def differing_fields(one: Content, other: Content) -> list[str]:
    """Where two versions of a ticket differ: `total`, `line 2 quantity`, `tender 1`."""
    fields = [
        name for name in sorted({*one, *other} - {"lines", "tenders"})
        if one.get(name) != other.get(name)
    ]  # fmt: skip
    for plural, singular in (("lines", "line"), ("tenders", "tender")):
        fields += _differing_parts(singular, one[plural], other[plural])
    return fields


def _differing_parts(
    name: str, some: Mapping[str, Content], others: Mapping[str, Content]
) -> Iterator[str]:
    for number in sorted({*some, *others}, key=int):
        one, other = some.get(number), others.get(number)
        if one is None or other is None:
            yield f"{name} {number}"
            continue
        for field in sorted({*one, *other}):
            if one.get(field) != other.get(field):
                yield f"{name} {number} {field}"


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _value(value)
        for name, value in row.items()
        if name not in _OWN and (name, value) != (_CORRECTS, None)
    }


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return canonical.instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return value
