"""What a report's address asks for (`hq.reporting.asking`), and who may ask for what."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from hq.reporting import asking
from hq.reporting.asking import Asked, AskedError, Parameters
from hq.reports.branches import KnownBranch
from replication.console.page import Page, PageError

__all__ = ["Asked"]

#: Who reads figures, and who looks after days and lines beside.
REPORT_ROLES = frozenset({"regional_ops", "administrator", "buyer", "approver", "finance"})
OPERATIONS_ROLES = frozenset({"regional_ops", "administrator", "approver", "finance"})
#: Who says that a period is done and takes its figures away, and who orders a day to be reopened.
FINANCE_ROLES = frozenset({"finance", "administrator"})
ORDER_ROLES = frozenset({"regional_ops", "administrator", "finance"})


def read_asked(page: Page, connection: Connection, currency: str, days: int = 1) -> Asked:
    """Read the address. `currency` is headquarters' own; `days` is how many to show by default."""
    try:
        return asking.read(
            connection, parameters_of(page), page.user.branches, currency, page.now, days
        )
    except AskedError as error:
        raise refused(page, error) from None


def parameters_of(page: Page) -> Parameters:
    """All that an address asks for."""
    names = page.request.query_params
    return {name: names.getlist(name) for name in names}


def branch_of(page: Page, connection: Connection, code: str) -> KnownBranch:
    """One branch by its code, refused when the person may not see it."""
    try:
        return asking.find_branch(connection, page.user.branches, code)
    except AskedError as error:
        raise refused(page, error) from None


def date_of(page: Page, text: str) -> date:
    """A date as it is written in an address."""
    try:
        return asking.read_date(text)
    except AskedError as error:
        raise refused(page, error) from None


def refused(page: Page, error: AskedError) -> PageError:
    """The same refusal on a page."""
    return PageError(error.said_on(page), error.status, advice=page.gettext(error.advice) or None)
