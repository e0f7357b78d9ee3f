"""Drafting an order or an instruction to send: whom it is for, and its lines from a file or typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from sqlalchemy import Connection
from starlette.responses import Response

from hq import suppliers
from hq.bootstrap import Headquarters
from hq.closing import closed
from hq.goods import document as goods
from hq.goods.document import NewGoods
from hq.goods.reading import LINE_COLUMNS, read_lines
from hq.references import references
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from hq.web.price_changes import DRAFTERS
from replication.console.app import Console, Page
from replication.console.csv_file import CsvFileError, Problem
from replication.console.languages import msgid

_NO_ROWS = msgid("Choose a file, or type at least one line.")
_BOTH = msgid("There is a file and there are typed lines: use one of the two.")
_DRAFTED = msgid("%(document)s is drafted. Look at it, then send it.")
_LINE = msgid("Line %(line)s, %(column)s: %(reason)s")
_NO_DATE = msgid("“%(value)s” is no date: write it as 2026-03-05.")

_HEADER = ",".join(LINE_COLUMNS) + "\n"
_SHOWN_PROBLEMS = 50
_FIELDS = ("branch", "partner", "expected", "note", "typed")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the page; it must come before the one of a single document."""
    pages = _NewPages(console, headquarters)
    console.page("/goods/new", roles=DRAFTERS, methods=("GET", "POST"))(pages.new)


class _NewPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def new(self, page: Page) -> Response:
        """The form; what is wrong with it stands above it, and nothing typed is lost."""
        if page.request.method == "GET":
            return self._form(page, _kind(page.query.get("kind", "")), {}, [])
        kind = _kind(page.form["kind"])
        try:
            with self._hq.engine.begin() as connection:
                document, problems = self._draft(page, connection, kind)
        except RefusalError as error:
            problems = [error.said_on(page)]
        if problems:
            return self._form(page, kind, page.form, problems)
        text = page.gettext(_DRAFTED, document=document)
        return self._console.redirect(page, f"/goods/{document}", text)

    def _draft(
        self, page: Page, connection: Connection, kind: Literal["order", "send"]
    ) -> tuple[str, list[str]]:
        """The new draft's code, or what is wrong with its rows."""
        form = page.form
        expected = _date(form["expected"])
        known = references(connection, self._hq.member_key, self._hq.settings.decimals)
        data, shift = _rows(page)
        try:
            wanted, rows = read_lines(data, known)
        except CsvFileError as error:
            line = error.params.get("line")
            if not isinstance(line, int):
                raise
            raise CsvFileError(error.text, **{**error.params, "line": line - shift}) from error
        problems = [one for row in rows for one in row.problems]
        if problems:
            return "", [_said(page, one, shift) for one in problems[:_SHOWN_PROBLEMS]]
        new = NewGoods(kind, form["branch"], form["partner"], expected, wanted, form["note"])
        return goods.draft(connection, new, page.user, page.now), []

    def _form(
        self, page: Page, kind: str, values: Mapping[str, str], problems: list[str]
    ) -> Response:
        with self._hq.engine.connect() as connection:
            over = closed(connection)
            known = known_branches(connection, page.user.branches)
            branches = [
                (one.branch, f"{one.branch} · {one.name}")
                for one in sorted(known, key=lambda one: _first(kind, one.kind))
                if one.branch not in over
            ]
            bought = [
                (one.supplier, f"{one.supplier} · {one.name}")
                for one in suppliers.every(connection).values()
                if not one.closed
            ]
        filled = {name: values.get(name, "") for name in _FIELDS}
        filled["expected"] = filled["expected"] or page.now.date().isoformat()
        return self._console.render(
            page, "new_goods.html", status=422 if problems else 200, kind=kind, values=filled,
            branches=branches, partners=bought if kind == "order" else branches,
            problems=problems, columns=_HEADER.strip(),
        )  # fmt: skip


def _kind(text: str) -> Literal["order", "send"]:
    return "send" if text == "send" else "order"


def _first(kind: str, branch_kind: str) -> bool:
    """Distribution centres stand first where somebody is chosen to send goods."""
    return kind == "send" and branch_kind != "distribution_centre"


def _date(typed: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError as error:
        raise RefusalError(_NO_DATE, value=typed[:40]) from error


def _rows(page: Page) -> tuple[bytes, int]:
    """The rows as CSV, and by how many lines they stand further down in it than where typed."""
    file, typed = page.files.get("file"), page.form["typed"].strip()
    if file is not None and typed:
        raise RefusalError(_BOTH)
    if file is not None:
        return file, 0
    if not typed:
        raise RefusalError(_NO_ROWS)
    if typed.splitlines()[0].strip() == _HEADER.strip():
        return f"{typed}\n".encode(), 0
    return f"{_HEADER}{typed}\n".encode(), 1


def _said(page: Page, problem: Problem, shift: int) -> str:
    reason = problem.reason.said_on(page)
    return page.gettext(_LINE, line=problem.line - shift, column=problem.column, reason=reason)
