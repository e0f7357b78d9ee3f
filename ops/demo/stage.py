"""What the steps of the story share: the chain, the day to be lived, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ops.demo.chain import Chain
from ops.demo.dataset import Basket, Day
from ops.demo.price_book import PriceBook
from ops.demo.processes import wait_until
from ops.demo.source import Catalogue
from ops.demo.telling import Teller
from ops.embedded_postgres import EmbeddedPostgres
from replication.clock import Clock, SimulatedTime, simulated_clock, system_clock
from schemas.tables.base import open_postgres


@dataclass(frozen=True, slots=True)
class Material:
    """What is sold, and at which prices."""

    day: Day
    book: PriceBook
    catalogue: Catalogue
    files: Path

    @property
    def first(self) -> datetime:
        """When the first basket is sold."""
        return self.day.baskets[0].started_at

    @property
    def last(self) -> datetime:
        """When the last one is."""
        return self.day.baskets[-1].started_at

    def of_lane(self, branch: str, lane: int) -> list[Basket]:
        """The baskets of one lane, in order."""
        return [one for one in self.day.baskets if (one.branch, one.lane) == (branch, lane)]


@dataclass
class Stage:
    """Where the story is played. `held` says of each promise whether it held."""

    chain: Chain
    teller: Teller
    material: Material
    measured: dict[str, Any] = field(default_factory=dict)
    held: dict[str, bool] = field(default_factory=dict)

    def check(self, what: str, *, held: bool) -> None:
        """Note whether something that must hold does."""
        self.held[what] = held
        (self.teller.good if held else self.teller.bad)(what)

    def set_clock(self, start: datetime, rate: float) -> None:
        """Set the clock of every site."""
        SimulatedTime(start=start, anchor=system_clock(), rate=rate).write(self.chain.clock)

    def now(self) -> datetime:
        """What the sites' clocks show."""
        return self._clock()

    @cached_property
    def _clock(self) -> Clock:
        return simulated_clock(self.chain.clock)

    @contextmanager
    def at_headquarters(self) -> Iterator[Connection]:
        """Headquarters' own database, to look at."""
        server = EmbeddedPostgres(self.chain.directory / "hq" / "postgres")
        engine = open_postgres(server.dsn(), pool_size=1)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()

    def wait(self, what: str, look: Callable[[Connection], bool], seconds: float = 120.0) -> None:
        """Return when headquarters' database shows something. Raises DemoError when it does not."""

        def seen() -> bool:
            with self.at_headquarters() as connection:
                return look(connection)

        wait_until(what, seen, seconds)
