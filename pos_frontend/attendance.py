"""Self-checkout (自助收银): who watches over customers that sell to themselves, and what calls them.

    state      the customer may                           a person of the shop may, by their own PIN
    closed     –                                          open: sign in, with a shift that has no float
    serving    scan, weigh, take bags, pay by card or     attend
               code, stop a payment, call
    called     –                                          attend
    attended   –                                          void, override, re-price, sell by hand, cancel,
                                                          see to a payment, let go on, close, end the shift

    what calls                                            is over when
    age       goods of a category that asks for an age    somebody let it go on, or voided the line
    label     a label of an older price                   somebody let it go on, or re-priced it
    terminal  the terminal is silent about a payment,     the terminal speaks, or a person settles it;
              or away when one is wanted                  somebody let it go on
    code, scale, return, remove, cancel, help             somebody let it go on

The first three follow from the basket and its payment, so they are there again after a power cut.
Tickets bear the operator who opened. Nobody's right but that of who attends counts, and it ends with
the sale, or a minute after their last act.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from pos_frontend.basket import Sale
from pos_frontend.catalogue import Catalogue, Operator
from pos_frontend.payment.attempt import Attempt
from pos_frontend.settings import SelfCheckoutSettings
from schemas.domain.promotion.sold import path

Reason = Literal[
    "age", "label", "terminal", "code", "scale", "return", "remove", "cancel", "help"
]  # fmt: skip
_ATTENDS = 60.0
#: What keeps a payment from being asked for at all.
_AWAY = {"unplugged", "not_saved"}


@dataclass(frozen=True, slots=True)
class Call:
    """Why a person is wanted; `about` is what it is about and `code` what was scanned of it, `line` its
    number in the basket, `age` in years.
    """

    why: Reason
    about: str = ""
    code: str = ""
    line: int = 0
    age: int = 0


class Attendance:
    """Who attends a self-checkout, and what they were called for. For the till's thread."""

    def __init__(
        self,
        settings: SelfCheckoutSettings,
        catalogue: Catalogue,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._catalogue = catalogue
        self._monotonic = monotonic
        self._attendant: Operator | None = None
        self._acted = 0.0
        self._asked: Call | None = None
        self._let_go: set[tuple[str, int, Reason]] = set()
        self._seen = ""
        self._parents: tuple[str, dict[str, str]] = ("", {})

    @property
    def attendant(self) -> Operator | None:
        """Who attends, while they do."""
        if self._attendant is not None and self._monotonic() - self._acted > _ATTENDS:
            self._attendant = None
        return self._attendant

    def standing(self, _signed_in: Operator) -> Operator | None:
        """Whose rights count: not those of who opened the shift and went away."""
        return self.attendant

    def attend(self, operator: Operator) -> None:
        """Begin to attend, or go on."""
        self._attendant, self._acted = operator, self._monotonic()

    def leave(self) -> None:
        """Attend no longer; what was called for and not seen to stands."""
        self._attendant = None

    def call(self, why: Reason, about: str = "", code: str = "") -> None:
        """Call for somebody; the first call stands."""
        self._asked = self._asked or Call(why, about, code)

    def called(
        self, sale: Sale | None, waiting: Attempt | None, refused: Attempt | None
    ) -> Call | None:
        """What somebody is called for, if anything."""
        if waiting is not None and waiting.state in {"unknown", "missing"}:
            return Call("terminal")
        if refused is not None and refused.why in _AWAY and refused.reference != self._seen:
            return Call("terminal")
        return next(self._doubts(sale), self._asked)

    def let_go_on(self, sale: Sale | None, refused: Attempt | None) -> None:
        """Take the basket as it stands, and the customer's word for it."""
        uuid = "" if sale is None else sale.uuid
        self._let_go |= {(uuid, one.line, one.why) for one in self._doubts(sale)}
        self._seen = "" if refused is None else refused.reference
        self._asked = None
        self.leave()

    def sold(self) -> None:
        """A basket ended: the next customer begins anew."""
        self._let_go.clear()
        self._asked = None
        self.leave()

    def _doubts(self, sale: Sale | None) -> Iterator[Call]:
        """What of a basket somebody has to see, and has not yet."""
        if sale is None:
            return
        for line in sale.plain:
            if line.voided:
                continue
            age = self._age(sale.uuid, line.category)
            if age and (sale.uuid, line.number, "age") not in self._let_go:
                yield Call("age", line.name, line=line.number, age=age)
            stale = any(one.kind == "label" and one.reason == "stale" for one in line.discounts)
            if stale and (sale.uuid, line.number, "label") not in self._let_go:
                yield Call("label", line.name, line=line.number)

    def _age(self, basket: str, category: str | None) -> int:
        """The age that a category asks for, by its own or what is above it."""
        if not self.settings.ages or not category:
            return 0
        if self._parents[0] != basket:
            self._parents = (basket, self._catalogue.categories())
        above = path(category, self._parents[1])
        return max((self.settings.ages.get(one, 0) for one in above), default=0)
