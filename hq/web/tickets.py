"""The tickets behind a figure, and one ticket in full with its way through the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.completeness import assess
from hq.reporting.dimensions import TENDERS, tender_label
from hq.reports.branches import known_branches
from hq.reports.categories import category_names
from hq.reports.snapshot import snapshot
from hq.reports.ticket import find_ticket, unlike_written
from hq.reports.tickets import TicketQuery, tickets
from hq.web.asked import REPORT_ROLES, Asked, read_asked
from hq.web.completeness_text import extent, heading, told
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from replication.console.row_seen import instant_seen
from schemas.domain.exchange import format_rate

_NO_NUMBER = msgid("“%(text)s” is no whole number.")
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
_HOURS = 24


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
            names = category_names(connection) if query.category else {}
        return console.render(
            page,
            "tickets.html",
            asked=asked,
            query=query,
            found=found,
            filters=_chosen(page, query, names),
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
        hour=_number(page, "hour"),
        operator=text("operator") or None,
        item=text("item") or None,
        # An empty category is a filter too: lines of items that their lane did not know.
        category=text("category"),
        level=_number(page, "level"),
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


def _number(page: Page, name: str) -> int | None:
    text = page.query.get(name, "")
    if not text:
        return None
    if not text.isdecimal() or int(text) >= _HOURS:
        raise PageError(page.gettext(_NO_NUMBER, text=text))
    return int(text)


def _chosen(page: Page, query: TicketQuery, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The filters that came from a report's row, as label and value, to be seen and taken back."""
    pairs = [
        (page.gettext("Hour"), None if query.hour is None else f"{query.hour:02}:00"),
        (page.gettext("Operator"), query.operator),
        (page.gettext("Item"), query.item),
        (page.gettext("Tender"), tender_label(page, query.tender) if query.tender else None),
    ]
    if query.category is not None:
        name = names.get(query.category, query.category)
        pairs.append((page.gettext("Category"), name or page.gettext("Unknown items")))
    return [(label, value) for label, value in pairs if value is not None]


def _address(page: Page, asked: Asked) -> dict[str, str]:
    """Where to go from here: the same list without a row's filter, from its start, and its next."""
    kept: dict[str, str | None] = {
        name: page.query[name]
        for name in ("hour", "operator", "item", "category", "level", "tender", "receipt", "late", "flagged")
        if name in page.query
    }  # fmt: skip
    return {"all": asked.address("/tickets"), "first": asked.address("/tickets", kept)}
