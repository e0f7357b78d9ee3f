"""Who is served when many come at once: one batch at a time per child, in fair turns over the children.

    a child comes                               what happens
    a place to work is free, and nobody waits   served
    all are taken                               waits, up to `patience` seconds, in the order of places
    it is being served already                  waits behind itself: its batches never overtake each other
    the room is full                            whoever has the youngest place is told to come back
    its patience is over                        told to come back

A place is the moment at which a child first came with what it has not been served with yet. Who was
told to come back keeps it, so every time it returns it stands further ahead, and nobody is turned away
for ever; a child that was served draws a new place, behind all who wait. So one child with a
thousandfold backlog is one among many, and a child with a single ticket waits for no more than the
others' batches.

When to come back is told with jitter, and later the more are expected: a thousand children that return
in the same minute spread out over the time that they need. Nothing here is remembered that matters:
after a restart everybody draws anew.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from replication.errors import RefusedError

#: How many batches are worked on at once; more would only wait for the same disk.
AT_ONCE = 8
_ROOM = 64
_PATIENCE = 4.0
_SHORTEST_RETURN, _LONGEST_RETURN = 1.0, 60.0
#: A first guess at the seconds that a batch takes, before any was measured, and a newer one's weight.
_FIRST_GUESS = 0.1
_WEIGHT = 0.1
#: Who does not return for so many times the wait that it was told loses its place.
_PLACE_KEPT = 5.0


@dataclass(slots=True)
class Turn:
    """One request of a child; `answer` is None when its turn has come, else why it has to come back."""

    site: str
    place: tuple[float, int]
    answer: Future[RefusedError | None] = field(default_factory=Future)
    begun: float = 0.0


class Admission:
    """Gives turns. Safe among threads; it never blocks."""

    def __init__(
        self, at_once: int = AT_ONCE, room: int = _ROOM, patience: float = _PATIENCE,
        tick: Callable[[], float] = time.monotonic, chance: random.Random | None = None,
    ) -> None:  # fmt: skip
        self.patience = patience
        self._at_once = at_once
        self._room = room
        self._tick = tick
        self._chance = chance or random.Random()  # noqa: S311 - jitter, no secret
        self._lock = threading.Lock()
        self._working: dict[str, Turn] = {}
        self._waiting: list[Turn] = []
        #: The places of those who were told to come back, and until when they are kept.
        self._expected: OrderedDict[str, tuple[tuple[float, int], float]] = OrderedDict()
        self._drawn = 0
        self._seconds = _FIRST_GUESS

    @asynccontextmanager
    async def turn(self, site: str) -> AsyncIterator[None]:
        """Wait for a turn and have it for the block. Raises RefusedError busy."""
        turn = self.ask(site)
        try:
            # `wait` leaves the future alone when its time is over; `wait_for` would cancel it.
            await asyncio.wait({asyncio.wrap_future(turn.answer)}, timeout=self.patience)
            self.give_up(turn)
            refused = turn.answer.result()
            if refused is not None:
                raise refused
            yield
        finally:
            self.leave(turn)

    def ask(self, site: str) -> Turn:
        """Ask for a turn; whoever got one, or gave up, must `leave` it."""
        with self._lock:
            turn = Turn(site, self._place_of(site))
            self._waiting.append(turn)
            self._waiting.sort(key=lambda one: one.place)
            self._go_on()
            if len(self._waiting) > self._room:
                self._send_away(self._waiting.pop())
        return turn

    def give_up(self, turn: Turn) -> None:
        """Be told to come back, if the turn has not come until now."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                self._send_away(turn)

    def leave(self, turn: Turn) -> None:
        """End a turn, served or not; the next one's begins."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif self._working.get(turn.site) is turn:
                del self._working[turn.site]
                took = self._tick() - turn.begun
                self._seconds += (took - self._seconds) * _WEIGHT
            self._go_on()

    def _go_on(self) -> None:
        for turn in list(self._waiting):
            if len(self._working) >= self._at_once:
                return
            if turn.site in self._working:
                continue
            self._waiting.remove(turn)
            self._expected.pop(turn.site, None)
            self._working[turn.site] = turn
            turn.begun = self._tick()
            turn.answer.set_result(None)

    def _place_of(self, site: str) -> tuple[float, int]:
        now = self._tick()
        while self._expected and next(iter(self._expected.values()))[1] < now:
            self._expected.popitem(last=False)
        kept = self._expected.get(site)
        if kept is not None:
            return kept[0]
        self._drawn += 1
        return now, self._drawn

    def _send_away(self, turn: Turn) -> None:
        """Tell a child when to come back: later, the more are expected before it."""
        expected = len(self._expected) + len(self._waiting)
        needed = expected * self._seconds / self._at_once
        shortest = min(max(needed, _SHORTEST_RETURN), _LONGEST_RETURN)
        seconds = shortest * (1 + self._chance.random())
        until = self._tick() + self.patience + seconds * _PLACE_KEPT
        self._expected[turn.site] = (turn.place, until)
        self._expected.move_to_end(turn.site)
        message = f"{len(self._waiting)} others wait here: come back in {seconds:.1f} s"
        turn.answer.set_result(RefusedError("busy", message, retry_after=seconds))
