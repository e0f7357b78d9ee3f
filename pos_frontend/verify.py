"""Verifying a lane: its feeds against the branch, its own journal and its receipt numbers.

The command works beside a running lane: it writes nothing but what it repairs, in catalogue.db.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pos_frontend import databases
from pos_frontend.link_site import link_site
from pos_frontend.recovery import recovery_of
from pos_frontend.settings import LaneSettings
from replication import identity
from replication.clock import clock_of
from replication.findings import Report
from replication.runner import LinkRunner
from replication.transport.http import HttpTransport
from replication.verify_site import verify_feeds, verify_journals
from schemas.tables.base import reading
from schemas.tables.receipt_continuity import ReceiptContinuity


def verify(runner: LinkRunner, *, stream: str | None = None, repair: bool = False) -> Report:
    """Compare, and repair if asked to. Raises LinkDownError or RefusedError."""
    if stream is not None:
        return verify_feeds(runner.site, runner, [stream], repair=repair)
    report = verify_feeds(runner.site, runner, None, repair=repair)
    return report.joined(verify_journals(runner.site, ReceiptContinuity()))


@contextmanager
def asking(settings: LaneSettings) -> Iterator[LinkRunner]:
    """The lane's link for questions alone; its loops are not started."""
    with (
        databases.for_sync(settings.data) as both,
        databases.journal_writer(settings.data) as writer,
    ):
        with reading(both.journal) as connection:
            lane = identity.load(connection)
        back = recovery_of(writer, lane.site, clock_of(settings.clock), settings.data)
        site = link_site(lane, both.journal, both.catalogue, back)
        transport = HttpTransport(settings.parent, lane)
        try:
            yield LinkRunner(site, transport)
        finally:
            transport.close()
