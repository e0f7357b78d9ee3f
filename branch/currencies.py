"""Which foreign currencies lie in a branch's tills, so that they are counted (rule 6).

A currency that ever had a rate here is counted in every till, taken or not: what a count leaves out would
tell what was taken. So is one that was taken without a rate that is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from branch.profile import find_or_bare
from schemas.domain.till import is_currency
from schemas.tables.catalogue import exchange_rate


def counted_in(
    connection: Connection, branch: str, tills: Iterable[Mapping[str, int]]
) -> tuple[str, ...]:
    """The currencies to count, by code; `tills` are what the tills of the day should hold."""
    local = find_or_bare(connection, branch).currency
    known = connection.execute(
        select(exchange_rate.c.currency).where(exchange_rate.c.local_currency == local).distinct()
    ).scalars()
    taken = {key for expected in tills for key in expected if is_currency(key)}
    return tuple(sorted({*known, *taken}))
