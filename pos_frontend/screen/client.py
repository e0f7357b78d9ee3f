"""A cashier in Python: drives a till over the WebSocket that its page uses, see `protocol`.

Amounts are minor units here, and are written as the till's page would write them.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

from schemas.domain.money import format_amount
from schemas.domain.quantity import format_quantity
from schemas.domain.ticket import TenderKind

State = dict[str, Any]
_PIECE = 1000


class TillRefusedError(Exception):
    """The till said no; `code` is why, and nothing was changed."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code beside the words."""
        super().__init__(f"{code}: {message}")
        self.code = code


class TillGoneError(ConnectionError):
    """The till does not answer; whether it did what was asked is seen in its state afterwards."""


class TillClient:
    """One connection to a till. `state` is what it last told; requests wait for their answer."""

    def __init__(self, url: str, token: str, *, timeout: float = 30.0) -> None:
        self._timeout = timeout
        self._number = 0
        self._open = ExitStack()
        try:
            self._socket = self._open.enter_context(
                connect(
                    f"{url.replace('http://', 'ws://', 1)}/till?token={token}",
                    origin=Origin(url),
                    open_timeout=timeout,
                    compression=None,
                    proxy=None,
                    max_size=None,
                )
            )
            self.state: State = json.loads(self._socket.recv(timeout))["state"]
        except (WebSocketException, OSError) as error:
            raise TillGoneError(f"the till at {url} does not answer: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; the till stays as it is."""
        self._open.close()

    def ask(self, do: str, **fields: object) -> dict[str, Any]:
        """Ask the till to do something and return its whole answer.

        Raises TillRefusedError, or TillGoneError when the connection broke.
        """
        self._number += 1
        number = self._number
        try:
            self._socket.send(json.dumps({"id": number, "do": do, **fields}))
            while True:
                told = json.loads(self._socket.recv(self._timeout))
                if told.get("event") == "status":
                    self.state["status"] = told["status"]
                if told.get("id") == number:
                    break
        except (WebSocketException, OSError) as error:
            raise TillGoneError(f"the till went away at {do}: {error}") from error
        if not told["ok"]:
            raise TillRefusedError(told["error"]["code"], told["error"]["message"])
        self.state = told["state"]
        return dict(told)

    def look(self) -> State:
        """Ask for the state."""
        self.ask("state")
        return self.state

    def sign_in(self, operator: str, pin: str) -> None:
        """Sign an operator in."""
        self.ask("sign_in", operator=operator, pin=pin)

    def open_shift(self, float_amount: int) -> None:
        """Open a shift with a float."""
        self.ask("open_shift", float=self._money(float_amount))

    def scan(self, code: str, quantity: int = _PIECE) -> None:
        """Enter `quantity` thousandths of what has this code."""
        self.ask("scan", code=_keyed(code, quantity))

    def unknown_item(self, code: str, price: int, quantity: int = _PIECE, name: str = "") -> None:
        """Enter something under the unknown-item flag."""
        self.ask("unknown_item", code=_keyed(code, quantity), price=self._money(price), name=name)

    def void_line(self, line: int) -> None:
        """Void a line."""
        self.ask("void_line", line=line)

    def override(
        self, line: int, amount: int, reason: str, operator: str = "", pin: str = ""
    ) -> None:
        """Set a line's amount by the authority of `operator`, or of who is signed in."""
        self.ask(
            "override", line=line, amount=self._money(amount), reason=reason, operator=operator,
            pin=pin,
        )  # fmt: skip

    def member(self, number: str) -> None:
        """Set the member."""
        self.ask("member", member=number)

    def tender(
        self, kind: TenderKind, amount: int | None = None, reference: str | None = None
    ) -> bool:
        """Pay for the present basket; whether this completed it. Without an amount, what is due."""
        answer = self.ask(
            "tender", kind=kind, amount=None if amount is None else self._money(amount),
            reference=reference, basket=self.state["basket"]["uuid"],
        )  # fmt: skip
        return bool(answer.get("committed", False))

    def cancel(self) -> None:
        """Cancel the basket."""
        self.ask("cancel")

    def reprint(self) -> None:
        """Print the last ticket again."""
        self.ask("reprint")

    def end_shift(self) -> None:
        """End the shift."""
        self.ask("end_shift")

    def _money(self, amount: int) -> str:
        decimals = self.state["lane"]["decimals"]
        return format_amount(amount, 2 if decimals is None else decimals)


def _keyed(code: str, quantity: int) -> str:
    return code if quantity == _PIECE else f"{format_quantity(quantity)}*{code}"
