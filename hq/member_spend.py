"""What members spent, net of what came back, with all who were merged into them.

    counts                                        in the window of
    lines that a member bought, as paid           the sale's business date
    less what came back of those, by whomever     the same: what is not kept was not spent
    less what a member gave back without naming   the return's business date
    a sale that headquarters holds

Branches that sell in another currency than headquarters' do not count: their amounts do not add up with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Column, Connection, FromClause, func, select

from hq.reports.branches import known_branches
from schemas.domain.tier import months_after
from schemas.tables.catalogue import member
from schemas.tables.tickets import ticket, ticket_line, ticket_return


def spent(
    connection: Connection, members: Collection[str], months: Iterable[int], today: date,
    currency: str,
) -> dict[str, dict[int, int]]:  # fmt: skip
    """What each of these members spent within the last so many months, in minor units of the currency."""
    windows = sorted(set(months))
    stays = _followers(connection, members)
    found = {one: dict.fromkeys(windows, 0) for one in members}
    shops = [one.branch for one in known_branches(connection) if one.currency in ("", currency)]
    for sign, source, dated, amount, named in _parts():
        within = [dated.c.business_date > months_after(today, -many) for many in windows]
        query = (
            select(dated.c.member, *(_sum(amount, one) for one in within))
            .select_from(source)
            .where(dated.c.member.in_([*stays]), dated.c.branch.in_(shops), within[-1], *named)
            .group_by(dated.c.member)
        )
        for number, *sums in connection.execute(query):
            of = found[stays[number]]
            for many, amount_of in zip(windows, sums, strict=True):
                of[many] += sign * int(amount_of)
    return found


def _sum(amount: Column[int], within: Any) -> Any:  # noqa: ANN401 - SQL expressions
    return func.coalesce(func.sum(amount).filter(within), 0)


def _followers(connection: Connection, members: Collection[str]) -> Mapping[str, str]:
    """Each of these members, and whoever was merged into one of them, with the one who stays."""
    query = select(member.c.member, member.c.merged).where(member.c.merged.in_(members))
    return {one: one for one in members} | {
        row.member: row.merged for row in connection.execute(query)
    }


def _parts() -> Iterable[tuple[int, FromClause, Any, Column[int], list[Any]]]:
    """What is added or taken: its sign, its rows, the ticket that dates it and names the member, its amount,
    and what narrows it.
    """
    line, back = ticket_line.c, ticket_return.c
    bought = ticket.join(ticket_line, line.ticket == ticket.c.uuid)
    yield 1, bought, ticket, line.amount, [~line.voided, line.amount > 0]
    of_sale = ticket.join(ticket_return, back.original == ticket.c.uuid)
    yield -1, of_sale, ticket, back.amount, []
    alone = ticket.join(ticket_return, back.ticket == ticket.c.uuid)
    sale = ticket.alias("sale")
    held = select(sale.c.uuid).where(sale.c.uuid == back.original).exists()
    yield -1, alone, ticket, back.amount, [~held]
