"""Who came and went at the branches, month by month, as they stated it; nothing is corrected here."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.reports.branches import KnownBranch, known_branches
from hq.web.asked import OPERATIONS_ROLES
from replication.console.app import Console
from replication.console.attendance_file import attendance_csv, hours, month_asked
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from schemas.domain.attendance import Spell
from schemas.tables.attendance_store import month_of, month_spells
from schemas.tables.base import reading
from schemas.tables.catalogue import operator

_NOT_YOURS = msgid("You may not see the figures of %(branch)s, or there is no such branch.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The page and its file."""

    @console.page("/attendance", roles=OPERATIONS_ROLES)
    def show(page: Page) -> Response:
        first, last = month_of(month_asked(page, page.now.date()))
        with reading(headquarters.engine) as connection:
            known, asked = _asked(page, connection)
            found: Sequence[tuple[KnownBranch, Sequence[Spell]]] = [
                (one, month_spells(connection, one.branch, first, last)) for one in asked
            ]
            names = _names(connection)
        return console.render(
            page, "attendance.html", branches=[(one.branch, f"{one.branch} {one.name}") for one in known], found=[one for one in found if one[1]], names=names,
            first=first, chosen=page.query.get("branch", ""), hours=hours,
        )  # fmt: skip

    @console.page("/attendance.csv", roles=OPERATIONS_ROLES)
    def download(page: Page) -> Response:
        first, last = month_of(month_asked(page, page.now.date()))
        with reading(headquarters.engine) as connection:
            _, asked = _asked(page, connection)
            found = [
                (one.branch, one.zone, month_spells(connection, one.branch, first, last))
                for one in asked
            ]
            return attendance_csv(page, found, _names(connection), first)


def _asked(
    page: Page, connection: Connection
) -> tuple[Sequence[KnownBranch], Sequence[KnownBranch]]:
    """The branches that the person may see, and those of them that the address asks for."""
    known = known_branches(connection, page.user.branches)
    chosen = page.query.get("branch", "")
    asked = [one for one in known if chosen in {"", one.branch}]
    if chosen and not asked:
        raise PageError(page.gettext(_NOT_YOURS, branch=chosen), 403)
    return known, asked


def _names(connection: Connection) -> dict[str, str]:
    rows = connection.execute(select(operator.c.operator, operator.c.name))
    return {row.operator: row.name for row in rows}
