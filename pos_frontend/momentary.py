"""What the till tells of the moment: composed beside the sale, handed to the sync process, never waited for.

    till's thread, now and then ──▶ a line of JSON, if it says something new ──▶ the sync process' standard
    input, if there is room for it ──▶ the branch, at most once a second (`moment_sender`)

It passes through the pipe by which the sync process sees the till end, so that no disk is written: a
line takes some ten microseconds of the till's thread, where a durable file takes milliseconds.
What finds no room is left out, for the next one says more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version

from pos_frontend.messages import Messages
from pos_frontend.status import Status
from pos_frontend.till import Till
from replication.clock import Clock
from schemas.wire.moment import Moment

#: Takes a line at once, or leaves it.
Tell = Callable[[bytes], bool]


class Momentary:
    """Composes the moments of one lane and hands them to `tell`."""

    def __init__(self, tell: Tell, clock: Clock, messages: Messages) -> None:
        self._tell = tell
        self._clock = clock
        self._messages = messages
        self._version = version("chainwright")
        self._state: tuple[str, str, str] = ("", "", "")
        self._since: datetime = clock()
        self._told: Moment | None = None

    def look(self, till: Till, status: Status, *, training: bool) -> None:
        """Tell what is new. To be called on the till's thread."""
        moment = self._moment(till, status, training=training)
        if self._told is not None and moment == self._told.model_copy(update={"at": moment.at}):
            return
        if self._tell(moment.model_dump_json(exclude_defaults=True).encode()):
            self._told = moment

    def _moment(self, till: Till, status: Status, *, training: bool) -> Moment:
        now = self._clock()
        operator = till.operator.operator if till.operator else ""
        state = "training" if training else _state(till)
        sale = None if training else till.sale
        basket = till.basket_uuid if state in {"selling", "tendering"} else ""
        if self._state != (state, operator, basket):
            self._state, self._since = (state, operator, basket), now
        return Moment(
            at=now,
            since=self._since,
            state=state,
            operator=operator,
            total=sale.totals.total if sale else 0,
            lines=sum(not line.voided for line in sale.basket.lines) if sale else 0,
            unsent=status.unsent,
            printer=status.printer.state if status.printer.configured else "none",
            waiting=status.printer.waiting,
            version=self._version,
            seen=self._messages.seen,
        )


def _state(till: Till) -> str:
    match till.state:
        case "signed_out":
            return "closed" if till.shift is None else "locked"
        case "opening":
            return "opening"
        case "selling":
            return "idle" if till.sale is None or till.sale.is_empty() else "selling"
        case _:
            return "tendering"
