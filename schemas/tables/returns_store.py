"""Return lines at rest, at branch and headquarters alike, and what of them is in excess (rule 22).

    a ticket arrives                   what is looked at
    it bears return lines              the sales that they name, as far as those are held
    it is a sale of which something    the returns that came before it, from a branch with a better line
    was given back already

What was given back beyond what was sold is no reason to refuse anything (rule 24): the ticket that did it,
the later one of two, is flagged, whatever their order of arrival.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ARRAY, Connection, Row, Select, Text, any_, bindparam, select

from schemas.domain.returning import Given, excesses
from schemas.domain.ticket import Ticket
from schemas.tables.bulk import insert_rows
from schemas.tables.ticket_flags import set_flags
from schemas.tables.ticket_lookup import find_ticket
from schemas.tables.tickets import ticket, ticket_return
from schemas.wire.inquiries import ReceiptNumber

#: How a flag of an excess begins; those of a sale are worked out anew when one of its tickets arrives.
_OVER_RETURN = "over-return"


def write(connection: Connection, tickets: Sequence[Ticket]) -> None:
    """Write the return lines of these tickets, which are written, and flag what is in excess."""
    insert_rows(connection, ticket_return, [row for one in tickets for row in rows_of(one)])
    named = {
        line.returned.original.ticket
        for one in tickets
        for line in one.sold()
        if line.returned and line.returned.original and line.returned.original.ticket
    }
    # One array instead of a parameter for each: every ticket of a backlog is asked about.
    uuids = bindparam("uuids", [one.uuid for one in tickets], ARRAY(Text))
    query = select(ticket_return.c.original).where(ticket_return.c.original == any_(uuids))
    given_back = {uuid for uuid in connection.execute(query).scalars() if uuid}
    _review(connection, named | given_back)


def rows_of(one: Ticket) -> list[dict[str, Any]]:
    """The rows of a ticket's return lines that count."""
    return list(_rows(one))


def given_back(connection: Connection, key: ReceiptNumber | str) -> tuple[Given, ...]:
    """What was given back of a sale, named by its receipt number or uuid, in order."""
    named = (
        ticket_return.c.original == key
        if isinstance(key, str)
        else ticket_return.c.receipt == str(key)
    )
    return tuple(_given(row) for row in connection.execute(_in_order().where(named)))


def _rows(one: Ticket) -> Iterator[dict[str, Any]]:
    for line in one.sold():
        if line.returned is None:
            continue
        source = line.returned.original
        yield {
            "ticket": one.uuid,
            "number": line.number,
            "branch": source and source.branch,
            "receipt": source and source.receipt,
            "original": source and source.ticket,
            "original_line": source and source.line,
            "quantity": -line.quantity,
            "amount": -line.amount,
            "tax": -line.tax,
            "reason": line.returned.reason,
            "authority": line.returned.authority,
            "checked": line.returned.checked,
        }


def _in_order() -> Select[Any]:
    """The returns that name a line of a sale, as they happened."""
    return (
        select(ticket_return)
        .join(ticket, ticket.c.uuid == ticket_return.c.ticket)
        .where(ticket_return.c.original_line.is_not(None))
        .order_by(ticket.c.committed, ticket.c.uuid, ticket_return.c.number)
    )


def _given(row: Row[Any]) -> Given:
    return Given(row.ticket, row.number, row.original_line, row.quantity, row.amount, row.tax)


def _review(connection: Connection, originals: Collection[str]) -> None:
    """Flag the tickets that gave back more of these sales than was left, and no others of theirs."""
    for uuid in sorted(originals):
        # Two batches that return the same sale would not see each other's lines: one waits here.
        connection.execute(select(ticket.c.uuid).where(ticket.c.uuid == uuid).with_for_update())
        held = find_ticket(connection, uuid)
        if held is None:
            continue
        given = given_back(connection, uuid)
        of_this = f"{_OVER_RETURN} of {held.ticket.receipt}: "
        words: dict[str, list[str]] = {one.ticket: [] for one in given}
        for (by, _), reason in excesses(held.ticket, given).items():
            words[by].append(f"{of_this}{reason}")
        set_flags(connection, of_this, words)
