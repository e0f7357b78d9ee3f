"""The lane monitor (收银机监控): all lanes on one screen as they are this moment, and a word to them.

The page is whole as it is loaded; a small module keeps it in step by server-sent events, see
`monitor_stream`. Without scripts it is read as it is, and loaded again by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response, StreamingResponse

from branch import board_reading, messages, profile
from branch.board import Board, OnBoard
from branch.messages import LONGEST, Sending
from branch.profile import Profile
from branch.voice import Voice
from branch.web import monitor_words
from branch.web.monitor_stream import Follower, MonitorStream
from branch.web.office import Office
from branch.web.staff import names
from replication.console.app import Page, PageError
from replication.console.languages import msgid
from schemas.wire.records import LaneMessage

_SENT = msgid("The message is on its way.")
_TAKEN_BACK = msgid("The message is taken back.")
_NO_TIME = msgid("Say for how many minutes the message holds.")
_SEEN = msgid("%(lane)s: %(operator)s, %(time)s")
_UNSEEN = msgid("Seen by nobody yet")
#: Up to so many lanes have large cards.
_FEW = 12


@dataclass(slots=True)
class Monitor:
    """The board as pages show it; profile and names are read with it."""

    office: Office
    profile: Profile
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def board(self) -> Board:
        """The lanes."""
        return self.office.branch.board

    def refresh(self) -> None:
        """Read what the database says. On a thread."""
        self.board.stale = False
        branch = self.office.branch
        with branch.engine.connect() as connection:
            self.read(connection)

    def read(self, connection: Connection) -> None:
        """The same over a connection."""
        code, board = self.office.code, self.board
        now = self.office.branch.clock()
        board.take(board_reading.read(connection, code, now, board.business_date))
        self.profile = profile.find_or_bare(connection, code)
        self.names = names(connection)

    def voice(self, page: Page) -> Voice:
        """How to speak to a page, with what was last read."""
        return Voice(page.language, page.translations, self.profile, self.names)

    def words(self, page: Page, lanes: Sequence[OnBoard]) -> dict[str, Any]:
        """The parts of a frame: these lanes' cards, and who has seen which message."""
        voice, date = self.voice(page), self.board.business_date
        cards = {one.lane: monitor_words.card(voice, one, date).as_json() for one in lanes}
        told = self.holding()
        return {"cards": cards, "messages": {one.message: self.seen(voice, one) for one in told}}

    def holding(self) -> list[LaneMessage]:
        """The messages whose time is not over."""
        now = self.office.branch.clock()
        return [one for one in self.board.messages if one.until > now]

    def seen(self, voice: Voice, message: LaneMessage) -> str:
        """Who has seen a message, where and when."""
        _, lanes = self.board.look()
        said = [
            voice.text(_SEEN, lane=one.lane, operator=seen.operator, time=voice.time(seen.at))
            for one in lanes
            if one.moment is not None
            for seen in one.moment.seen
            if seen.message == message.message
        ]
        return " · ".join(said) or voice.text(_UNSEEN)


def add(office: Office) -> None:
    """Declare the pages."""
    branch = office.branch
    monitor = Monitor(office, Profile(office.code, office.code, "UTC", "XXX"))
    stream = MonitorStream(
        monitor.board, monitor.refresh, lambda: branch.link.bell.closed, branch.clock
    )

    @office.page("/monitor")
    def show(page: Page) -> Response:
        return _show(monitor, page)

    @office.page("/monitor/live")
    def live(page: Page) -> Response:
        last = page.request.headers.get("last-event-id", "")
        follower = Follower(page.language, lambda lanes: monitor.words(page, lanes), last)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream.follow(follower), headers=headers,
                                 media_type="text/event-stream")  # fmt: skip

    @office.page("/monitor/messages", methods=("POST",))
    def send(page: Page) -> Response:
        form = page.form
        if not form["minutes"].isdecimal():
            raise PageError(page.gettext(_NO_TIME))
        asked = Sending(
            form["lane"], form["text"], int(form["minutes"]), page.user.operator, page.user.name
        )
        with office.writing(page) as connection:
            messages.send(connection, office.code, asked, page.now)
        monitor.board.went_stale()
        return office.console.redirect(page, "/monitor", page.gettext(_SENT))

    @office.page("/monitor/messages/{message}/take-back", methods=("POST",))
    def take_back(page: Page) -> Response:
        with office.writing(page) as connection:
            messages.take_back(
                connection, office.code, page.path["message"], page.user.operator, page.now
            )
        monitor.board.went_stale()
        return office.console.redirect(page, "/monitor", page.gettext(_TAKEN_BACK))


def _show(monitor: Monitor, page: Page) -> Response:
    monitor.refresh()
    voice = monitor.voice(page)
    _, lanes = monitor.board.look()
    date = monitor.board.business_date
    return monitor.office.render(
        page,
        "monitor.html",
        voice,
        cards=[monitor_words.card(voice, one, date) for one in lanes],
        few=len(lanes) <= _FEW,
        date=date,
        messages=[(one, monitor.seen(voice, one)) for one in monitor.holding()],
        lane_options=[(one.lane, one.lane) for one in lanes],
        to=page.query.get("to", ""),
        longest=LONGEST,
    )
