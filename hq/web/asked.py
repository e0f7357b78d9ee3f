"""What a report's address asks for: business dates and branches, never more than a person may see.

`from` and `to` are dates, both included; `branch` may be repeated, `region` stands for the branches in it,
none of both for all of the person's. Without dates, the youngest business date that any of them opened is meant. What cannot be
read is refused with the way out; a branch or a region outside the person's scope is refused, not ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection

from hq import regions
from hq.regions import Region
from hq.reports.branches import KnownBranch, known_branches, newest_day
from replication.console.languages import msgid
from replication.console.page import Page, PageError

#: Who reads figures, and who looks after days and lines beside.
REPORT_ROLES = frozenset({"regional_ops", "administrator", "buyer", "approver", "finance"})
OPERATIONS_ROLES = frozenset({"regional_ops", "administrator", "approver", "finance"})
#: Who says that a period is done and takes its figures away, and who orders a day to be reopened.
FINANCE_ROLES = frozenset({"finance", "administrator"})
ORDER_ROLES = frozenset({"regional_ops", "administrator", "finance"})

_LONGEST_RANGE = 366
_NO_DATE = msgid("“%(text)s” is no date: write it as 2026-03-05.")
_BACKWARDS = msgid("The range ends before it begins: %(first)s to %(last)s.")
_TOO_LONG = msgid("A range may cover %(days)s days at most: choose a shorter one.")
_NOT_YOURS = msgid("You may not see the figures of %(branch)s, or there is no such branch.")
_NO_REGION = msgid(
    "You may see no branch of region %(region)s, or there is no such region, or it has no branch."
)
_OUTSIDE = msgid("%(branch)s is not in region %(region)s.")
_ADVICE = msgid("Choose a branch from the list.")
_REGION_ADVICE = msgid("Choose a region from the list, or none.")
_CURRENCIES = msgid(
    "These branches sell in different currencies (%(currencies)s), which do not add up."
)
_ONE_CURRENCY = msgid("Choose branches of one currency.")


@dataclass(frozen=True, slots=True)
class Asked:
    """`known` is what the person may see, `branches` what they asked for of it; `region` is how they asked."""

    known: tuple[KnownBranch, ...]
    branches: tuple[KnownBranch, ...]
    first: date
    last: date
    currency: str
    region: str = ""
    regions: tuple[Region, ...] = ()

    @property
    def codes(self) -> list[str]:
        """The codes of the branches asked for."""
        return [one.branch for one in self.branches]

    @property
    def chosen(self) -> str:
        """The one branch that was chosen, empty when it is all of them."""
        return self.branches[0].branch if len(self.branches) == 1 < len(self._whole) else ""

    @property
    def zone(self) -> str:
        """The clock by which instants are shown: the branches', or UTC when theirs differ."""
        zones = {one.zone for one in self.branches}
        return zones.pop() if len(zones) == 1 else "UTC"

    def parameters(self) -> list[tuple[str, str]]:
        """What leads to the same dates and branches again."""
        chosen = [] if len(self.branches) == len(self._whole) else self.codes
        pairs = [("from", self.first.isoformat()), ("to", self.last.isoformat())]
        pairs += [("region", self.region)] if self.region else []
        return pairs + [("branch", code) for code in chosen]

    @property
    def _whole(self) -> list[KnownBranch]:
        """What no choice of a branch stands for."""
        return [one for one in self.known if not self.region or one.region == self.region]

    def address(self, path: str, changes: Mapping[str, str | None] | None = None) -> str:
        """A page for the same dates and branches; what `changes` names with None is left out."""
        changes = changes or {}
        pairs = [(name, value) for name, value in self.parameters() if name not in changes]
        pairs += [(name, value) for name, value in changes.items() if value is not None]
        return f"{path}?{urlencode(pairs)}"


def read_asked(page: Page, connection: Connection, currency: str, days: int = 1) -> Asked:
    """Read the address. `currency` is headquarters' own; `days` is how many to show by default."""
    known = known_branches(connection, page.user.branches)
    wanted = [code for code in page.query_list("branch") if code]
    by_code = {one.branch: one for one in known}
    for code in wanted:
        if code not in by_code:
            raise PageError(
                page.gettext(_NOT_YOURS, branch=code), 403, advice=page.gettext(_ADVICE)
            )
    region = page.query.get("region", "")
    within = _within(page, known, region)
    for code in wanted:
        if by_code[code] not in within:
            raise PageError(
                page.gettext(_OUTSIDE, branch=code, region=region),
                advice=page.gettext(_REGION_ADVICE),
            )
    branches = tuple(by_code[code] for code in sorted(set(wanted))) if wanted else within
    first, last = _range(page, connection, [one.branch for one in known], days)
    there = {one.region for one in known}
    named = tuple(one for one in regions.every(connection).values() if one.region in there)
    return Asked(known, branches, first, last, _currency(page, branches, currency), region, named)


def _within(page: Page, known: tuple[KnownBranch, ...], region: str) -> tuple[KnownBranch, ...]:
    """The branches of a region that the person may see."""
    within = tuple(one for one in known if not region or one.region == region)
    if region and not within:
        raise PageError(
            page.gettext(_NO_REGION, region=region), 403, advice=page.gettext(_REGION_ADVICE)
        )
    return within


def branch_of(page: Page, connection: Connection, code: str) -> KnownBranch:
    """One branch by its code, refused when the person may not see it."""
    for one in known_branches(connection, page.user.branches):
        if one.branch == code:
            return one
    raise PageError(page.gettext(_NOT_YOURS, branch=code), 403, advice=page.gettext(_ADVICE))


def date_of(page: Page, text: str) -> date:
    """A date as it is written in an address."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PageError(page.gettext(_NO_DATE, text=text)) from None


def _range(page: Page, connection: Connection, codes: list[str], days: int) -> tuple[date, date]:
    given_first, given_last = page.query.get("from", ""), page.query.get("to", "")
    if given_last:
        last = date_of(page, given_last)
    elif given_first:
        last = date_of(page, given_first)
    else:
        last = newest_day(connection, codes) or page.now.date()
    first = date_of(page, given_first) if given_first else last - timedelta(days=days - 1)
    if last < first:
        raise PageError(page.gettext(_BACKWARDS, first=first, last=last))
    if (last - first).days >= _LONGEST_RANGE:
        raise PageError(page.gettext(_TOO_LONG, days=_LONGEST_RANGE))
    return first, last


def _currency(page: Page, branches: tuple[KnownBranch, ...], otherwise: str) -> str:
    found = sorted({one.currency for one in branches if one.currency})
    if len(found) > 1:
        raise PageError(
            page.gettext(_CURRENCIES, currencies=", ".join(found)),
            advice=page.gettext(_ONE_CURRENCY),
        )
    return found[0] if found else otherwise
