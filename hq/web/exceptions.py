"""Exceptions of all tills: who stands out, of which kind, and each one with its ticket."""

from __future__ import annotations

from sqlalchemy import Connection, select
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.completeness import assess
from hq.reports.snapshot import snapshot
from hq.web.asked import REPORT_ROLES, Asked, read_asked
from hq.web.completeness_text import extent, heading, told
from replication.console import exception_words
from replication.console.app import Console
from replication.console.exception_report import as_csv, read_filters, report
from replication.console.page import Page
from schemas.tables.catalogue import operator
from schemas.tables.exception_sources import ExceptionQuery


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The page and its file."""

    @console.page("/exceptions", roles=REPORT_ROLES)
    def show(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            asked = read_asked(page, connection, headquarters.settings.currency)
            found = report(page, connection, _query(page, asked), _names(connection, asked))
            completeness = assess(connection, asked.branches, asked.first, asked.last, page.now)
        return console.render(
            page,
            "exceptions.html",
            asked=asked,
            report=found,
            zones=_zones(asked),
            kinds=[(code, page.gettext(text)) for code, text in exception_words.KINDS.items()],
            address=asked.address("/exceptions", _kept(page, "kind", "operator")),
            here=asked.address("/exceptions", _kept(page, "by", "kind", "operator")),
            file=asked.address("/exceptions.csv", _kept(page, "kind", "operator")),
            completeness=completeness,
            heading=heading(page, completeness),
            extent=extent(page, completeness, asked.zone),
            told=told(page, completeness),
        )

    @console.page("/exceptions.csv", roles=REPORT_ROLES)
    def download(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            asked = read_asked(page, connection, headquarters.settings.currency)
            return as_csv(page, connection, _query(page, asked), _zones(asked), asked.currency)


def _query(page: Page, asked: Asked) -> ExceptionQuery:
    return read_filters(page, ExceptionQuery(asked.codes, asked.first, asked.last))


def _kept(page: Page, *names: str) -> dict[str, str | None]:
    return {name: page.query[name] for name in names if page.query.get(name)}


def _zones(asked: Asked) -> dict[str, str]:
    return {one.branch: one.zone for one in asked.branches}


def _names(connection: Connection, asked: Asked) -> dict[str, str]:
    people = connection.execute(select(operator.c.operator, operator.c.name))
    return {row[0]: row[1] for row in people} | {one.branch: one.name for one in asked.known}
