"""The lane monitor: 40 lanes at two tickets a second each, with a page open, against the same without.

A branch's own process takes the tickets in from real sessions over http, each a transaction of its own.
Its processor time is read from the system over windows of some seconds, in turns: with the lanes' moments
and one page that follows by server-sent events, and without both. What is told is the difference, as a
share of one core. The board itself hears of committed tickets in both: nobody can turn it off.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psutil
from sqlalchemy import Engine, insert

from benchmarks import monitored_lanes, small_chain
from benchmarks.measures import Limit, Outcome, Round, Unit, Wording, compare, p50
from benchmarks.monitored_lanes import RATE, Lane
from benchmarks.sales import BRANCH
from benchmarks.scale import Scale
from benchmarks.shops import Shop
from ops.demo.processes import answers, free_port
from ops.embedded_postgres import EmbeddedPostgres
from replication import identity
from replication.console.sessions import COOKIE, open_session
from replication.streams import branch_feed
from schemas.tables.catalogue import operator

_LANES = 40
_MANAGER = "B001-M1"
_SHARE = Unit("% of a core", 100.0)


class NotShownError(RuntimeError):
    """The page was not told what happened: what was measured is not what was meant."""


@dataclass(slots=True)
class OpenPage:
    """A page that follows, as a browser does; counts its frames and the cards in them."""

    url: str
    cookie: str
    frames: int = 0
    cards: int = 0
    _closing: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def following(self) -> Iterator[None]:
        """Follow until the block is left."""
        thread = threading.Thread(target=self._follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._closing.set()
            thread.join(timeout=15)

    def _follow(self) -> None:
        headers = {"Cookie": self.cookie, "Accept-Language": "zh-CN"}
        with (
            httpx2.Client(trust_env=False, timeout=15) as client,
            client.stream("GET", f"{self.url}/monitor/live", headers=headers) as answer,
        ):
            answer.raise_for_status()
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    self.frames += 1
                    self.cards += len(json.loads(line.removeprefix("data: "))["cards"])
                if self._closing.is_set():
                    return


def run(scale: Scale, place: Path) -> Outcome:
    """Measure in `place`."""
    seconds = scale.monitored
    with _branch(place) as (engine, address, process):
        lanes = monitored_lanes.introduce(engine, BRANCH, _LANES, address)
        with engine.connect() as connection:
            shop = Shop(1, engine, identity.load(connection), lanes=_LANES)
        cookie = _sign_in(engine, address)
        rounds: list[Round] = []
        slowest = 0.0
        for turn in range(scale.rounds + 1):
            monitored_lanes.load(lanes, shop, 2 * seconds)
            if turn == 0:
                for lane in lanes:
                    lane.greet()
            without, took = _window(process, lanes, seconds, None)
            page = OpenPage(address, cookie)
            more, took_more = _window(process, lanes, seconds, page)
            slowest = max(slowest, took, took_more)
            if page.cards < _LANES * seconds // 2:
                raise NotShownError(f"{page.cards} cards in {page.frames} frames")
            rounds.append(Round([more - without], [without]))
        for lane in lanes:
            lane.line.close()
    wording = Wording(
        f"lane monitor, {_LANES} lanes at {RATE} tickets/s each, one page open",
        "the branch's process without it", _SHARE, Limit(0.10, of_ratio=False),
    )  # fmt: skip
    # The first round warms up.
    return Outcome(
        [compare(rounds[1:], p50, wording)],
        [f"lane monitor: windows of {seconds} s, which took at most {slowest:.1f} s"],
    )


def _window(
    process: psutil.Process, lanes: list[Lane], seconds: int, page: OpenPage | None
) -> tuple[float, float]:
    """Processor seconds of the branch in each second, and how long the window took."""
    with ExitStack() as stack:
        if page is not None:
            stack.enter_context(page.following())
        before = _processor(process)
        took = monitored_lanes.sell(lanes, seconds, moments=page is not None)
        spent = _processor(process) - before
    time.sleep(0.5)
    # Per second of the work that was asked for, however long a busy machine took over it.
    return spent / seconds, took


def _processor(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def _branch(place: Path) -> Iterator[tuple[Engine, str, psutil.Process]]:
    """A branch that serves, below a headquarters that founded it."""
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedPostgres(place / "postgres"))
        engines = {name: small_chain.database(stack, server, name) for name in ("hq", "branch")}
        ports = {name: free_port(0) for name in ("hq", "branch")}
        addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        for name, parent in (("hq", ""), ("branch", addresses["hq"])):
            small_chain.write_settings(place, name, parent, ports[name], server.dsn(name))
        small_chain.found(engines["hq"], [BRANCH])
        small_chain.serve(stack, place, "hq", answers(addresses["hq"]))
        small_chain.enrol_branch(
            engines["hq"], engines["branch"], addresses["hq"], place / "branch", BRANCH
        )
        site = small_chain.serve(stack, place, "branch", answers(addresses["branch"]))
        yield engines["branch"], addresses["branch"], psutil.Process(site.pid)


def _sign_in(engine: Engine, address: str) -> str:
    """The cookie of a manager's session; its name ends with the port."""
    with engine.begin() as connection:
        connection.execute(
            insert(operator).values(
                stream=branch_feed(BRANCH), key=_MANAGER, generation=1, operator=_MANAGER,
                name="Manager", role="branch_manager", pin_hash="", password_hash="",
            )
        )  # fmt: skip
        port = address.rpartition(":")[2]
        return f"{COOKIE}_{port}={open_session(connection, _MANAGER)}"
