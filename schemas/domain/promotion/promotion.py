"""A promotion as data: when, on what, for whom, how it goes with others, how often, to what effect.

    when     [starts, ends) instants, weekdays and hours of the branch's clock    all must hold
    scope    items or categories, units that count, less what is excluded         nothing: all
    who      everyone, members, tiers, birthday, member day, a coupon             all must hold
    mode     exclusive | best_price within its group | compound                   with priority
    limits   units, sets or uses per basket, member and business day              the least holds

An audience of branches is not part of it: a branch is sent only what addresses it. Everything is
plain, so that it travels as JSON; `contradiction.validate` says what does not fit together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from schemas.domain.promotion.effect import Effect, level_of

Mode = Literal["exclusive", "best_price", "compound"]


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes since midnight on the branch's clock, [starts, ends): 22:00 to 02:00 is 1320, 120.

    Hours over midnight belong, after midnight, to the new day's weekday.
    """

    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Period:
    """When it holds. Instants are aware, no `ends` is for good; weekdays are 1 Monday … 7 Sunday.

    No weekdays are all of them, no hours the whole day.
    """

    starts: datetime
    ends: datetime | None = None
    weekdays: tuple[int, ...] = ()
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What it is about: items and everything below categories; without either, everything.

    `units` are those that count, none are all (rule 10: a promotion on bottles is not one on crates).
    """

    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    excluded_items: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Who:
    """Who gets it. `tiers` narrow members; `member_days` are days of the month on branch's clock.

    `coupon` names the kind of coupon that has to be presented; with `single_use` each may be used once,
    which headquarters alone knows.
    """

    members_only: bool = False
    tiers: tuple[str, ...] = ()
    birthday: Literal["no", "day", "month"] = "no"
    member_days: tuple[int, ...] = ()
    coupon: str | None = None
    single_use: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How often, in units (unit rules, quantity breaks), sets (other set rules) or uses (basket).

    A weighed line counts as one unit. None is without limit.
    """

    basket: int | None = None
    member: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Promotion:
    """One promotion. `priority` orders the computing of what stacks: the lower number first.

    `group` names the rules that compete with each other in mode best_price.
    """

    id: str
    title: str
    period: Period
    effect: Effect
    scope: Scope = field(default_factory=Scope)
    who: Who = field(default_factory=Who)
    mode: Mode = "exclusive"
    group: str = ""
    priority: int = 0
    limits: Limits = field(default_factory=Limits)

    @property
    def is_counted(self) -> bool:
        """Whether units have to be counted for it: a set rule, or a unit rule with a limit."""
        level = level_of(self.effect)
        return level == "set" or (level == "unit" and self.limits != Limits())
