"""Drafting a price change: its audience, its time, and its rows from a file or typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.responses import Response

from hq import catalogue_import, price_changes
from hq.bootstrap import Headquarters
from hq.catalogue_import import KINDS, Plan
from hq.price_changes import NewPriceChange
from hq.refusal import RefusalError
from hq.web.audiences import audiences, zones
from hq.web.price_changes import DRAFTERS
from hq.web.typed_time import typed_time
from replication.console.app import Console, Page
from replication.console.csv_file import CsvFileError, Problem
from replication.console.languages import msgid
from replication.streams import CHAIN_FEED

_NO_ROWS = msgid("Choose a file, or type at least one price.")
_BOTH = msgid("There is a file and there are typed prices: use one of the two.")
_DRAFTED = msgid("Drafted as price change %(document)s; a second person approves it.")
_LINE = msgid("Line %(line)s, %(column)s: %(reason)s")

_HEADER = ",".join(KINDS["prices"].columns) + "\n"
_SHOWN_PROBLEMS = 50
_FIELDS = ("title", "audience", "zone", "starts", "ends", "typed")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the page; it must come before the one of a single price change."""
    pages = _NewPages(console, headquarters)
    console.page("/price-changes/new", roles=DRAFTERS, methods=("GET", "POST"))(pages.new)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows as CSV, and by how many lines they stand further down in it than where typed."""

    data: bytes
    shift: int


class _NewPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def new(self, page: Page) -> Response:
        """The form; what is wrong with it stands above it, and nothing typed is lost."""
        if page.request.method == "GET":
            return self._form(page, {}, [])
        try:
            with self._hq.engine.begin() as connection:
                document, problems = self._draft(page, connection)
        except RefusalError as error:
            problems = [error.said_on(page)]
        if problems:
            return self._form(page, page.form, problems)
        text = page.gettext(_DRAFTED, document=document)
        return self._console.redirect(page, f"/price-changes/{document}", text)

    def _draft(self, page: Page, connection: Connection) -> tuple[str, list[str]]:
        """The new draft's code, or what is wrong with its rows."""
        form, rows = page.form, _rows(page)
        starts = typed_time(connection, form, "starts")
        ends = typed_time(connection, form, "ends")
        plan = self._plan(connection, rows)
        if plan.problems:
            return "", [_said(page, one, rows.shift) for one in plan.problems[:_SHOWN_PROBLEMS]]
        new = NewPriceChange(
            form["title"], form["audience"], starts or page.now, ends, plan.reading.changes
        )
        return price_changes.draft(connection, new, page.user, page.now), []

    def _plan(self, connection: Connection, rows: _Rows) -> Plan:
        try:
            return catalogue_import.plan(
                connection, "prices", rows.data,
                member_key=self._hq.member_key, decimals=self._hq.settings.decimals,
            )  # fmt: skip
        except CsvFileError as error:
            line = error.params.get("line")
            if not isinstance(line, int):
                raise
            raise CsvFileError(error.text, **{**error.params, "line": line - rows.shift}) from error

    def _form(self, page: Page, values: Mapping[str, str], problems: list[str]) -> Response:
        with self._hq.engine.connect() as connection:
            choices = audiences(page, connection)
            clocks = [(zone, zone) for zone in zones(connection)]
        filled = {name: values.get(name, "") for name in _FIELDS}
        return self._console.render(
            page, "new_price_change.html", status=422 if problems else 200, choices=choices,
            clocks=clocks, values=filled, problems=problems, chain=CHAIN_FEED,
            columns=_HEADER.strip(),
        )  # fmt: skip


def _rows(page: Page) -> _Rows:
    file, typed = page.files.get("file"), page.form["typed"].strip()
    if file is not None and typed:
        raise RefusalError(_BOTH)
    if file is not None:
        return _Rows(file, 0)
    if not typed:
        raise RefusalError(_NO_ROWS)
    if typed.splitlines()[0].strip() == _HEADER.strip():
        return _Rows(f"{typed}\n".encode(), 0)
    return _Rows(f"{_HEADER}{typed}\n".encode(), 1)


def _said(page: Page, problem: Problem, shift: int) -> str:
    reason = problem.reason.said_on(page)
    return page.gettext(_LINE, line=problem.line - shift, column=problem.column, reason=reason)
