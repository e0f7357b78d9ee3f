"""Who asks, and how often.

    the secret                     the answer
    is a shop's                    goes on, while the shop has requests left; else 429 until it has
    is none, or of nobody          401; of one address or one code too often 429, as passwords are guessed

A shop may ask so many times a minute, and as many at once: what it did not use fills up again. Somebody who
guesses under a shop's name does not lock the shop out: its own secret is looked at first.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from sqlalchemy import Engine

from hq.bearer import Door, NobodyError
from hq.shop import clients
from hq.shop.api import problem
from hq.shop.clients import Client

_MINUTE = 60.0


class Gate:
    """Lets shops in. Its method may be called from any thread."""

    def __init__(self, engine: Engine, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._door = Door(engine, clients.of_token, monotonic)
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._lock = threading.Lock()
        #: What each shop has left, and when that was; as many as there are shops.
        self._left: dict[str, tuple[float, float]] = {}

    def admit(self, authorization: str, address: str) -> Client:
        """The shop that asks. Raises Refused."""
        try:
            client = self._door.admit(authorization, address)
        except NobodyError as error:
            raise problem.unknown(error) from None
        wait = self._take(client.client)
        if wait:
            raise problem.too_often(math.ceil(wait))
        return client

    def _take(self, client: str) -> float:
        """Take one request of what a shop has left: 0, or the seconds until it has one."""
        now = self._monotonic()
        rate = self._per_minute / _MINUTE
        with self._lock:
            left, before = self._left.get(client, (float(self._per_minute), now))
            left = min(float(self._per_minute), left + (now - before) * rate)
            if left < 1:
                self._left[client] = left, now
                return (1 - left) / rate
            self._left[client] = left - 1, now
            return 0.0
