"""Who is at the till, and who may do what.

    role             sell, loan, pickup, paid-in,      override, paid-out, no-sale,     take over
                     return that the chain was asked   return without a receipt, or     another's
                     about                             one that could not be asked,     shift
                                                       settle a terminal's payment,
                                                       begin a training
    cashier          yes                               with a manager's PIN             no
    branch_manager   yes                               yes                              yes

After five wrong PINs for one operator the sixth has to wait a minute; the count is kept in memory
and restarts with the till, on which nobody can try faster than one PIN in some 20 ms anyway.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from pos_frontend.catalogue import Catalogue, Operator
from pos_frontend.errors import TillError
from replication.credentials import verify

Right = Literal["override", "drawer", "return", "settle_payment", "take_over", "training"]

_RIGHTS: dict[str, frozenset[Right]] = {
    "branch_manager": frozenset(
        {"override", "drawer", "return", "settle_payment", "take_over", "training"}
    ),
    "cashier": frozenset(),
}
_TRIES = 5
_PAUSE = 60.0


def may(operator: Operator, right: Right) -> bool:
    """Whether the operator's role gives the right."""
    return right in _RIGHTS.get(operator.role, frozenset())


class Door:
    """Checks operators' PINs against the catalogue. `monotonic` counts seconds, `standing` says who is
    at the till when somebody is signed in: usually they, at a self-checkout who attends, or nobody.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        monotonic: Callable[[], float] = time.monotonic,
        standing: Callable[[Operator], Operator | None] = lambda signed_in: signed_in,
    ) -> None:
        self._catalogue = catalogue
        self._monotonic = monotonic
        self._standing = standing
        self._wrong: dict[str, tuple[int, float]] = {}

    def admit(self, code: str, pin: str) -> Operator:
        """Return the operator whose PIN this is.

        Raises TillError `pin` (unknown operator and wrong PIN alike), `pin_pause` or `not_loaded`.
        """
        wrong, last = self._wrong.get(code, (0, 0.0))
        left = last + _PAUSE - self._monotonic()
        if wrong >= _TRIES and left > 0:
            raise TillError("pin_pause", seconds=str(int(left) + 1))
        operator = self._catalogue.operator(code)
        if operator is None and self._catalogue.is_loading():
            raise TillError("not_loaded")
        if operator is None or not verify(operator.pin_hash, pin):
            self._wrong[code] = (wrong % _TRIES + 1, self._monotonic())
            raise TillError("pin")
        self._wrong.pop(code, None)
        return operator

    def allow(self, right: Right, present: Operator, code: str, pin: str) -> Operator:
        """Return by whose authority: who is at the till, or who was called and gave their PIN."""
        standing = self._standing(present)
        if standing is not None and may(standing, right):
            return standing
        if not code:
            raise TillError("authority")
        called = self.admit(code, pin)
        if not may(called, right):
            raise TillError("no_right", operator=called.operator)
        return called
