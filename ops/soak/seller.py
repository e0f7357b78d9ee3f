"""A cashier of the soak over processes: sells for as long as it is told to, through the till's socket.

What the till says of each ticket is kept: that is what nobody may lose afterwards. A till that goes
away is waited for; the basket's uuid tells then whether it was committed.
"""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.demo.processes import DemoError, wait_until
from pos_frontend.screen.client import TillClient, TillGoneError, TillRefusedError

FLOAT = 20_000
_PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a till said of a ticket: its uuid, its receipt number and its total in cents."""

    uuid: str
    receipt: str
    total: int
    date: str


@dataclass
class Seller:
    """Whoever works at one lane. `working` is held while something is rung up."""

    till: Path
    operator: str
    pin: str
    codes: tuple[str, ...]
    seed: int
    told: list[Told] = field(default_factory=list)
    interrupted: int = 0
    refused: int = 0
    shift: str = ""
    working: threading.Lock = field(default_factory=threading.Lock)
    _client: TillClient | None = None

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def wait_for_day(self, on: str) -> None:
        """Return when the till knows that the branch has opened the date."""

        def known() -> bool:
            try:
                day = self._connect().look()["day"]
            except TillGoneError:
                self._hang_up()
                return False
            return day is not None and not day["provisional"] and day["business_date"] == on

        wait_until(f"the till of {self.operator} knows the day {on}", known, _PATIENCE)

    def open(self) -> None:
        """Open the shift."""
        client = self._connect()
        if client.state["state"] == "opening":
            client.open_shift(FLOAT)
        self.shift = client.state["shift"]["shift"]

    def sell(self, until: threading.Event, pause: float) -> None:
        """Sell until the event is set."""
        while not until.is_set():
            with self.working:
                self._sell_one()
            until.wait(pause * (0.5 + self._random.random()))

    def end(self) -> None:
        """End the shift."""
        limit = time.monotonic() + _PATIENCE
        while True:
            try:
                client = self._connect()
                if client.state["shift"] is not None:
                    client.end_shift()
                self._hang_up()
            except TillGoneError:
                self._hang_up()
                if time.monotonic() > limit:
                    raise
                time.sleep(0.2)
            else:
                return

    def held(self, on: str) -> int:
        """What lies in the drawer after a day of cash, the float included."""
        return FLOAT + sum(one.total for one in self.told if one.date == on)

    def _sell_one(self) -> None:
        uuid = ""
        codes = [self._random.choice(self.codes) for _ in range(self._random.randint(1, 4))]
        while True:
            try:
                client = self._connect()
                last = client.state["last"]
                if last is None or last["uuid"] != uuid:
                    if client.state["basket"]["lines"]:
                        client.cancel()
                    uuid = client.state["basket"]["uuid"]
                    for code in codes:
                        client.scan(code)
                    client.tender("cash")
                    last = client.state["last"]
                self._note(last)
            except TillRefusedError as error:
                if error.code != "not_saved":
                    raise
                self.refused += 1
                self._hang_up()
                time.sleep(0.2)
            except TillGoneError:
                self.interrupted += 1
                self._hang_up()
            else:
                return

    def _note(self, last: dict[str, Any]) -> None:
        self.told.append(Told(last["uuid"], last["receipt"], last["total"], last["business_date"]))

    def _connect(self) -> TillClient:
        """The till, signed in; waits for one that is being started again."""
        limit = time.monotonic() + _PATIENCE
        while self._client is None:
            try:
                known = json.loads(self.till.read_text(encoding="utf-8"))
                client = TillClient(known["url"], known["token"])
                if client.state["operator"] is None:
                    client.sign_in(self.operator, self.pin)
                self._client = client
            except (TillGoneError, FileNotFoundError, json.JSONDecodeError) as error:
                if time.monotonic() > limit:
                    message = f"the till of {self.operator} did not come back: {error}"
                    raise DemoError(message) from error
                time.sleep(0.1)
        return self._client

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
