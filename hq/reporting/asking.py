"""What a report is asked for: business dates and branches, never more than a person may see.

    from, to     dates, both included; without them the youngest business date that any branch opened
    range        a range that moves with the calendar (`ranges`) instead of dates
    branch       may be repeated; none stands for all of the person's
    region       the branches in it; a branch beside it must be one of them

An address, a saved report and a schedule ask alike. What cannot be read is refused with the way out; a branch
or a region outside the person's scope is refused, not ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hq import regions
from hq.refusal import RefusalError
from hq.regions import Region
from hq.reporting.ranges import RELATIVE, Range, relative
from hq.reports.branches import KnownBranch, known_branches, newest_day
from replication.console.languages import msgid

#: What an address holds: a parameter may be given several times.
Parameters = Mapping[str, Sequence[str]]
#: What becomes of a parameter of an address: another value or several of them, or none.
Change = str | tuple[str, ...] | None

#: Three years: one, and what it is compared with, many times over.
LONGEST_RANGE = 3 * 366
#: No chain is older than computers; a date before this is a slip of a finger.
_EARLIEST = date(1990, 1, 1)
_NO_DATE = msgid("“%(text)s” is no date: write it as 2026-03-05.")
_TOO_EARLY = msgid(
    "%(date)s is before %(earliest)s: there are no figures of it. Write a later date."
)
_BACKWARDS = msgid("The range ends before it begins: %(first)s to %(last)s.")
_TOO_LONG = msgid("A range may cover %(days)s days at most: choose a shorter one.")
_NO_RANGE = msgid("There is no range “%(text)s”: choose one from the list, or write dates.")
_NOT_YOURS = msgid("You may not see the figures of %(branch)s, or there is no such branch.")
_NO_REGION = msgid(
    "You may see no branch of region %(region)s, or there is no such region, or it has no branch."
)
_OUTSIDE = msgid("%(branch)s is not in region %(region)s.")
_REGION_ADVICE = msgid("Choose a region from the list, or none.")
_ADVICE = msgid("Choose a branch from the list.")
_CURRENCIES = msgid(
    "These branches sell in different currencies (%(currencies)s), which do not add up."
)
_ONE_CURRENCY = msgid("Choose branches of one currency.")


class AskedError(RefusalError):
    """What was asked for cannot be answered. `advice` says what to do, `status` is that of an answer."""

    def __init__(self, text: str, /, status: int = 422, advice: str = "", **params: object) -> None:
        super().__init__(text, **params)
        self.status = status
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Asked:
    """`known` is what the person may see, `branches` what they asked for of it; `region` is how they asked, and
    `regions` what they could choose. `moving` names a range that moves with the calendar.
    """

    known: tuple[KnownBranch, ...]
    branches: tuple[KnownBranch, ...]
    first: date
    last: date
    currency: str
    region: str = ""
    regions: tuple[Region, ...] = ()
    moving: str = ""

    @property
    def codes(self) -> list[str]:
        """The codes of the branches asked for."""
        return [one.branch for one in self.branches]

    @property
    def chosen(self) -> str:
        """The one branch that was chosen, empty when it is all of them."""
        return self.branches[0].branch if len(self.branches) == 1 < len(self.within) else ""

    @property
    def zone(self) -> str:
        """The clock by which instants are shown: the branches', or UTC when theirs differ."""
        return _zone(self.branches)

    @property
    def range(self) -> Range:
        """The business dates."""
        return Range(self.first, self.last)

    def parameters(self) -> list[tuple[str, str]]:
        """What leads to the same dates and branches again."""
        dates = [("from", self.first.isoformat()), ("to", self.last.isoformat())]
        when = [("range", self.moving)] if self.moving else dates
        where = [("region", self.region)] if self.region else []
        chosen = [] if len(self.branches) == len(self.within) else self.codes
        return [*when, *where, *(("branch", code) for code in chosen)]

    @property
    def within(self) -> list[KnownBranch]:
        """What no choice of a branch stands for."""
        return [one for one in self.known if not self.region or one.region == self.region]

    def address(self, path: str, changes: Mapping[str, Change] | None = None) -> str:
        """A page for the same dates and branches; what `changes` names with None is left out."""
        changes = changes or {}
        given = {name for name, value in changes.items() if value is not None}
        # Whoever names dates means these, and not what they lie in.
        replaced = set(changes) | ({"range"} if given & {"from", "to"} else set())
        pairs = [(name, value) for name, value in self.parameters() if name not in replaced]
        for name, value in changes.items():
            values = (value,) if isinstance(value, str) else value or ()
            pairs += [(name, one) for one in values]
        return f"{path}?{urlencode(pairs)}"


