"""Franchise statements: what each franchised branch owes, open and locked, and the rules that make it.

who                                          may
who looks after days, in their branches      see statements and rules, and take them away
finance, administrators                      lock a statement that is complete
administrators                               lock one that is not, with a reason
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from hq import sites
from hq.bootstrap import Headquarters
from hq.franchise import ledger, locking, rules
from hq.franchise.locking import Lock
from hq.refusal import RefusalError
from hq.reports.branches import KnownBranch, known_branches
from hq.reports.snapshot import snapshot
from hq.web.asked import FINANCE_ROLES, OPERATIONS_ROLES, date_of
from hq.web.completeness_text import extent, heading, told
from hq.web.franchise_files import as_csv, as_pdf, as_xlsx
from hq.web.franchise_view import (
    CAUSES,
    KINDS,
    RULES,
    View,
    lacking,
    made_of,
    numbered,
    of_locked,
    of_open,
)
from replication.console.app import Console, Page
from replication.console.languages import msgid
from replication.console.page import PageError
from schemas.domain.franchise.charges import Period
from schemas.domain.franchise.rule import GROUP

READERS = OPERATIONS_ROLES
_PATH = "/franchise"
_OPEN = f"{_PATH}/open/{{branch}}"
_LOCKED = f"{_PATH}/statements/{{number}}"
_FILES = {"csv": as_csv, "xlsx": as_xlsx, "pdf": as_pdf}
_ROWS = 100
#: More lines of goods than this nobody reads on a page; the files have them all.
_LINES = 300
_NO_STATEMENT = msgid(
    "There is no statement %(number)s, or it is of a branch that you may not see."
)
_DONE = msgid("Statement %(number)s is locked. What changes from now on comes with the next one.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list, the rules, an open statement, a locked one, and their files; files stand first."""
    pages = _FranchisePages(console, headquarters)
    console.page(_PATH, roles=READERS)(pages.every)
    console.page(f"{_PATH}/rules", roles=READERS)(pages.rules)
    for kind in _FILES:
        console.page(f"{_OPEN}.{kind}", roles=READERS)(pages.open_file)
        console.page(f"{_LOCKED}.{kind}", roles=READERS)(pages.locked_file)
    console.page(_OPEN, roles=READERS)(pages.open)
    console.page(f"{_OPEN}/lock", roles=FINANCE_ROLES, methods=("POST",))(pages.lock)
    console.page(_LOCKED, roles=READERS)(pages.locked)


class _FranchisePages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine
        self._currency = headquarters.settings.currency

    def every(self, page: Page) -> Response:
        """Each franchised branch with the period that comes next, and the statements that were locked."""
        with snapshot(self._engine) as connection:
            known = {one.branch: one for one in known_branches(connection, page.user.branches)}
            held = ledger.newest(connection, list(known), _ROWS)
            ever = {one.branch for one in held}
            franchised = [
                one for one in known.values() if one.kind == "franchise" or one.branch in ever
            ]
            following = {one.branch: _following(page, connection, one) for one in franchised}
        return self._console.render(
            page, "franchise.html", franchised=franchised, following=following, held=held,
            known=known, numbered=numbered, currency=self._currency, shown=_ROWS,
        )  # fmt: skip

    def rules(self, page: Page) -> Response:
        """What was agreed with whom; it is filled by importing."""
        with snapshot(self._engine) as connection:
            held = rules.every(connection)
            theirs = _audiences(page, connection)
        return self._console.render(
            page, "franchise_rules.html", kinds=RULES,
            rules=[one for one in held.values() if one.audience in theirs],
            currency=self._currency, may_import=page.user.role == "administrator",
        )  # fmt: skip

    def open(self, page: Page) -> Response:
        """A statement as it stands now."""
        view = self._open_view(page)
        completeness = view.completeness
        words: dict[str, Any] = {}
        if completeness is not None:
            words = {
                "heading": heading(page, completeness), "told": told(page, completeness),
                "extent": extent(page, completeness, view.branch.zone),
            }  # fmt: skip
        return self._shown(page, view, **words)

    def locked(self, page: Page) -> Response:
        """A locked one."""
        return self._shown(page, self._locked_view(page))

    def open_file(self, page: Page) -> Response:
        """An open statement to take away."""
        return _file(page, self._open_view(page))

    def locked_file(self, page: Page) -> Response:
        """A locked one to take away, as it was locked."""
        return _file(page, self._locked_view(page))

    def lock(self, page: Page) -> Response:
        """Lock it as the person saw it."""
        form = page.form
        period = Period(date_of(page, form["from"]), date_of(page, form["to"]))
        seen = form["seen"]
        asked = Lock(page.path["branch"], period, int(seen) if _whole(seen) else 0, form["reason"])
        try:
            with self._engine.begin() as connection:
                held = locking.lock(connection, asked, page.user, self._currency, page.now)
        except RefusalError as error:
            raise PageError(error.said_on(page), 409) from error
        said = page.gettext(_DONE, number=numbered(held.number))
        return self._console.redirect(page, f"{_PATH}/statements/{held.number}", said)

    def _shown(self, page: Page, view: View, **words: Any) -> Response:  # noqa: ANN401 - as a template takes them
        return self._console.render(
            page, "franchise_statement.html", view=view, kinds=KINDS, causes=CAUSES,
            lacking=lacking(page, view.lacks), numbered=numbered, currency=self._currency,
            made_of=lambda one: made_of(page, one, self._currency), shown=_LINES,
            may_lock=view.locked is None and page.user.role in FINANCE_ROLES,
            is_over=view.period.last < view.branch.local(page.now).date(), **words,
        )  # fmt: skip

    def _open_view(self, page: Page) -> View:
        code, scope = page.path["branch"], page.user.branches
        try:
            with snapshot(self._engine) as connection:
                branch = locking.franchised(connection, code, scope, self._currency)
                period = _following(page, connection, branch)
                if page.query.get("from"):
                    period = Period(date_of(page, page.query["from"]), period.last)
                if page.query.get("to"):
                    period = Period(period.first, date_of(page, page.query["to"]))
                made = locking.open_statement(
                    connection, code, period, scope, self._currency, page.now
                )
                return of_open(connection, made, self._currency)
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error

    def _locked_view(self, page: Page) -> View:
        number = page.path["number"]
        with snapshot(self._engine) as connection:
            held = ledger.find(connection, int(number)) if number.isdecimal() else None
            known = {one.branch: one for one in known_branches(connection, page.user.branches)}
            if held is None or held.branch not in known:
                raise PageError(page.gettext(_NO_STATEMENT, number=number), 404)
            return of_locked(connection, held, known[held.branch], self._currency)


def _audiences(page: Page, connection: Connection) -> set[str]:
    """Whose rules the person may see: everybody's, and those of their branches and the groups these are in."""
    scope = page.user.branches
    mine = [one for one in sites.branches(connection) if not scope or one.branch.branch in scope]
    groups = {f"{GROUP}{group}" for one in mine for group in one.groups}
    return {"", *(one.branch.branch for one in mine), *groups}


def _following(page: Page, connection: Connection, branch: KnownBranch) -> Period:
    """The month that comes next: from where the last statement ended, or the month before this one, to its end."""
    today = branch.local(page.now).date()
    first = locking.next_first(connection, branch.branch)
    if first is None:
        first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return Period(first, _end_of_month(first))


def _end_of_month(on: date) -> date:
    return on.replace(day=calendar.monthrange(on.year, on.month)[1])


def _whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _file(page: Page, view: View) -> Response:
    return _FILES[page.request.url.path.rpartition(".")[2]](page, view)
