"""A site's desk for inquiries: answers what the site knows, asks on for the rest, and is never late.

    taken ──decide here──▶ decided, and what follows is written ────▶ ended: complete     (`decision`)
    taken ──look here──▶ certain, or nobody above ─────────────────▶ ended: complete
                    └──▶ asking on ──answer──▶ ended: the answer from above
                                   └─no answer─▶ ended: what was found here, and why
    deadline, cancel ──▶ ended at once, wherever it stood; what the work still brings is dropped

The work is done on threads of the desk; whoever waits, waits on `Underway`, which keeps the deadline
even when a thread hangs in a dead line or a database. A thread that hangs still counts against the
desk's limits, so their number is bounded, and one site cannot take them all.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid as uuids
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, text

from replication.decision import Decisions
from replication.errors import RefusedError
from replication.inquiry import (
    LONGEST,
    SECONDS,
    WAY_BACK,
    Above,
    Answerer,
    BusyError,
    Counts,
    Finding,
    Limits,
    NotAnsweredError,
    Tick,
    Why,
)
from replication.messages import Inquiry, InquiryAnswer
from replication.peers import key_of_peer
from schemas.tables.base import reading

_log = structlog.get_logger(__name__)
_CANCELLED_KEPT = 1000
_UNKNOWN = Finding("unknown")


class Underway:
    """One inquiry being worked on. It ends exactly once."""

    def __init__(self, inquiry: Inquiry, site: str, tick: Tick, counts: Counts) -> None:
        self.inquiry = inquiry
        self.found = _UNKNOWN
        self.asked_on = False
        self._site = site
        self._tick = tick
        self._until = tick() + min(inquiry.budget_ms / 1000, LONGEST)
        self._counts = counts
        self._ending = threading.Lock()
        self._answer: Future[InquiryAnswer] = Future()

    @property
    def has_ended(self) -> bool:
        """Whether there is an answer."""
        return self._answer.done()

    def remaining(self) -> float:
        """Seconds until the deadline, 0 when it has passed."""
        return max(0.0, self._until - self._tick())

    def end(self, answer: InquiryAnswer) -> bool:
        """End with this answer; False when it has ended before, which changes nothing."""
        with self._ending:
            if self._answer.done():
                return False
            self._counts.ended(answer)
            self._answer.set_result(answer)
        return True

    def end_here(self, why: Why | None = None) -> bool:
        """End with what this site knows: all there is to know, unless `why` says otherwise."""
        return self.end(self.known_here(why))

    def known_here(self, why: str | None) -> InquiryAnswer:
        """What this site would say now."""
        found = Finding("unknown") if why == "cancelled" else self.found
        return InquiryAnswer(
            uuid=self.inquiry.uuid, outcome=found.outcome, answered_by=self._site,
            body=found.body, complete=why is None, why=why or "",
        )  # fmt: skip

    def wait(self) -> InquiryAnswer:
        """Wait for the answer, no longer than the deadline."""
        try:
            return self._answer.result(self.remaining())
        except TimeoutError:
            self.end_here("late")
            return self._answer.result()

    async def ended(self) -> InquiryAnswer:
        """The same for an event loop."""
        # `wait` leaves the future alone when its time is over; `wait_for` would cancel it.
        await asyncio.wait({asyncio.wrap_future(self._answer)}, timeout=self.remaining())
        self.end_here("late")
        return self._answer.result()


class InquiryDesk:
    """Takes inquiries from this site itself and from the sites below it.

    Its engine is its own, so that no other work takes its connections; `close` disposes it.
    """

    def __init__(
        self,
        site: str,
        engine: Engine,
        answerers: Mapping[str, Answerer],
        above: Above | None,
        limits: Limits | None = None,
        tick: Tick = time.monotonic,
        decisions: Decisions | None = None,
    ) -> None:
        self.site = site
        self.counts = Counts()
        self._engine = engine
        self._answerers = answerers
        self._above = above
        self._limits = limits or Limits()
        self._tick = tick
        self._decisions = decisions
        self._lock = threading.Lock()
        self._open: dict[tuple[str, str], Underway] = {}
        self._working: dict[str, int] = {}
        self._cancelled: OrderedDict[tuple[str, str], bool] = OrderedDict()
        self._workers = ThreadPoolExecutor(self._limits.total, thread_name_prefix="inquiry")
        self._cancels = ThreadPoolExecutor(1, thread_name_prefix="inquiry-cancel")

    def ask(
        self,
        kind: str,
        body: Mapping[str, Any],
        seconds: float = SECONDS,
        uuid: str | None = None,
    ) -> Underway:
        """Ask for this site itself; returns at once. Raises BusyError. The same question again, after an
        answer that did not come, has the `uuid` of before.
        """
        return self.take(
            self.site,
            Inquiry(
                uuid=uuid or str(uuids.uuid4()), kind=kind, body=body, asked_by=self.site,
                budget_ms=int(seconds * 1000),
            ),
        )  # fmt: skip

    def take(self, sender: str, inquiry: Inquiry) -> Underway:
        """Take an inquiry that `sender` brought, its own or of a site below it; returns at once.

        Raises BusyError, and RefusedError when `sender` speaks for a site that is not below it.
        """
        if inquiry.asked_by != sender and not inquiry.asked_by.startswith(f"{sender}."):
            message = f"{sender} may not ask for {inquiry.asked_by}"
            raise RefusedError("foreign_stream", message)
        key = (sender, inquiry.uuid)
        with self._lock:
            underway = self._open.get(key)
            if underway is not None:
                return underway
            self._admit(sender)
            underway = Underway(inquiry, self.site, self._tick, self.counts)
            self._open[key] = underway
            # A cancel ends the inquiry that it was for: asked once more, that is wanted again.
            cancelled = self._cancelled.pop(key, False)
        self.counts.asked()
        if cancelled:
            underway.end_here("cancelled")
        self._workers.submit(self._work, key, underway)
        return underway

    def cancel(self, sender: str, uuid: str) -> None:
        """End an inquiry that `sender` brought, here and above. One that comes after its cancel,
        because the two went different ways, is ended as it comes.
        """
        with self._lock:
            underway = self._open.get((sender, uuid))
            if underway is None:
                self._cancelled[sender, uuid] = True
                while len(self._cancelled) > _CANCELLED_KEPT:
                    self._cancelled.popitem(last=False)
                return
        # The worker sets `asked_on` before it looks whether the inquiry has ended: whichever comes
        # second sees the other's mark.
        if underway.end_here("cancelled") and underway.asked_on and self._above is not None:
            self._cancels.submit(self._above.cancel, uuid)

    def key_of(self, site: str) -> bytes:
        """The key of a child that may ask here. Raises RefusedError unknown_site or revoked."""
        with reading(self._engine) as connection:
            return key_of_peer(connection, site)

    def close(self) -> None:
        """Take no more, and do not wait for what is under way: its askers have their deadlines."""
        with self._lock:
            self._limits = Limits(0, 0)
        if self._above is not None:
            self._above.close()
        for pool in (self._workers, self._cancels):
            pool.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()

    def _admit(self, sender: str) -> None:
        mine = self._working.get(sender, 0)
        if mine >= self._limits.per_site or sum(self._working.values()) >= self._limits.total:
            raise BusyError(f"too many inquiries of {sender} are under way at {self.site}")
        self._working[sender] = mine + 1

    def _work(self, key: tuple[str, str], underway: Underway) -> None:
        try:
            self._answer(underway)
        except Exception:  # noqa: BLE001 - see below
            # A bug in answering must leave neither an asker without an answer nor a place taken.
            _log.exception("an inquiry failed", kind=underway.inquiry.kind, uuid=key[1])
            underway.end_here("failed")
        finally:
            with self._lock:
                del self._open[key]
                self._working[key[0]] -= 1
                if not self._working[key[0]]:
                    del self._working[key[0]]

    def _answer(self, underway: Underway) -> None:
        if underway.has_ended:
            return
        if self._decisions is not None and self._decisions.holds(underway.inquiry.kind):
            self._decide(underway, self._decisions)
            return
        trouble = self._look_here(underway)
        if underway.found.certain or (self._above is None and trouble is None):
            underway.end_here()
        elif self._above is None:
            underway.end_here(trouble)
        else:
            underway.asked_on = True
            if not underway.has_ended:
                underway.end(self._asked_on(underway, self._above))

    def _decide(self, underway: Underway, decisions: Decisions) -> None:
        """Decide, and tell it only when it is on the disk."""
        try:
            with self._engine.connect() as connection, connection.begin() as transaction:
                _hold_to(connection, underway.remaining())
                found = decisions.decide(connection, underway.inquiry)
                if underway.has_ended or not underway.remaining():
                    # Nobody waits for it any longer: it is not decided.
                    transaction.rollback()
                    underway.end_here("late")
        except ValueError as error:
            found = Finding("refused", {"reason": str(error)}, certain=True)
        if not underway.has_ended:
            underway.found = found
            underway.end_here()

    def _look_here(self, underway: Underway) -> Why | None:
        """Find what this site knows; why it could not be looked for, if it could not."""
        answerer = self._answerers.get(underway.inquiry.kind)
        if answerer is None:
            return "not_understood"
        try:
            with reading(self._engine) as connection:
                _hold_to(connection, underway.remaining())
                underway.found = answerer(connection, underway.inquiry.body)
        except ValueError as error:
            underway.found = Finding("refused", {"reason": str(error)}, certain=True)
        except Exception:  # noqa: BLE001 - see below
            # Those above may know although this site cannot look: the inquiry goes on.
            _log.exception("an inquiry could not be answered here", kind=underway.inquiry.kind)
            return "failed"
        return None

    @staticmethod
    def _asked_on(underway: Underway, above: Above) -> InquiryAnswer:
        try:
            answer = above.inquire(underway.inquiry, underway.remaining())
        except NotAnsweredError as error:
            _log.info("an inquiry was not answered above", why=error.why, error=str(error))
            return underway.known_here(error.why)
        if underway.found.joined is not None and answer.why != "not_understood":
            try:
                outcome, body = underway.found.joined(answer.outcome, answer.body)
            except ValueError as error:
                _log.warning("an answer from above does not read", error=str(error))
                return underway.known_here("not_understood")
            return answer.model_copy(update={"outcome": outcome, "body": body})
        found_here = underway.found.outcome != "unknown"
        if answer.outcome == "unknown" and (found_here or answer.why == "not_understood"):
            # Those above are no wiser: then what is known here counts.
            return answer if answer.complete else underway.known_here(answer.why)
        return answer


def _hold_to(connection: Connection, seconds: float) -> None:
    """Let a database give up a question when its asker is gone."""
    if connection.dialect.name == "postgresql":
        limit = int((seconds + WAY_BACK) * 1000)
        connection.execute(text(f"SET LOCAL statement_timeout = {limit}"))
