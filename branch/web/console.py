"""The back office as a whole: who may sign in, the menu, and the pages."""

from __future__ import annotations

from pathlib import Path

from branch.bootstrap import Branch
from branch.web import (
    clock_page,
    day_page,
    days_page,
    draft_page,
    exceptions_page,
    goods_page,
    labels_page,
    lane_page,
    lanes_page,
    monitor_page,
    pickups_page,
    report_pages,
    reports_page,
    safe_page,
    stock_documents_page,
    stock_page,
    stocktake_count_page,
    stocktake_review_page,
    stocktakes_page,
    ticket_page,
    tills_page,
    today_page,
)
from branch.web.office import Office
from branch.web.staff import COUNTERS, MANAGERS, authenticate, find_user
from replication.console.app import Console, NavItem
from replication.console.languages import msgid

_HERE = Path(__file__).parent


_TILLS = (
    NavItem("/tills", msgid("Tills"), MANAGERS),
    NavItem("/lanes", msgid("Lanes"), MANAGERS),
)
_DAY = (
    NavItem("/day", msgid("Day close"), MANAGERS),
    NavItem("/days", msgid("Business days"), MANAGERS),
)
_REPORTS = (
    NavItem("/reports", msgid("Reports"), MANAGERS),
    NavItem("/exceptions", msgid("Exceptions"), MANAGERS),
)
#: One row of 1366 pixels in English; what is new belongs below an entry that is there.
NAVIGATION = (
    NavItem("/", msgid("Today"), MANAGERS),
    NavItem("/monitor", msgid("Lane monitor"), MANAGERS),
    NavItem("/tills", msgid("Tills"), MANAGERS, _TILLS),
    NavItem("/safe", msgid("Safe"), MANAGERS),
    NavItem("/day", msgid("Day close"), MANAGERS, _DAY),
    NavItem("/goods", msgid("Goods"), MANAGERS),
    NavItem("/pickups", msgid("Pick-ups"), MANAGERS),
    NavItem("/stock", msgid("Stock"), MANAGERS),
    NavItem("/stocktakes", msgid("Stocktakes"), COUNTERS),
    NavItem("/reports", msgid("Reports"), MANAGERS, _REPORTS),
    NavItem("/attendance", msgid("Attendance"), MANAGERS),
)


def back_office(branch: Branch) -> Console:
    """The console of one branch, with every page declared."""
    console = Console(
        engine=branch.engine,
        title=branch.code,
        clock=branch.clock,
        authenticate=authenticate,
        find_user=find_user,
        templates=_HERE / "templates",
        locale=_HERE / "locale",
        navigation=NAVIGATION,
        home="/",
    )
    office = Office(branch, console)
    for pages in (
        today_page, tills_page, day_page, days_page, exceptions_page, lanes_page, lane_page,
        monitor_page, report_pages, ticket_page, goods_page, draft_page, stock_documents_page,
        labels_page, stock_page, stocktakes_page, stocktake_count_page, stocktake_review_page, clock_page,
        reports_page, safe_page, pickups_page,
    ):  # fmt: skip
        pages.add(office)
    return console
