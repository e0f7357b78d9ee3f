"""A large import: how far it is, what is wrong with which row, and what a person may do with it next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Connection
from starlette.responses import Response

from hq import import_runs
from hq.bootstrap import Headquarters
from hq.import_runs import BadCell, Run
from hq.refusal import RefusalError
from hq.web.imports import LABELS, ROLES
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from replication.console.row_seen import number_seen
from replication.console.table_export import csv_response
from replication.console.users import User

_HEADER = (msgid("Line"), msgid("Column"), msgid("What stands there"), msgid("What is wrong"))
_SHOWN = 100
_AT_ONCE = 5_000

Step = Callable[[Connection, int, User, datetime], None]


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the pages of one large import."""
    pages = _RunPages(console, headquarters)
    one, post = "/imports/runs/{run:int}", ("POST",)
    console.page(one, roles=ROLES)(pages.one)
    console.page(f"{one}/progress", roles=ROLES)(pages.progress)
    console.page(f"{one}/problems.csv", roles=ROLES)(pages.problems)
    console.page(f"{one}/confirm", roles=ROLES, methods=post)(pages.confirm)
    console.page(f"{one}/stop", roles=ROLES, methods=post)(pages.stop)
    console.page(f"{one}/drop", roles=ROLES, methods=post)(pages.drop)


class _RunPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine

    def one(self, page: Page) -> Response:
        """How far it is, and a page of what is wrong."""
        after = (
            (number_seen(page, "line"), number_seen(page, "place"))
            if "line" in page.query
            else (0, 0)
        )
        with self._engine.connect() as connection:
            held = _find(page, connection)
            found = import_runs.problems(connection, held.run, after=after, limit=_SHOWN + 1)
            reasons = [] if held.state == "reading" else import_runs.reasons(connection, held.run)
        shown = found[:_SHOWN]
        return self._console.render(
            page, "import_run.html", run=held, label=page.gettext(LABELS[held.kind]),
            why=_why(page, held), problems=[_said(page, one) for one in shown],
            reasons=[(_plain(page.translations.gettext(text)), count) for text, count in reasons],
            following=shown[-1] if len(found) > _SHOWN else None, is_first=after == (0, 0),
        )  # fmt: skip

    def progress(self, page: Page) -> Response:
        """The figures alone; the page asks for them while it goes on, and is loaded anew at the end."""
        with self._engine.connect() as connection:
            held = _find(page, connection)
        if not held.is_under_way:
            return self._console.redirect(page, f"/imports/runs/{held.run}")
        return self._console.render(page, "import_progress.html", run=held)

    def problems(self, page: Page) -> Response:
        """All that is wrong, to take away."""
        with self._engine.connect() as connection:
            held = _find(page, connection)
            header = [page.gettext(text) for text in _HEADER]
            rows = (_said(page, one) for one in _every(connection, held.run))
            return csv_response(f"import-{held.run}-problems.csv", header, rows)

    def confirm(self, page: Page) -> Response:
        """Apply its rows, or go on with it."""
        leave_out = "leave_out" in page.form

        def step(connection: Connection, run: int, actor: User, at: datetime) -> None:
            import_runs.confirm(connection, run, actor, at, leave_out=leave_out)

        return self._step(page, step)

    def stop(self, page: Page) -> Response:
        """Stop it."""
        return self._step(page, import_runs.stop)

    def drop(self, page: Page) -> Response:
        """Give it up."""
        return self._step(page, import_runs.drop)

    def _step(self, page: Page, step: Step) -> Response:
        run = int(page.path["run"])
        try:
            with self._engine.begin() as connection:
                step(connection, run, page.user, page.now)
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error
        return self._console.redirect(page, f"/imports/runs/{run}")


def _every(connection: Connection, run: int) -> Iterator[BadCell]:
    after = (0, 0)
    while some := import_runs.problems(connection, run, after=after, limit=_AT_ONCE):
        yield from some
        after = (some[-1].line, some[-1].place)


def _find(page: Page, connection: Connection) -> Run:
    try:
        return import_runs.find(connection, int(page.path["run"]))
    except RefusalError as error:
        raise PageError(error.said_on(page), 404) from error


def _said(page: Page, one: BadCell) -> tuple[int, str, str, str]:
    return one.line, one.column, one.value, one.reason.said_on(page)


def _plain(text: str) -> str:
    """A text whose values are not filled in, as the heading of all that it was said of."""
    while (start := text.find("%(")) >= 0 and (end := text.find(")s", start)) >= 0:
        text = f"{text[:start]}…{text[end + 2 :]}"
    return text


def _why(page: Page, held: Run) -> str:
    return (
        ""
        if held.why is None
        else RefusalError(held.why["text"], **held.why["params"]).said_on(page)
    )
