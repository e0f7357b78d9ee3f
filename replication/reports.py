"""What a child reports to its parent, and what it notes for itself outside its database.

status   positions in the feeds, of this site and of those below; backlog, quarantine, trouble
send     the status, when it says something new, and now and then as a sign of life
mark     how far the own journal has come, in a file that no backup of the database holds
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from replication import incarnation, journal, outbox, position, self_report
from replication.messages import PositionReport, SiteStatus, Status
from replication.site import Site
from replication.streams import journal_of
from replication.transport.base import Transport
from schemas.tables.base import reading
from schemas.tables.link import position_report, site_status
from schemas.wire.batch import WIRE_VERSION


class Reports:
    """Composes and sends a site's reports; `trouble` is what a person must look at."""

    def __init__(
        self, site: Site, transport: Callable[[], Transport], trouble: Callable[[], str | None]
    ) -> None:
        self._site = site
        self._transport = transport
        self._trouble = trouble
        self._stream = journal_of(site.identity.site)
        self._last: tuple[Status | None, float] = (None, 0.0)
        self._told_through: datetime | None = None
        self._noted: incarnation.Mark | None = None

    def status(self) -> Status:
        """What would be reported just now."""
        return self._compose()[0]

    def send(self, alive: float) -> float:
        """Report if there is something new, or nothing was said for `alive` seconds; how many seconds
        that took, 0 when nothing was said.
        """
        status, newest = self._compose()
        last, sent = self._last
        # Not the site's clock, which may jump or be simulated: how long ago is a matter of real time.
        begun = time.monotonic()
        if last is not None and _same(last, status) and begun - sent <= alive:
            return 0.0
        self._transport().status(status)
        self._last = (status, time.monotonic())
        self._told_through = newest
        return time.monotonic() - begun

    def write_mark(self) -> None:
        """Note outside the database how far the journal has come."""
        with reading(self._site.journals) as connection:
            present = incarnation.present(connection, self._site.identity.site)
            head = journal.head_of(connection, self._stream)
        if present is None:
            return
        mark = incarnation.Mark(present.name, head.epoch, head.sequence)
        if mark != self._noted:
            incarnation.write_mark(self._site.recovery.mark, mark)
            self._noted = mark

    def _compose(self) -> tuple[Status, datetime | None]:
        identity = self._site.identity
        with reading(self._site.journals) as journals, reading(self._site.feeds) as feeds:
            box = outbox.look(journals, feeds, self._stream)
            reports = [
                PositionReport(site=identity.site, stream=one.stream, epoch=one.epoch,
                               through=one.through, applied_at=one.applied_at)
                for one in position.all_feeds(feeds)
                if one.applied_at is not None and not one.loading
            ]  # fmt: skip
            newest: datetime | None = None
            below: list[PositionReport] = []
            sites: list[SiteStatus] = []
            if self._site.outlet.relays:
                newest, below = self._reports_below(feeds)
                sites = [
                    SiteStatus.model_validate(row.status)
                    for row in feeds.execute(select(site_status).order_by(site_status.c.site))
                ]
            told = self_report.compose(journals, feeds, box, self._trouble())
        detail = dict(self._site.detail()) | told
        own = SiteStatus(
            site=identity.site, parent=identity.parent or "", clock=self._site.outlet.clock(),
            wire=WIRE_VERSION, pending=box.pending, oldest_unsent=box.oldest,
            quarantine=int(detail.pop("quarantine", 0)), detail=detail,
        )  # fmt: skip
        return Status(reports=reports + below, sites=[own, *sites]), newest

    def _reports_below(
        self, connection: Connection
    ) -> tuple[datetime | None, list[PositionReport]]:
        query = select(position_report).order_by(position_report.c.received)
        if self._told_through is not None:
            # A report may commit after a younger one was sent: look back a little, repeats are harmless.
            query = query.where(position_report.c.received >= self._told_through)
        rows = list(connection.execute(query))
        reports = [
            PositionReport(site=row.site, stream=row.stream, epoch=row.epoch, through=row.through,
                           applied_at=row.applied_at)
            for row in rows
        ]  # fmt: skip
        return (rows[-1].received if rows else self._told_through), reports


def _same(one: Status, other: Status) -> bool:
    """Whether two reports say the same, their clocks aside."""

    def bare(status: Status) -> list[dict[str, Any]]:
        return [site.model_dump(exclude={"clock"}) for site in status.sites]

    return one.reports == other.reports and bare(one) == bare(other)
