"""A lane at work: the till and its page in this process, sync in a child, receipts on a thread.

    start   databases (refused unless migrated) ─ who we are ─ devices ─ sync ─ page ─ till.json
    stop    SIGTERM or SIGINT ─ page ─ sync ─ receipts that wait ─ databases

`till.json` in the data directory tells whoever runs on this machine as this user where the till is
served: {"url", "token", "pid"}. It is written when the till answers, and removed when it stops.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
import uvicorn
from starlette.applications import Starlette

from pos_frontend import databases
from pos_frontend.asking import inquiry_desk
from pos_frontend.attendance import Attendance
from pos_frontend.authority import Door
from pos_frontend.catalogue import Catalogue
from pos_frontend.databases import Databases
from pos_frontend.devices.doubtful import NEWEST, Doubtful
from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.opening import Counter, counter_of, printer_of
from pos_frontend.devices.practice import PracticePrinting
from pos_frontend.devices.spool import Spool
from pos_frontend.devices.style import style_of
from pos_frontend.errors import TillError
from pos_frontend.garbage import leave_what_stays
from pos_frontend.grant_renewal import GrantRenewal
from pos_frontend.health import HealthCheck
from pos_frontend.journal import LaneJournal
from pos_frontend.kept_basket import KeptBasket
from pos_frontend.lane import Lane
from pos_frontend.language import text
from pos_frontend.lookup import Lookups
from pos_frontend.messages import Messages
from pos_frontend.momentary import Momentary
from pos_frontend.recovery import recovery_of
from pos_frontend.redeeming import Redemptions
from pos_frontend.screen.desk import Desk
from pos_frontend.screen.server import Page
from pos_frontend.settings import LaneSettings
from pos_frontend.shared_baskets import SharedBaskets
from pos_frontend.status import StatusBoard
from pos_frontend.supervisor import Supervisor, sync_command
from pos_frontend.till import Till
from pos_frontend.training import Station, Training
from replication import identity, recovery
from replication.clock import clock_of
from replication.sealing import MEMBER_KEY
from replication.serving import plain_logs
from replication.transport.http_inquiry import HttpInquirer
from schemas.tables.base import reading

_log = structlog.get_logger(__name__)
ADDRESS_FILE = "till.json"
_TURN = 0.0005


def serve(settings: LaneSettings, settings_path: Path) -> None:
    """Run the lane until it is told to stop."""
    # Receipts are drawn on another thread of this process: let it hold the interpreter for half a
    # millisecond at a time, not five, before a scan gets its turn.
    sys.setswitchinterval(_TURN)
    plain_logs()
    listening = _listen(settings)
    host, port = settings.web.host, listening.getsockname()[1]
    doubtful = Doubtful(settings.data)
    spool = Spool(printer_of(settings), style_of(settings), doubtful=doubtful)
    counter = counter_of(settings)
    supervisor = Supervisor(sync_command(settings_path))
    with databases.for_till(settings.data) as both:
        _begin(settings, both)
        kept = KeptBasket(settings.data)
        desk = assemble(settings, both, spool, supervisor, counter, kept)
        page = Page(desk, f"http://{host}:{port}", settings.keys)
        leave_what_stays()
        with _running(spool, supervisor, counter, kept, desk):
            _serve_page(page, listening, settings.data / ADDRESS_FILE)


def _begin(settings: LaneSettings, both: Databases) -> None:
    """Notice a restored database before its first sale, and begin this start."""
    with reading(both.journal) as connection:
        lane = identity.load(connection)
    clock = clock_of(settings.clock)
    restored = recovery.start(recovery_of(both.journal, lane.site, clock, settings.data))
    if restored is not None:
        _log.warning("journal.db was restored, receipt numbers jump", why=restored)


def assemble(
    settings: LaneSettings,
    both: Databases,
    spool: Spool,
    supervisor: Supervisor,
    counter: Counter,
    kept: KeptBasket,
) -> Desk:
    """Wire a till to its databases, its devices and its line. Raises NotEnrolledError."""
    with reading(both.journal) as connection:
        site = identity.load(connection)
    catalogue = Catalogue(both.catalogue)
    watched = settings.self_checkout
    attendance = Attendance(watched, catalogue) if watched.enabled else None
    lane = Lane(
        site=site.site,
        branch=site.site.partition(".")[0],
        catalogue=catalogue,
        journal=LaneJournal(both.journal, site.site),
        printing=spool,
        keeping=kept,
        clock=clock_of(settings.clock),
        unknown_name=lambda: text(settings.language, "receipt.unknown_item"),
        scale=counter.scale,
        payments=counter.payments,
        attendance=attendance,
        member_key=site.secrets.get(MEMBER_KEY, ""),
    )
    door = Door(catalogue, standing=attendance.standing) if attendance else Door(catalogue)
    till = Till(lane, door)
    # Now, not while the first thing is scanned: a thousand promotions take a tenth of a second.
    till.offers.refresh()
    _resume_printing(spool, lane, till)
    messages = Messages(catalogue, settings.data, site.site, lane.clock)
    board = StatusBoard(
        site.site, both, supervisor.state, spool.state, counter.conditions, messages
    )
    asking = inquiry_desk(lane, settings.data, HttpInquirer(settings.parent, site))
    current = settings.resume.prices == "current"
    marked = PracticePrinting(spool.submit_sheet)
    station = Station(
        lane,
        till,
        Lookups(asking, settings.data),
        SharedBaskets(asking, lane.journal.suspended, current_prices=current),
        Redemptions(asking, lane.journal.grants, lane.clock),
        GrantRenewal(asking, lane.journal.grants, lane.clock),
    )
    return Desk(
        station, board, settings.language, counter, HealthCheck(lane, spool, counter),
        Training(lane, settings.data, door, marked, current_prices=current),
        Momentary(supervisor.tell, lane.clock, messages),
    )  # fmt: skip


def _resume_printing(spool: Spool, lane: Lane, till: Till) -> None:
    """Offer as copies what was not printed when the till ended, while its shift is open."""
    if till.shift is None or not spool.state().configured:
        return
    try:
        at = till.terms(lane.clock())
    except TillError:
        return  # not loaded yet: nothing was sold
    spool.doubtful.resume(
        lane.journal.tickets_of(till.shift, NEWEST),
        lambda ticket: Receipt.made(ticket, at),
    )


@contextmanager
def _running(
    spool: Spool, supervisor: Supervisor, counter: Counter, kept: KeptBasket, desk: Desk
) -> Iterator[None]:
    spool.start()
    counter.start()
    kept.start()
    supervisor.start()
    try:
        yield
    finally:
        desk.close()
        supervisor.stop()
        kept.stop()
        counter.stop()
        spool.stop()


class _Server(uvicorn.Server):
    """Writes the address file when the page is served."""

    def __init__(self, page: Page, application: Starlette, address_file: Path) -> None:
        config = uvicorn.Config(
            application, log_config=None, access_log=False, ws="websockets-sansio",
            ws_max_size=64 * 1024, ws_per_message_deflate=False, timeout_graceful_shutdown=3,
        )  # fmt: skip
        super().__init__(config)
        self._page = page
        self._address_file = address_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        told = {"url": self._page.address, "token": self._page.token, "pid": os.getpid()}
        fresh = self._address_file.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(told), "utf-8")
        fresh.replace(self._address_file)


def _serve_page(page: Page, listening: socket.socket, address_file: Path) -> None:
    # uvicorn raises the signal that stopped it once more, for whoever started it: let it pass.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    try:
        _Server(page, page.application(), address_file).run(sockets=[listening])
    finally:
        address_file.unlink(missing_ok=True)


def _listen(settings: LaneSettings) -> socket.socket:
    """Take the port before anything is started, so that a second till on it ends at once."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((settings.web.host, settings.web.port))
    return listening