def read(
    connection: Connection, parameters: Parameters, scope: Sequence[str], currency: str,
    now: datetime, days: int = 1,
) -> Asked:  # fmt: skip
    """Read what is asked for. `currency` is headquarters' own; `days` is how many there are by default.

    Raises AskedError.
    """
    known = known_branches(connection, scope)
    region = _one(parameters, "region")
    branches = _named(known, _within(known, region), region, parameters)
    moving = _one(parameters, "range")
    if moving:
        found = _moving(moving, _today(branches, now))
    else:
        moving, found = "", _dates(connection, parameters, [one.branch for one in known], days, now)
    there = {one.region for one in known}
    named = tuple(one for one in regions.every(connection).values() if one.region in there)
    return Asked(
        known, branches, found.first, found.last, _currency(branches, currency), region, named,
        moving,
    )  # fmt: skip


def read_date(text: str) -> date:
    """A date as it is written in an address. Raises AskedError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AskedError(_NO_DATE, text=text) from None


def find_branch(connection: Connection, scope: Sequence[str], code: str) -> KnownBranch:
    """One branch by its code. Raises AskedError when it is not within the scope."""
    for one in known_branches(connection, scope):
        if one.branch == code:
            return one
    raise AskedError(_NOT_YOURS, 403, _ADVICE, branch=code)


def _one(parameters: Parameters, name: str) -> str:
    given = parameters.get(name, ())
    return given[-1] if given else ""


def _within(known: tuple[KnownBranch, ...], region: str) -> tuple[KnownBranch, ...]:
    """The branches of a region that the person may see."""
    within = tuple(one for one in known if not region or one.region == region)
    if region and not within:
        raise AskedError(_NO_REGION, 403, _REGION_ADVICE, region=region)
    return within


def _named(
    known: tuple[KnownBranch, ...], within: tuple[KnownBranch, ...], region: str,
    parameters: Parameters,
) -> tuple[KnownBranch, ...]:  # fmt: skip
    wanted = sorted({code for code in parameters.get("branch", ()) if code})
    by_code = {one.branch: one for one in known}
    for code in wanted:
        if code not in by_code:
            raise AskedError(_NOT_YOURS, 403, _ADVICE, branch=code)
        if by_code[code] not in within:
            raise AskedError(_OUTSIDE, advice=_REGION_ADVICE, branch=code, region=region)
    return tuple(by_code[code] for code in wanted) if wanted else within


def _moving(name: str, today: date) -> Range:
    for one in RELATIVE:
        if one == name:
            return relative(one, today)
    raise AskedError(_NO_RANGE, text=name)


def _dates(
    connection: Connection, parameters: Parameters, codes: list[str], days: int, now: datetime
) -> Range:
    given_first, given_last = _one(parameters, "from"), _one(parameters, "to")
    if given_last:
        last = read_date(given_last)
    elif given_first:
        last = read_date(given_first)
    else:
        last = newest_day(connection, codes) or now.date()
    first = read_date(given_first) if given_first else max(_EARLIEST, last) - timedelta(days - 1)
    if last < first:
        raise AskedError(_BACKWARDS, first=first, last=last)
    if (last - first).days >= LONGEST_RANGE:
        raise AskedError(_TOO_LONG, days=LONGEST_RANGE)
    if first < _EARLIEST:
        raise AskedError(_TOO_EARLY, date=first, earliest=_EARLIEST)
    return Range(first, last)


def _today(branches: tuple[KnownBranch, ...], now: datetime) -> date:
    return now.astimezone(ZoneInfo(_zone(branches))).date()


def _zone(branches: tuple[KnownBranch, ...]) -> str:
    zones = {one.zone for one in branches}
    return zones.pop() if len(zones) == 1 else "UTC"


def _currency(branches: tuple[KnownBranch, ...], otherwise: str) -> str:
    found = sorted({one.currency for one in branches if one.currency})
    if len(found) > 1:
        raise AskedError(_CURRENCIES, advice=_ONE_CURRENCY, currencies=", ".join(found))
    return found[0] if found else otherwise
