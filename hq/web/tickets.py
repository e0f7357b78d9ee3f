"""The tickets behind a figure, and one ticket in full with its way through the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.completeness import assess
from hq.consolidation.names import name_of
from hq.consolidation.question import Dimension
from hq.reporting.dimensions import LABELS, TENDERS, is_spoken, named, tender_label
from hq.reports.branches import known_branches
from hq.reports.snapshot import snapshot
from hq.reports.ticket import find_ticket, unlike_written
from hq.reports.ticket_query import TicketQuery
from hq.reports.tickets import tickets
from hq.web.asked import REPORT_ROLES, Asked, read_asked
from hq.web.completeness_text import extent, heading, told
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from replication.console.row_seen import instant_seen
from schemas.domain.exchange import format_rate

_NO_NUMBER = msgid("“%(text)s” is no whole number.")
_UNDER = msgid("Category and below")
_NO_TICKET = msgid("There is no ticket %(uuid)s, or it is of a branch that you may not see.")
_NO_RECEIPT = msgid("“%(text)s” is no receipt number: write it as N001.01-000123.")

_DISCOUNTS: Mapping[str, str] = {
    "member_price": msgid("Member price"),
    "override": msgid("Override"),
    "promotion": msgid("Promotion"),
    "basket": msgid("Basket discount"),
    "label": msgid("Amount on the label"),
}
_LABELS: Mapping[str, str] = {
    "printed": msgid("rounded on the label"),
    "stale": msgid("old label, printed amount kept"),
    "repriced": msgid("old label, re-priced"),
}
_HOURS, _WEEKDAYS, _LEVELS = range(24), range(1, 8), range(1, 10)
#: What a report's row may be filtered by, as the list's address has it.
_BY_ROW: tuple[Dimension, ...] = (
    "hour", "weekday", "operator", "member", "tier", "item", "category", "supplier", "promotion",
    "tender",
)  # fmt: skip
_KEPT = (*_BY_ROW, "under", "level", "receipt", "late", "flagged")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list and the single ticket."""
    _add_list(console, headquarters)
    _add_ticket(console, headquarters)


def _add_list(console: Console, headquarters: Headquarters) -> None:
    @console.page("/tickets", roles=REPORT_ROLES)
    def ticket_list(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            asked = read_asked(page, connection, headquarters.settings.currency)
            query = _query(page, asked)
            found = tickets(connection, query)
            completeness = assess(connection, asked.branches, asked.first, asked.last, page.now)
            filters = _chosen(page, connection, query)
        return console.render(
            page,
            "tickets.html",
            asked=asked,
            query=query,
            found=found,
            filters=filters,
            hidden=[
                (name, page.query[name])
                for name in (*_BY_ROW, "under", "level")
                if name in page.query
            ],
            zones={one.branch: one.zone for one in asked.known},
            address=_address(page, asked),
            tenders=TENDERS,
            completeness=completeness,
            heading=heading(page, completeness),
            extent=extent(page, completeness, asked.zone),
            told=told(page, completeness),
        )


def _add_ticket(console: Console, headquarters: Headquarters) -> None:
    @console.page("/tickets/{uuid}", roles=REPORT_ROLES)
    def one_ticket(page: Page) -> Response:
        uuid = page.path["uuid"]
        with snapshot(headquarters.engine) as connection:
            branches = {one.branch: one for one in known_branches(connection, page.user.branches)}
            ticket = find_ticket(connection, uuid, list(branches))
        if ticket is None:
            raise PageError(page.gettext(_NO_TICKET, uuid=uuid), 404)
        branch = branches[ticket.branch]
        return console.render(
            page,
            "ticket.html",
            ticket=ticket,
            branch=branch,
            currency=branch.currency or headquarters.settings.currency,
            discounts=_DISCOUNTS,
            labels=_LABELS,
            tender_label=tender_label,
            rate=format_rate,
            unlike=unlike_written(ticket),
        )


def _query(page: Page, asked: Asked) -> TicketQuery:
    text = page.query.get
    query = TicketQuery(
        asked.branches,
        asked.first,
        asked.last,
        hour=_number(page, "hour", _HOURS),
        weekday=_number(page, "weekday", _WEEKDAYS),
        operator=text("operator") or None,
        # An empty member, tier, category or supplier is a filter too: what has none.
        member=text("member"),
        tier=text("tier"),
        item=text("item") or None,
        category=text("category"),
        level=_number(page, "level", _LEVELS),
        under=text("under") or None,
        supplier=text("supplier"),
        promotion=text("promotion") or None,
        tender=text("tender") or None,
        late="late" in page.query,
        flagged="flagged" in page.query,
    )
    if receipt := text("receipt", "").strip():
        lane, _, counter = receipt.rpartition("-")
        if not lane or not counter.isdecimal():
            raise PageError(page.gettext(_NO_RECEIPT, text=receipt))
        query = replace(query, lane=lane, counter=int(counter))
    if "after" in page.query:
        query = replace(query, after=(instant_seen(page), page.query["after"]))
    return query


def _number(page: Page, name: str, among: range) -> int | None:
    text = page.query.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text) not in among:
        raise PageError(page.gettext(_NO_NUMBER, text=text))
    return int(text)


def _chosen(page: Page, connection: Connection, query: TicketQuery) -> list[tuple[str, str]]:
    """The filters that came from a report's row, as label and value, to be seen and taken back."""
    found = []
    for name in _BY_ROW:
        value = getattr(query, name)
        if value is not None:
            key = f"{value:02}" if name == "hour" else str(value)
            label = named(page, name, key, name_of(connection, name, key))
            said = label.name if is_spoken(name) else str(label)
            found.append((page.gettext(LABELS[name]), said))
    if query.under is not None:
        found.append((page.gettext(_UNDER), name_of(connection, "category", query.under)))
    return found


def _address(page: Page, asked: Asked) -> dict[str, str]:
    """Where to go from here: the same list without a row's filter, from its start, and its next."""
    kept: dict[str, str | None] = {
        name: page.query[name]
        for name in _KEPT
        if name in page.query
    }  # fmt: skip
    return {"all": asked.address("/tickets"), "first": asked.address("/tickets", kept)}
