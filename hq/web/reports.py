"""The pages of reports: the list of them, each on its page, as files and as JSON; all from its one definition.

The address says all that was asked for, so that a report can be sent to somebody, who then sees it as far as
they may.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import chain

from sqlalchemy import Connection, func, select
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.completeness import Completeness
from hq.reporting.asking import AskedError
from hq.reporting.cells import Cells, head
from hq.reporting.charting import chart
from hq.reporting.definition import COMPARISON_LABELS, Definition
from hq.reporting.files import FILES, FORMS, Form
from hq.reporting.made import Author, Made, make
from hq.reporting.range_words import RANGES
from hq.reporting.reading import Addresses, Reader, chart_kind
from hq.reporting.register import REPORTS, groups
from hq.reporting.table import WORDED, Verdicts
from hq.reports.snapshot import snapshot
from hq.web.asked import REPORT_ROLES, parameters_of, refused
from hq.web.completeness_text import extent, heading, short_cell, told
from hq.web.report_api import json_of
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from replication.console.table_export import flowing_download

_PAGE_ROWS = 100
#: Whether a page beside an earlier range shows every column: more than a screen is wide.
_COLUMNS, _ALL = "columns", "all"
#: So many columns are read at 1366 pixels without moving sideways.
_FITTING = 11
_ALL_COLUMNS = msgid("All columns")
_FEWER_COLUMNS = msgid("Only what is compared")
_LONGEST_PAUSE = "2min"
_NO_REPORT = msgid("There is no report “%(code)s”.")
_NOT_YOURS = msgid("The report “%(title)s” is not for: %(role)s.")
_ADVICE = msgid("Choose one from the list of reports.")
CHARTS = (
    ("", msgid("As suits it")), ("line", msgid("Lines")), ("area", msgid("Areas")),
    ("bar", msgid("Bars")), ("pie", msgid("Pie")), ("none", msgid("None")),
)  # fmt: skip


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list, and of each report its page, its files and its JSON answer."""
    pages = _Pages(console, headquarters)
    for form in FORMS:
        console.page(f"/reports/{{code}}.{form}", roles=REPORT_ROLES)(pages.file(form))
    console.page("/reports/{code}.json", roles=REPORT_ROLES)(pages.json)
    console.page("/reports/{code}", roles=REPORT_ROLES)(pages.show)


def definition_of(page: Page, code: str) -> Definition:
    """The report of that code, refused where the person may not see it."""
    definition = REPORTS.get(code)
    if definition is None:
        raise PageError(page.gettext(_NO_REPORT, code=code), 404, advice=page.gettext(_ADVICE))
    if page.user.role not in definition.roles:
        title, role = page.gettext(definition.title), page.gettext(page.user.role)
        raise PageError(page.gettext(_NOT_YOURS, title=title, role=role), 403)
    return definition


