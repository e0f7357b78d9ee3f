"""Branches that wait for prices: as many long polls as asked for, from one thread.

Each is a site with a key of its own that said hello and then fetches, as a branch does: signed
requests, one connection each. They hold no database and apply nothing, so that what is measured is
headquarters' part; requests and answers are read and written as plain bytes for the same reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import Engine

from replication import identity
from replication.clock import system_clock
from replication.identity import Identity
from replication.messages import Fetch, Hello, JournalHead, Wanted
from replication.session import signed_hello, signed_request
from replication.streams import CHAIN_FEED, branch_feed, journal_of
from schemas.tables.base import upsert
from schemas.tables.link import peer
from schemas.wire.batch import WIRE_VERSION, peek

_OK, _NOTHING = 200, 204


class PollError(RuntimeError):
    """Headquarters answered otherwise than a branch expects."""


def introduce(engine: Engine, count: int) -> list[Identity]:
    """Let headquarters know so many branches."""
    made = [
        Identity(f"P{number:04}", "branch", "hq", identity.new_private_key())
        for number in range(count)
    ]
    known = [
        {"site": one.site, "public_key": one.public_key, "enrolled": system_clock(),
         "revoked": None}
        for one in made
    ]  # fmt: skip
    with engine.begin() as connection:
        upsert(connection, peer, known)
    return made


@dataclass(slots=True)
class Poll:
    """One branch's connection, and where it stands in the chain's feed."""

    who: Identity
    address: str
    epoch: str
    after: int
    _session: str = ""
    _counter: int = 0
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def greet(self) -> None:
        """Connect and say hello."""
        await self._connect()
        _, _, nonce = await self._ask("challenge", b"", {})
        hello = Hello(
            site=self.who.site, wire=WIRE_VERSION, clock=system_clock(),
            journal=JournalHead(stream=journal_of(self.who.site), epoch=self.epoch, head=0),
        )  # fmt: skip
        body = hello.model_dump_json().encode()
        signature = self.who.sign(signed_hello(nonce.decode(), body)).hex()
        named = {"Site": self.who.site, "Nonce": nonce.decode(), "Signature": signature}
        _, headers, _ = await self._ask("hello", body, named)
        self._session = headers["chainwright-session"]

    async def _connect(self) -> None:
        self.close()
        parts = urlsplit(self.address)
        self._streams = await asyncio.open_connection(parts.hostname, parts.port)

    async def ask(self) -> None:
        """Begin to wait for what follows, on a new connection: the server hangs up on idle ones."""
        await self._connect()
        # No two branches want the same: each follows a feed of its own beside the chain's.
        wants = [
            Wanted(stream=branch_feed(self.who.site), epoch="", after=0),
            Wanted(stream=CHAIN_FEED, epoch=self.epoch, after=self.after),
        ]
        body = Fetch(wants=wants, wait=60.0).model_dump_json().encode()
        self._counter += 1
        signed = signed_request(self._session, self._counter, "fetch", body)
        named = {
            "Site": self.who.site, "Session": self._session, "Counter": str(self._counter),
            "Signature": self.who.sign(signed).hex(),
        }  # fmt: skip
        await self._send("fetch", body, named)

    async def receive(self) -> int:
        """Wait for the answer; its size."""
        status, _, body = await self._answer()
        if status != _OK:
            raise PollError(f"{self.who.site} was answered {status}")
        self.after = peek(body).through
        return len(body)

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()

    async def _ask(
        self, verb: str, body: bytes, named: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        await self._send(verb, body, named)
        answer = await self._answer()
        if answer[0] not in (_OK, _NOTHING):
            raise PollError(f"{verb} of {self.who.site} was answered {answer[0]}: {answer[2]!r}")
        return answer

    async def _send(self, verb: str, body: bytes, named: dict[str, str]) -> None:
        if self._streams is None:
            raise PollError(f"{self.who.site} is not connected")
        lines = [f"POST /link/{verb} HTTP/1.1", "Host: hq", f"Content-Length: {len(body)}"]
        lines += [f"Chainwright-{name}: {value}" for name, value in named.items()]
        self._streams[1].write("\r\n".join([*lines, "", ""]).encode() + body)
        await self._streams[1].drain()

    async def _answer(self) -> tuple[int, dict[str, str], bytes]:
        if self._streams is None:
            raise PollError(f"{self.who.site} is not connected")
        reader = self._streams[0]
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = (line.partition(": ") for line in head[1:] if line)
        headers = {name.lower(): value for name, _, value in fields}
        status = int(head[0].split()[1])
        size = int(headers.get("content-length", "0"))
        return status, headers, await reader.readexactly(size) if size else b""


async def greet_all(polls: Sequence[Poll]) -> None:
    """Say hello as so many branches, a few at a time."""
    few = asyncio.Semaphore(20)

    async def one(poll: Poll) -> None:
        async with few:
            await poll.greet()

    await asyncio.gather(*map(one, polls))


async def ask_all(polls: Sequence[Poll]) -> None:
    """All of them wait."""
    await asyncio.gather(*(poll.ask() for poll in polls))


async def receive_all(polls: Sequence[Poll]) -> None:
    """All of them are answered."""
    await asyncio.gather(*(poll.receive() for poll in polls))
