"""The attendance clock (考勤): who came and went when, and the hours between.

    what is stated                          what it does
    in, out                                 somebody came, or left; by themselves or, with a reason, by a manager
    an entry that withdraws another         the other one counts no more

    entries of one person, in their order   spell
    in, then out                            the time between them
    in, then in or nothing                  open: when they left is not known
    out without in before                   open: when they came is not known

Entries only grow: a manager who corrects withdraws the wrong one and states another. A spell belongs to the
business date of its first entry, so that a night is one spell. Open spells have no hours, and are named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Direction = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class AttendanceClocked:
    """Somebody came or left at `at`, as was `stated` then or later. `by` is who stated it: themselves, or a
    manager with a `reason`. `withdraws` is the UUID of the entry that this one takes back, else empty.
    """

    uuid: str
    branch: str
    operator: str
    business_date: date
    direction: Direction
    at: datetime
    stated: datetime
    by: str
    reason: str = ""
    withdraws: str = ""


@dataclass(frozen=True, slots=True)
class Spell:
    """From coming to leaving; either end may be unknown."""

    operator: str
    business_date: date
    came: AttendanceClocked | None
    left: AttendanceClocked | None

    @property
    def seconds(self) -> int | None:
        """How long it was, None while an end is open."""
        if self.came is None or self.left is None:
            return None
        return int((self.left.at - self.came.at).total_seconds())


def standing(entries: Iterable[AttendanceClocked]) -> list[AttendanceClocked]:
    """The entries that count, in the order in which people came and went."""
    held = list(entries)
    withdrawn = {one.withdraws for one in held if one.withdraws}
    counting = [one for one in held if not one.withdraws and one.uuid not in withdrawn]
    return sorted(counting, key=lambda one: (one.operator, one.at, one.uuid))


def spells(entries: Iterable[AttendanceClocked]) -> list[Spell]:
    """The spells of everybody, person by person in their order; see the table above."""
    found: list[Spell] = []
    came: AttendanceClocked | None = None
    for one in standing(entries):
        if came is not None and (one.operator != came.operator or one.direction == "in"):
            found.append(Spell(came.operator, came.business_date, came, None))
            came = None
        if one.direction == "in":
            came = one
        else:
            begins = came or one
            found.append(Spell(one.operator, begins.business_date, came, one))
            came = None
    if came is not None:
        found.append(Spell(came.operator, came.business_date, came, None))
    return found
