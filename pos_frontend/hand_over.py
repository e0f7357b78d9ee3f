"""How the next shift takes up the drawer of the one before (交班), see `schemas.domain.till_chain`.

    the shift before, of the same date   policy: till by   the next one          keyed as its float
    counted by its cashier               either            takes it over, or     nothing: what was counted
                                                           has a float           an amount
    not counted                          lane              continues its till    nothing, whatever is keyed
    not counted, or none                 operator          has a float           an amount
    none, or of another date             either            has a float           an amount

Of what the branch counted since, the lane knows nothing: a till that its lane went on with is counted again
there at its end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from pos_frontend.basket import read_amount
from pos_frontend.errors import TillError
from pos_frontend.journal import Before
from schemas.domain.policy import TillBy
from schemas.domain.till import ShiftOpened


@dataclass(frozen=True, slots=True)
class Drawer:
    """The drawer as the next shift finds it: whose it was, and what was `left` in it if it was counted."""

    shift: str
    operator: str
    left: int | None


def found(before: Before | None, on: date, till_by: TillBy) -> Drawer | None:
    """The drawer that may be taken up; None when the next shift begins with a float of its own."""
    if before is None or before.business_date != on:
        return None
    if before.left is None and till_by != "lane":
        return None
    return Drawer(before.shift, before.operator, before.left)


def opened(fact: ShiftOpened, keyed: str, drawer: Drawer | None, decimals: int) -> ShiftOpened:
    """The shift as it begins, with the float that was keyed or the drawer as it is. Raises TillError."""
    if drawer is not None and drawer.left is None:
        return replace(fact, float_amount=0, continues=drawer.shift)
    if drawer is not None and drawer.left is not None and not keyed.strip():
        return replace(fact, float_amount=drawer.left, handed_over_from=drawer.shift)
    if not keyed.strip():
        raise TillError("number", text=keyed)
    return replace(fact, float_amount=read_amount(keyed, decimals))