class _Pages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def show(self, page: Page) -> Response:
        """A page of rows, beside their chart."""
        made = self._made(page, _PAGE_ROWS)
        answer, request, definition = made.answer, made.request, made.definition
        parameters = parameters_of(page)
        addresses = Addresses(definition, request, parameters)
        cells = Cells(answer.currency, request.asked.zone, page.language)
        verdicts = Verdicts(answer.completeness)
        shown = _shown(page, made)
        drawn = chart(definition, request, answer, chart_kind(definition, request, parameters))
        return self._console.render(
            page, "report.html", made=made, definition=definition, asked=request.asked,
            request=request, answer=answer, cells=cells, addresses=addresses, chart=drawn,
            heads=[(one, head(one, answer.currency), one.kind not in WORDED) for one in answer.columns],
            places=shown, columns=_other_columns(page, made, addresses, len(shown)),
            told_by_row=answer.is_told_by_row,
            verdict=lambda row: verdicts.told(row, partial(verdict, page)),
            choices=[
                (one.name, page.gettext(one.label),
                 [(value, page.gettext(text)) for value, text in one.options],
                 request.choices[one.name])
                for one in definition.choices if one.means_something(request.choices)
            ],
            siblings=groups(page.user.role)[definition.group],
            ranges=[(code, page.gettext(text)) for code, text in RANGES.items()],
            comparisons=[
                (one, page.gettext(COMPARISON_LABELS[one])) for one in ("", *definition.comparisons)
            ],
            charts=[(code, page.gettext(text)) for code, text in CHARTS],
            chart_chosen=page.query.get("chart", ""), forms=(*FORMS, "json"),
            completeness=answer.completeness, heading=heading(page, answer.completeness),
            extent=extent(page, answer.completeness, request.asked.zone),
            told=told(page, answer.completeness),
            earlier=answer.compared and {
                "label": page.gettext(COMPARISON_LABELS[answer.compared.comparison]),
                "range": answer.compared.range, "completeness": answer.compared.completeness,
                "heading": heading(page, answer.compared.completeness),
                "extent": extent(page, answer.compared.completeness, request.asked.zone),
                "told": told(page, answer.compared.completeness),
            },
        )  # fmt: skip

    def file(self, form: Form) -> Callable[[Page], Response]:
        """The handler of a form."""

        def answer(page: Page) -> Response:
            kind, definition = FILES[form], definition_of(page, page.path["code"])
            with ExitStack() as open_now:
                connection = open_now.enter_context(snapshot(self._hq.engine))
                _give_up_on_idlers(connection)
                try:
                    made = kind.make(
                        connection,
                        definition,
                        parameters_of(page),
                        self._reader(page),
                        _author(page),
                    )
                    pieces = kind.write(made)
                    # What is refused is refused before the answer has begun.
                    first = next(pieces)
                except AskedError as error:
                    raise refused(page, error) from None
                if not kind.flowing:
                    open_now.close()
                rest = open_now.pop_all()
            name = f"{made.file_name}.{form}"
            return flowing_download(name, kind.media_type, chain([first], pieces), rest.close)

        return answer

    def json(self, page: Page) -> Response:
        """The answer for a program, page by page."""
        definition = definition_of(page, page.path["code"])
        path = f"/reports/{definition.code}.json"
        asked = parameters_of(page), self._reader(page), _author(page)
        try:
            return json_of(self._hq, definition, *asked, path)
        except AskedError as error:
            raise refused(page, error) from None

    def _made(self, page: Page, limit: int) -> Made:
        definition = definition_of(page, page.path["code"])
        try:
            with snapshot(self._hq.engine) as connection:
                return make(
                    connection, definition, parameters_of(page), self._reader(page), _author(page),
                    limit=limit,
                )  # fmt: skip
        except AskedError as error:
            raise refused(page, error) from None

    def _reader(self, page: Page) -> Reader:
        return Reader(page.user.branches, page, page.now, self._hq.settings.currency)


def _author(page: Page) -> Author:
    return Author(page.user.name, page.user.operator)


def _give_up_on_idlers(connection: Connection) -> None:
    """Whoever takes nothing more of a file for so long must not keep the database from tidying up."""
    kept = func.set_config("idle_in_transaction_session_timeout", _LONGEST_PAUSE, True)  # noqa: FBT003 - until the transaction ends
    connection.execute(select(kept))


def _shown(page: Page, made: Made) -> list[int]:
    """The places of the columns of the page: beside an earlier range what is compared alone, unless all are wanted
    or fit.
    """
    answer = made.answer
    if not _is_too_wide(made) or page.query.get(_COLUMNS, "") == _ALL:
        return list(range(len(answer.columns)))
    of_key = len(answer.rows[0].key) if answer.rows else 1
    names = tuple(made.definition.compared)
    return [
        place
        for place, one in enumerate(answer.columns)
        if place < of_key or one.name in names or one.name.startswith(tuple(f"{name}_" for name in names))
    ]  # fmt: skip


def _is_too_wide(made: Made) -> bool:
    """Whether what is compared stands among more columns than fit."""
    return made.answer.compared is not None and len(made.answer.columns) > _FITTING


def _other_columns(
    page: Page, made: Made, addresses: Addresses, shown: int
) -> tuple[str, str] | None:
    """Where all columns are shown, or fewer, and what that is called."""
    if not _is_too_wide(made):
        return None
    if shown < len(made.answer.columns):
        return addresses.of(**{_COLUMNS: _ALL}), page.gettext(_ALL_COLUMNS)
    return addresses.of(**{_COLUMNS: None}), page.gettext(_FEWER_COLUMNS)


def verdict(page: Page, completeness: Completeness) -> tuple[str, str]:
    """What a row is missing, as a chip."""
    return "good" if completeness.complete else "warn", short_cell(page, completeness)
