"""Verifying a branch: its feeds, business days and stock against headquarters, and its own journals.

All of it without `stream` and `day`; with one of them that feed or that day alone.
"""

from __future__ import annotations

from datetime import date

from branch.day_verify import NEWEST, verify_days
from branch.stock_verify import verify_stock, verify_sums
from replication.findings import Report
from replication.runner import LinkRunner
from replication.verify_site import verify_feeds, verify_journals
from schemas.tables.receipt_continuity import ReceiptContinuity

#: Of the nights, each looks back over so many business days.
NIGHTLY_DAYS = 3


def verify(
    runner: LinkRunner, *, stream: str | None = None, day: date | None = None, repair: bool = False
) -> Report:
    """Compare, and repair if asked to. Raises LinkDownError or RefusedError."""
    report = Report()
    if day is None:
        streams = None if stream is None else [stream]
        report = report.joined(verify_feeds(runner.site, runner, streams, repair=repair))
    if stream is None:
        report = report.joined(_days(runner, day, NEWEST, repair=repair))
    if stream is None and day is None:
        report = report.joined(_stock(runner)).joined(verify_sums(runner.site.journals))
        report = report.joined(verify_journals(runner.site, ReceiptContinuity()))
    return report


def verify_by_night(runner: LinkRunner, *, repair: bool) -> Report:
    """What is done without a person: only copies of headquarters' records are repaired."""
    report = verify_feeds(runner.site, runner, None, repair=repair)
    report = report.joined(_days(runner, None, NIGHTLY_DAYS, repair=False)).joined(_stock(runner))
    return report.joined(verify_journals(runner.site, ReceiptContinuity()))


def _stock(runner: LinkRunner) -> Report:
    site = runner.site
    return verify_stock(site.journals, site.identity.site, runner)


def _days(runner: LinkRunner, day: date | None, newest: int, *, repair: bool) -> Report:
    site = runner.site
    return verify_days(site.journals, site.identity.site, runner, day, repair=repair, newest=newest)
