"""A cashier who sells recorded baskets at their recorded time, through the till's own WebSocket.

What a line costs is the till's business. Where that differs from what was recorded, the cashier
sets the amount as it was recorded, with the manager's authority, and counts it. A till that goes
away in the middle is waited for: the basket's uuid tells whether it was committed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ops.demo.dataset import Basket, BasketLine
from ops.demo.master_files import gtin, member_of
from ops.demo.processes import DemoError, wait_until
from pos_frontend.screen.client import TillClient, TillGoneError
from replication.clock import Clock

REASON = "as recorded"
FLOAT = 20_000
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Hand:
    """Who stands at the till, and whose authority is called for an override."""

    operator: str
    pin: str
    manager: str
    manager_pin: str


@dataclass
class Sold:
    """What a cashier did: the ticket of each basket, and what went otherwise than the price book."""

    tickets: dict[int, str] = field(default_factory=dict)
    receipts: dict[int, str] = field(default_factory=dict)
    lines: int = 0
    overrides: int = 0
    unknown: int = 0
    interrupted: int = 0
    most_late: timedelta = timedelta()
    shift: str = ""


def pays_cash(basket: Basket) -> bool:
    """One basket in three."""
    return basket.basket_id % 3 == 0


def takings(baskets: Iterable[Basket]) -> dict[str, int]:
    """What a till that sold these baskets holds, its float included: what an honest count finds."""
    held = {"cash": FLOAT, "card": 0, "coupon": 0, "qr": 0, "voucher": 0}
    for basket in baskets:
        held["coupon"] += basket.coupons
        held["cash" if pays_cash(basket) else "card"] += basket.total - basket.coupons
    return held


class Cashier:
    """One lane's cashier for one shift."""

    def __init__(self, till: Path, hand: Hand, clock: Clock) -> None:
        self._till = till
        self._hand = hand
        self._clock = clock
        self._client: TillClient | None = None
        self._came_back = False
        self.sold = Sold()
        #: How many lines of the present basket were entered; nought between two baskets.
        self.entered = 0

    def open(self) -> None:
        """Sign in and open the shift with a float."""
        client = self._connect()
        if client.state["state"] == "opening":
            client.open_shift(FLOAT)
        self.sold.shift = client.state["shift"]["shift"]

    def wait_for_day(self, on: date) -> None:
        """Return when the till knows that the branch has opened the date."""

        def known() -> bool:
            day = self._connect().look()["day"]
            return (
                day is not None
                and not day["provisional"]
                and day["business_date"] == on.isoformat()
            )

        wait_until(f"{self._hand.operator}'s till knows the day", known)

    def sell(self, baskets: Sequence[Basket], done: Callable[[Basket], None]) -> None:
        """Sell the baskets in order, each not before its time."""
        for basket in baskets:
            while (wait := basket.started_at - self._clock()) > timedelta():
                time.sleep(min(0.05, wait.total_seconds()))
            self.sold.most_late = max(self.sold.most_late, -wait)
            self._sell_once(basket)
            done(basket)

    def end(self) -> None:
        """End the shift."""
        self._connect().end_shift()
        self._hang_up()

    def _sell_once(self, basket: Basket) -> None:
        uuid = ""
        while basket.basket_id not in self.sold.tickets:
            try:
                client = self._connect()
                last = client.state["last"]
                if self._came_back and last is not None:
                    # What was not printed when the till went away comes out as a copy.
                    client.reprint()
                self._came_back = False
                if last is None or last["uuid"] != uuid:
                    if client.state["basket"]["lines"]:
                        client.cancel()
                    uuid = client.state["basket"]["uuid"]
                    overrides, unknown = self._enter(client, basket)
                    self.sold.overrides += overrides
                    self.sold.unknown += unknown
                    self._pay(client, basket)
                    last = client.state["last"]
                self.sold.tickets[basket.basket_id] = last["uuid"]
                self.sold.receipts[basket.basket_id] = last["receipt"]
                self.sold.lines += len(basket.lines)
                self.entered = 0
            except TillGoneError:
                self.sold.interrupted += 1
                self._came_back = True
                self._hang_up()

    def _enter(self, client: TillClient, basket: Basket) -> tuple[int, int]:
        client.member(member_of(basket.household))
        overrides = unknown = 0
        for self.entered, line in enumerate(basket.lines, 1):
            if line.known:
                client.scan(gtin(line.product_id), line.thousandths)
            else:
                unknown += 1
                # Nothing is entered at no price; what was recorded at none is overridden to it.
                price = max(1, line.sales_value)
                client.unknown_item(gtin(line.product_id), price, line.thousandths)
            overrides += self._as_recorded(client, line)
        return overrides, unknown

    def _as_recorded(self, client: TillClient, line: BasketLine) -> int:
        entered: dict[str, Any] = client.state["basket"]["lines"][-1]
        if entered["amount"] == line.sales_value:
            return 0
        client.override(
            entered["number"], line.sales_value, REASON, self._hand.manager, self._hand.manager_pin
        )
        return 1

    def _pay(self, client: TillClient, basket: Basket) -> None:
        """Coupons first; then by card, or in notes with change."""
        if basket.coupons:
            client.tender("coupon", basket.coupons, f"basket {basket.basket_id}")
        left = basket.total - basket.coupons
        if left and pays_cash(basket):
            client.tender("cash", -(-left // 500) * 500)
        elif left:
            client.tender("card", left, f"slip {basket.basket_id}")

    def _connect(self) -> TillClient:
        """The till, signed in; waits for one that is being restarted."""
        limit = time.monotonic() + _PATIENCE
        while self._client is None:
            try:
                known = json.loads(self._till.read_text(encoding="utf-8"))
                client = TillClient(known["url"], known["token"])
                if client.state["operator"] is None:
                    client.sign_in(self._hand.operator, self._hand.pin)
                self._client = client
            except (TillGoneError, FileNotFoundError, json.JSONDecodeError) as error:
                if time.monotonic() > limit:
                    message = f"the till of {self._hand.operator} did not come back: {error}"
                    raise DemoError(message) from error
                time.sleep(0.1)
        return self._client

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
