"""A line between two sites that misbehaves as its weather says, by seed: a TCP relay on loopback.

    child ──▶ port of the line ══ weather ══▶ parent
    child ◀══════════════════════════════════ parent

    weather          what a site sees of it
    delay, jitter    every answer comes late
    rate             a thin line: so many bytes a second each way
    loss             TCP sends a lost segment again: it and all behind it come late
    cut, cut_after   the connection breaks in the middle of what it carries
    unanswered       the request arrived, and the connection breaks instead of answering
    corrupt          a bit flips on its way
    deaf             half open: connections are taken, nothing is ever answered
    refusing         no connection is taken
    up, down         it flaps: up for so long, then down, over and over

The weather may change at any time and holds from the next segment on, for open connections too.
What it does depends on the seed and on the order in which segments come, nothing else.
"""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

#: What is dealt with at once: about what one packet of an Ethernet holds.
SEGMENT = 1_460
#: On a line without loss, corruption and limits there is nothing to decide for every packet.
_WHOLE = 64 * 1024
#: How long TCP waits before it sends a lost segment again, in round trips and at least in seconds.
_RESEND_TRIPS, _RESEND_LEAST = 1.5, 0.2
#: How many segments may be under way at once; who sends more waits.
_UNDERWAY = 256


@dataclass(frozen=True, slots=True)
class Weather:
    """What a line does to what passes; without arguments it is a good line.

    Times in seconds (`delay` one way), `rate` in bytes a second, `cut_after` in bytes of one
    connection's requests; `loss`, `cut`, `unanswered` and `corrupt` are chances between 0 and 1, of
    a segment.
    """

    delay: float = 0.0
    jitter: float = 0.0
    rate: float = 0.0
    loss: float = 0.0
    cut: float = 0.0
    cut_after: int = 0
    unanswered: float = 0.0
    corrupt: float = 0.0
    deaf: bool = False
    refusing: bool = False
    up: float = 0.0
    down: float = 0.0


GOOD = Weather()


class _BrokenError(ConnectionError):
    """The weather broke a connection."""


class Line:
    """Relays from a port of its own to `host:port`, on a thread of its own."""

    def __init__(self, host: str, port: int, weather: Weather = GOOD, seed: int = 0) -> None:
        self.weather = weather
        #: How many connections the weather broke, and answers it lost: what a test was tried with.
        self.broken = 0
        self._target = (host, port)
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._away = False
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="line", daemon=True)
        self._free_at = {"up": 0.0, "down": 0.0}
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def address(self) -> str:
        """Where a child finds its parent through this line."""
        return f"http://127.0.0.1:{self.port}"

    def break_all(self) -> None:
        """Break every connection that is open now."""
        self._loop.call_soon_threadsafe(self._break)

    def cut(self) -> None:
        """Break what passes, and let nothing through until `heal`."""
        self.weather = Weather(refusing=True)
        self.break_all()

    def heal(self) -> None:
        """Be a good line from now on; what waits for an answer that never comes, is broken."""
        self.weather = GOOD
        self.break_all()

    def _break(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._relay, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        flapping = self._loop.create_task(self._flap())
        self._started.set()
        self._loop.run_forever()
        server.close()
        flapping.cancel()
        self._break()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(
            asyncio.gather(*asyncio.all_tasks(self._loop), return_exceptions=True)
        )
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _flap(self) -> None:
        while True:
            weather = self.weather
            if not weather.down:
                self._away = False
                await asyncio.sleep(0.05)
                continue
            await asyncio.sleep(weather.up * (0.5 + self._random.random()))
            self._away = True
            self.broken += len(self._open) // 2
            self._break()
            await asyncio.sleep(weather.down * (0.5 + self._random.random()))
            self._away = False

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._away or self.weather.refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            # The parent is away: to the child that is a broken line, which it must survive.
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._open |= ends
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, "up"), self._pump(far_reader, writer, "down")
            )
        except _BrokenError:
            self.broken += 1
            for end in ends:
                end.transport.abort()
        except asyncio.CancelledError:
            # The line is taken down; asyncio's streams would report it as a fault of the relay.
            for end in ends:
                end.transport.abort()
        finally:
            self._open -= ends
            for end in ends:
                end.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str
    ) -> None:
        underway: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_UNDERWAY)
        arriving = asyncio.create_task(self._arrive(underway, writer))
        due = carried = 0.0
        # A cut line resets both ends; the pump that notices last has nobody left to tell.
        try:
            while data := await reader.read(_WHOLE if self.weather == GOOD else SEGMENT):
                passed, when = await self._through(data, way, carried)
                carried += len(data)
                # What follows a late segment comes no earlier: TCP keeps the order.
                due = max(due, when)
                await underway.put((due, passed))
        except _BrokenError:
            arriving.cancel()
            raise
        except ConnectionError:
            pass
        await underway.put((due, b""))
        await arriving

    async def _arrive(
        self, underway: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        """Hand over what is under way, each segment when it is due; an empty one is the end."""
        gone = False
        while True:
            due, data = await underway.get()
            if due > (now := self._loop.time()):
                await asyncio.sleep(due - now)
            if not data:
                break
            try:
                if not gone:
                    writer.write(data)
                    await writer.drain()
            except ConnectionError:
                gone = True
        with suppress(ConnectionError, OSError):
            writer.write_eof()

    async def _through(self, data: bytes, way: str, carried: float) -> tuple[bytes, float]:
        """One segment as it comes out at the other end, and when. Raises _BrokenError."""
        weather = self.weather
        if weather == GOOD:
            return data, 0.0
        while weather.deaf:
            await asyncio.sleep(0.05)
            weather = self.weather
        if way == "up" and weather.cut_after and carried + len(data) > weather.cut_after:
            raise _BrokenError
        if self._happens(weather.cut) or (way == "down" and self._happens(weather.unanswered)):
            raise _BrokenError
        if weather.rate:
            # All connections of a line share it, and who sends waits for whoever is before.
            now = self._loop.time()
            self._free_at[way] = max(now, self._free_at[way]) + len(data) / weather.rate
            await asyncio.sleep(self._free_at[way] - now)
        late = weather.delay + weather.jitter * self._random.random()
        if self._happens(weather.loss):
            late += max(_RESEND_LEAST, 2 * _RESEND_TRIPS * weather.delay)
        if self._happens(weather.corrupt):
            place = self._random.randrange(len(data))
            flipped = bytes([data[place] ^ 1 << self._random.randrange(8)])
            data = data[:place] + flipped + data[place + 1 :]
        return data, self._loop.time() + late

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._random.random() < chance
