"""The pages of reports: the list of them, each on its page, as files and as JSON; all from its one definition.

The address says all that was asked for, so that a report can be sent to somebody, who then sees it as far as
they may.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.completeness import Completeness
from hq.reporting import as_json
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
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from replication.console.row_seen import number_seen
from replication.console.table_export import download

_PAGE_ROWS = 100
_JSON_ROWS = 1000
_NO_REPORT = msgid("There is no report “%(code)s”.")
_NOT_YOURS = msgid("The report “%(title)s” is not for: %(role)s.")
_ADVICE = msgid("Choose one from the list of reports.")
_ROWS = msgid("A page has between 1 and %(most)s rows.")
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
        made = self._made(page, _PAGE_ROWS, whole=False)
        answer, request, definition = made.answer, made.request, made.definition
        parameters = parameters_of(page)
        addresses = Addresses(definition, request, parameters)
        cells = Cells(answer.currency, request.asked.zone, page.language)
        verdicts = Verdicts(answer.completeness)
        drawn = chart(definition, request, answer, chart_kind(definition, request, parameters))
        return self._console.render(
            page, "report.html", made=made, definition=definition, asked=request.asked,
            request=request, answer=answer, cells=cells, addresses=addresses, chart=drawn,
            heads=[(one, head(one, answer.currency), one.kind not in WORDED) for one in answer.columns],
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
            kind = FILES[form]
            made = self._made(page, kind.limit, whole=kind.whole)
            return download(f"{made.file_name}.{form}", kind.media_type, kind.write(made))

        return answer

    def json(self, page: Page) -> Response:
        """The answer for a program, page by page."""
        made = self._made(page, _rows(page), whole=False)
        following = None
        if made.answer.following:
            addresses = Addresses(made.definition, made.request, parameters_of(page))
            path = f"/reports/{made.definition.code}.json"
            following = addresses.following(made.answer.following, path)
            if "rows" in page.query:
                following += f"&rows={page.query['rows']}"
        content = as_json.as_json(made, following)
        headers = {"Cache-Control": "no-store"}
        return Response(content, media_type=as_json.MEDIA_TYPE, headers=headers)

    def _made(self, page: Page, limit: int, *, whole: bool) -> Made:
        definition = definition_of(page, page.path["code"])
        reader = Reader(page.user.branches, page, page.now, self._hq.settings.currency)
        author = Author(page.user.name, page.user.operator)
        try:
            with snapshot(self._hq.engine) as connection:
                return make(
                    connection, definition, parameters_of(page), reader, author,
                    limit=limit, whole=whole,
                )  # fmt: skip
        except AskedError as error:
            raise refused(page, error) from None


def verdict(page: Page, completeness: Completeness) -> tuple[str, str]:
    """What a row is missing, as a chip."""
    return "good" if completeness.complete else "warn", short_cell(page, completeness)


def _rows(page: Page) -> int:
    if "rows" not in page.query:
        return _JSON_ROWS
    rows = number_seen(page, "rows")
    if not 1 <= rows <= _JSON_ROWS:
        raise PageError(page.gettext(_ROWS, most=_JSON_ROWS))
    return rows
