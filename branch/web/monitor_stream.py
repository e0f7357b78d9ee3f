"""What open monitor pages are sent: one computation for all of them, at most one frame a second.

    a page comes ──▶ what it lacks: all, or what changed since the frame that it names
    every second ──▶ the board is looked at once; if something changed, each language's frame is made
                     once, and the same bytes go to every page
    nothing for a while ──▶ a comment, so that both ends know the line to be alive
    after some minutes  ──▶ the stream ends; the browser comes back by itself and proves anew who it is

Nothing runs while no page is open. A frame's id is the count of the board's changes, under this start's
name: a page that comes back after a restart gets everything.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anyio import to_thread

from branch.board import Board, OnBoard

#: Makes the parts of a frame in one language: of these lanes, and of what is told of all.
Words = Callable[[Sequence[OnBoard]], dict[str, Any]]

_SECOND = 1.0
_HEARTBEAT = 10
_LONGEST = 300
#: Frames that pages may still ask for; older ones are made again.
_KEPT = 16
#: What a browser waits before it comes back, in milliseconds.
_RETRY = 2_000


@dataclass(frozen=True, slots=True)
class Follower:
    """A page that follows: its language, how that is spoken, and the frame that it has, if any."""

    language: str
    words: Words
    last: str = ""


class MonitorStream:
    """The frames of one board. `refresh` reads the database into it, on a thread; `closed` says that the
    site is about to end. To be used on the event loop.
    """

    def __init__(
        self, board: Board, refresh: Callable[[], None], closed: Callable[[], bool],
        clock: Callable[[], datetime], *, second: float = _SECOND,
    ) -> None:  # fmt: skip
        self._board = board
        self._refresh = refresh
        self._closed = closed
        self._clock = clock
        self._second = second
        self._start = secrets.token_hex(4)
        self._made: dict[tuple[str, int, int], bytes] = {}
        self._looked: asyncio.Future[int] | None = None
        self._task: asyncio.Task[None] | None = None
        self.computed = 0

    async def follow(self, follower: Follower) -> AsyncIterator[bytes]:
        """The frames for one page, until it should come back."""
        yield f"retry: {_RETRY}\n\n".encode()
        at = self._known(follower.last)
        quiet = _HEARTBEAT if at else 0
        if not at:
            at = await self._look_once()
            yield self._frame(follower, 0, at)
        for _ in range(_LONGEST):
            now = await self._next_look()
            if self._closed():
                return
            if now > at:
                yield self._frame(follower, at, now)
                at, quiet = now, 0
                continue
            quiet += 1
            if quiet >= _HEARTBEAT:
                yield b": alive\n\n"
                quiet = 0

    def _known(self, last: str) -> int:
        """The count of the frame that a page has; nought when it is of another start, or none."""
        start, _, count = last.partition("-")
        if start != self._start or not count.isdecimal():
            return 0
        return int(count)

    async def _next_look(self) -> int:
        """Wait for the next look at the board, which is one for all who wait."""
        if self._looked is None or self._looked.done():
            self._looked = asyncio.get_running_loop().create_future()
            self._task = asyncio.create_task(self._look_later(self._looked))
        return await asyncio.shield(self._looked)

    async def _look_later(self, looked: asyncio.Future[int]) -> None:
        await asyncio.sleep(self._second)
        try:
            count = await self._look_once()
        except Exception as error:  # noqa: BLE001 - told to every page, which comes back by itself
            looked.set_exception(error)
        else:
            looked.set_result(count)

    async def _look_once(self) -> int:
        if self._board.stale:
            await to_thread.run_sync(self._refresh)
        return self._board.look()[0]

    def _frame(self, follower: Follower, since: int, until: int) -> bytes:
        """The frame of one language between two counts; made once."""
        key = (follower.language, since, until)
        made = self._made.get(key)
        if made is None:
            # Of all that changed since, though some of it a moment after the count was taken: it is told
            # again with the next one.
            _, lanes = self._board.look(since)
            told = {"now": self._clock().isoformat(), "full": since == 0}
            if since < self._board.general:
                told |= {"lanes": self._board.lanes()}
            told |= follower.words(lanes)
            text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
            made = f"id: {self._start}-{until}\nevent: frame\ndata: {text}\n\n".encode()
            self.computed += 1
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[key] = made
        return made
