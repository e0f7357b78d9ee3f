"""Keeps this lane in grants (rule 18): asked for beside the till, when the line is up.

    when                                        what is done
    the till starts, or the line comes back     headquarters is asked
    a grant ended, or is nearly used up         it is ended, then headquarters is asked for another
    an hour after it was answered               it is asked: the policy may have changed
    it did not answer                           it is asked again a minute later
    the line is down                            nobody is asked, and what is over is ended

The clock alone never makes room: a grant is used up once, and another comes from headquarters alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError

from pos_frontend.basket import Sale
from pos_frontend.grants import LaneGrants
from replication.clock import Clock
from replication.inquiry import BusyError, Tick
from replication.inquiry_desk import InquiryDesk, Underway
from schemas.wire.redemption import GRANT, body_of, read_grants

_log = structlog.get_logger(__name__)
_LOOK = 60.0
_ANEW = 3600.0


class GrantRenewal:
    """Asks for the grants of one lane. To be turned on the till's thread, now and then."""

    def __init__(
        self, desk: InquiryDesk, grants: LaneGrants, clock: Clock, tick: Tick = time.monotonic
    ) -> None:
        self._desk = desk
        self._grants = grants
        self._clock = clock
        self._tick = tick
        self._underway: Underway | None = None
        self._was_up = False
        self._look = self._ask = tick()

    def turn(self, *, line_up: bool, sale: Sale | None) -> None:
        """Do what is due; `sale` is the one in hand. It waits for nothing but the lane's own disk."""
        if self._underway is not None:
            if not self._underway.has_ended and self._underway.remaining():
                return
            underway, self._underway = self._underway, None
            self._guarded(lambda: self._take(underway))
        now = self._tick()
        if line_up and not self._was_up:
            self._look = self._ask = now
        self._was_up = line_up
        if now >= self._look:
            self._look = now + _LOOK
            self._guarded(lambda: self._see_to(sale, line_up=line_up))

    def _see_to(self, sale: Sale | None, *, line_up: bool) -> None:
        over = self._grants.end(self._clock(), sale, line_up=line_up)
        if line_up and (over or self._tick() >= self._ask):
            self._underway = self._desk.ask(GRANT, body_of(self._grants.wanted()))

    def _take(self, underway: Underway) -> None:
        answer = underway.wait()  # it has ended, or its time is over
        if not answer.complete:
            return
        if answer.outcome == "found":
            self._grants.take(read_grants(answer.body).grants)
        else:
            _log.warning(
                "no grants are given to this lane", outcome=answer.outcome, said=answer.body
            )
        self._ask = self._tick() + _ANEW

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (BusyError, DBAPIError, ValueError) as error:
            # Selling goes on with the grants that are held; the next turn tries again.
            _log.warning("the lane's grants could not be seen to", error=str(error))
