"""The long polls of a parent's children: who asks in one moment is looked after together.

    ask ──▶ gathered ──▶ where the feeds stand: one look for all ──▶ batches that are in memory
                                     │                                  └─ noted as sent, answered
                                     └─ a batch that nobody wanted before: cut on a thread, once for
                                        all who want it; the others do not wait for that

A price that wakes a thousand branches costs one look, one cut and one note of a thousand rows, and
no thread per branch. No answer is older than its question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace

from anyio import CapacityLimiter, to_thread

from replication.feed_office import Answer, Restart, Unprepared, Want
from replication.messages import Fetch, RestartOrder
from replication.parent import Parent, order_of

#: Cuts of fresh branches take long; so many at a time, on threads that pushes do not use.
_CUTTING = 4


@dataclass(frozen=True, slots=True)
class _Poll:
    site: str
    wants: tuple[Want, ...]
    answer: asyncio.Future[bytes | RestartOrder | None]

    def without(self, want: Want) -> _Poll:
        """The same poll, of which there turned out to be nothing in this feed nor in those before."""
        return replace(self, wants=self.wants[self.wants.index(want) + 1 :])


class LongPolls:
    """Answers fetches on the event loop's thread; what takes the database runs on others."""

    def __init__(self, parent: Parent) -> None:
        self._parent = parent
        self._asking: list[_Poll] = []
        self._looking = False
        self._preparing: dict[Want, list[_Poll]] = {}
        self._cutting = CapacityLimiter(_CUTTING)
        # The loop itself keeps no task alive.
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, site: str, fetch: Fetch) -> bytes | RestartOrder | None:
        """See `Parent.fetch`."""
        wants = self._parent.wants(site, fetch)
        poll = _Poll(site, wants, asyncio.get_running_loop().create_future())
        self._look_again(poll)
        return await poll.answer

    def _look_again(self, poll: _Poll) -> None:
        self._asking.append(poll)
        if not self._looking:
            self._looking = True
            self._begin(self._look_for_all())

    async def _look_for_all(self) -> None:
        try:
            while self._asking:
                polls, self._asking = self._asking, []
                try:
                    await self._look_for(polls)
                except Exception as error:  # noqa: BLE001 - told to each who asked
                    _fail(polls, error)
        finally:
            self._looking = False

    async def _look_for(self, polls: Sequence[_Poll]) -> None:
        feeds = self._parent.feeds
        names = {want.stream for poll in polls for want in poll.wants}
        standings = await to_thread.run_sync(feeds.look, names)
        found: list[tuple[_Poll, Answer]] = []
        for poll in polls:
            answers = (feeds.at_hand(want, standings.get(want.stream)) for want in poll.wants)
            answer = next((one for one in answers if one is not None), None)
            if isinstance(answer, Unprepared):
                self._join(poll, answer)
            else:
                found.append((poll, answer))
        await self._answer(found)

    def _join(self, poll: _Poll, unprepared: Unprepared) -> None:
        """Let a poll wait for what is being prepared, or have it prepared."""
        waiting = self._preparing.get(unprepared.want)
        if waiting is not None:
            waiting.append(poll)
            return
        self._preparing[unprepared.want] = [poll]
        self._begin(self._prepare(unprepared))

    async def _prepare(self, unprepared: Unprepared) -> None:
        polls = self._preparing[unprepared.want]
        try:
            answer = await to_thread.run_sync(
                self._parent.feeds.prepare, unprepared, limiter=self._cutting
            )
            # Whoever comes from here on finds it in memory.
            del self._preparing[unprepared.want]
            if answer is None:
                for poll in polls:
                    self._look_again(poll.without(unprepared.want))
            else:
                await self._answer([(poll, answer) for poll in polls])
        except Exception as error:  # noqa: BLE001 - told to each who waits for it
            self._preparing.pop(unprepared.want, None)
            _fail(polls, error)

    async def _answer(self, found: Sequence[tuple[_Poll, Answer]]) -> None:
        sent = [(poll.site, answer) for poll, answer in found if isinstance(answer, bytes)]
        if sent:
            await to_thread.run_sync(self._parent.note_sent, sent)
        for poll, answer in found:
            if not poll.answer.done():
                order = order_of(answer) if isinstance(answer, Restart) else answer
                poll.answer.set_result(order)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _fail(polls: Sequence[_Poll], error: Exception) -> None:
    for poll in polls:
        if not poll.answer.done():
            poll.answer.set_exception(error)
