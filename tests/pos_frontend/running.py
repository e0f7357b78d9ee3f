"""Lanes as processes, and a branch that is just its end of the link."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn
from sqlalchemy import Engine
from starlette.applications import Starlette

from pos_frontend.screen.client import TillClient
from replication import enrolment, feed, identity
from replication.apply import Arrival, Inbound
from replication.clock import system_clock
from replication.identity import Identity
from replication.parent import Parent
from replication.streams import journal_of
from replication.transport.http_server import LinkServer
from schemas.tables.base import open_postgres
from tests.pos_frontend.shop import BRANCH, CHAIN, LANE, LOCAL, OWN, Bodies


def until(holds: Callable[[], bool], seconds: float = 90.0) -> None:
    """Wait until something holds, or fail."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.02)


@dataclass
class RunningLane:
    """A lane served by a process of its own."""

    directory: Path
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> dict[str, str]:
        """What the lane wrote into `till.json`."""
        told: dict[str, str] = json.loads((self.directory / "data/till.json").read_text("utf-8"))
        return told

    def client(self) -> TillClient:
        """Connect to the till."""
        return TillClient(self.address["url"], self.address["token"])


def write_settings(directory: Path, parent: str = "http://127.0.0.1:1", more: str = "") -> Path:
    """Write a lane's settings and return their path."""
    path = directory / "lane.toml"
    path.write_text(f'data = "data"\nparent = "{parent}"\n{more}\n[web]\nport = 0\n', "utf-8")
    return path


def command(*words: str | Path) -> list[str]:
    """Return a lane's command."""
    return [sys.executable, "-m", "pos_frontend.cli", *map(str, words)]


@contextmanager
def serving(settings: Path) -> Iterator[RunningLane]:
    """Run a lane until the block ends; it must then end by itself, cleanly."""
    process = subprocess.Popen(command("serve", "--settings", settings), stderr=subprocess.DEVNULL)
    address = settings.parent / "data/till.json"
    try:
        until(lambda: address.exists() and _names(address, process.pid))
        yield RunningLane(settings.parent, process)
    finally:
        killed = process.poll() is not None
        process.terminate()
        status = process.wait(60)
        assert killed or status == 0


def _names(address: Path, pid: int) -> bool:
    return bool(json.loads(address.read_text("utf-8"))["pid"] == pid)


class BranchEnd:
    """A branch's end of the link on a real database; what arrives is kept in `arrived`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.arrived: list[Arrival] = []
        self.identity = Identity(BRANCH, "branch", "HQ", identity.new_private_key())
        with engine.begin() as connection:
            identity.establish(connection, self.identity)
        inbound = Inbound(
            lambda _connection, arrivals: self.arrived.extend(arrivals),
            system_clock,
            relay_into=journal_of(BRANCH),
        )
        self.link = LinkServer(Parent(engine, self.identity, inbound))

    def token(self) -> str:
        """Issue a one-time token for the lane."""
        with self.engine.begin() as connection:
            return enrolment.issue(
                connection, LANE, [CHAIN, OWN, LOCAL], system_clock(), timedelta(hours=1)
            )

    def publish(self, bodies: Bodies) -> None:
        """Publish records into feeds."""
        drafts = {
            stream: [
                feed.Draft(body.kind, body.record_key(), body.version, body.encode())
                for body in of_feed
            ]
            for stream, of_feed in bodies.items()
        }
        with self.engine.begin() as connection:
            feed.publish(connection, drafts)


@contextmanager
def branch_end(dsn: str, port: int) -> Iterator[BranchEnd]:
    """Serve a branch's end of the link at a port."""
    engine = open_postgres(dsn)
    branch = BranchEnd(engine)
    with listening(branch, port):
        yield branch
    engine.dispose()


@contextmanager
def listening(branch: BranchEnd, port: int) -> Iterator[None]:
    """Have the branch answer for the length of a block."""
    application = Starlette(routes=branch.link.routes())
    server = uvicorn.Server(
        uvicorn.Config(application, port=port, log_config=None, timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
