"""What figures are reported by: how each dimension and its members are called, and where a row leads.

A row leads from the chain to its regions, a region to its branches, a branch to its days, a day of one branch to
its tickets; weeks and months lead to their days, suppliers to their items, everything else to the tickets. Two
dimensions lead to the tickets of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hq.reporting.asking import Change
from hq.reporting.definition import Request
from hq.reporting.ranges import Range
from hq.reporting.table import Drill, Named
from replication.console import formats
from replication.console.languages import msgid
from replication.console.words import Words

LABELS: Mapping[str, str] = {
    "region": msgid("Region"),
    "branch": msgid("Branch"),
    "day": msgid("Day"),
    "week": msgid("Week"),
    "month": msgid("Month"),
    "weekday": msgid("Weekday"),
    "hour": msgid("Hour"),
    "category": msgid("Category"),
    "item": msgid("Item"),
    "supplier": msgid("Supplier"),
    "operator": msgid("Operator"),
    "tier": msgid("Member tier"),
    "member": msgid("Member"),
    "tender": msgid("Tender"),
    "promotion": msgid("Promotion"),
}
IN_TIME = frozenset({"day", "week", "month", "weekday", "hour"})
TENDERS: Mapping[str, str] = {
    "cash": msgid("Cash"),
    "card": msgid("Card"),
    "coupon": msgid("Coupon"),
    "qr": msgid("QR payment"),
    "voucher": msgid("Voucher"),
    "foreign": msgid("Foreign currency"),
    "points": msgid("Points redeemed"),
    "stored_value": msgid("Stored value"),
}
WEEKDAYS: tuple[str, ...] = (
    msgid("Monday"), msgid("Tuesday"), msgid("Wednesday"), msgid("Thursday"), msgid("Friday"),
    msgid("Saturday"), msgid("Sunday"),
)  # fmt: skip
_NOBODYS: Mapping[str, str] = {
    "region": msgid("In no region"),
    "category": msgid("Unknown items, without a category"),
    "supplier": msgid("Without a supplier"),
    "tier": msgid("Without a tier"),
    "member": msgid("Not a member"),
    "promotion": msgid("Without a promotion"),
}
_HOUR = msgid("%(hour)s:00–%(hour)s:59")
_WEEK = msgid("Week of %(day)s")
_WEEK_LONG = timedelta(days=6)
_MONTH = 7


def options(*dimensions: str) -> tuple[tuple[str, str], ...]:
    """These dimensions to choose from."""
    return tuple((one, LABELS[one]) for one in dimensions)


def named(words: Words, dimension: str, key: str, name: str) -> Named:  # noqa: PLR0911 - one for each dimension
    """How a member of a dimension is called; its code where two could bear the name stands beside."""
    if not key and dimension in _NOBODYS:
        return Named("", words.gettext(_NOBODYS[dimension]))
    match dimension:
        case "day":
            return Named(key, formats.day(date.fromisoformat(key), words.language))
        case "week":
            day = formats.day(date.fromisoformat(key), words.language)
            return Named(key, words.gettext(_WEEK, day=day))
        case "month":
            return Named(key[:_MONTH], key[:_MONTH])
        case "weekday":
            return Named(key, words.gettext(WEEKDAYS[int(key) - 1]))
        case "hour":
            return Named(key, words.gettext(_HOUR, hour=key))
        case "tender":
            return Named(key, tender_label(words, key))
        case _:
            return Named(key, name or key)


def tender_label(words: Words, key: str) -> str:
    """A kind of tender by its name, with its currency where it has one; one that is newer than this release by
    its code.
    """
    kind, _, currency = key.partition(":")
    name = words.gettext(TENDERS[kind]) if kind in TENDERS else kind
    return f"{name} · {currency}" if currency else name


def is_spoken(dimension: str) -> bool:
    """Whether the key of a member says nothing that its name does not."""
    return dimension in IN_TIME or dimension == "tender"


@dataclass(frozen=True, slots=True)
class Extent:
    """Of which branch and dates a row's figures are, None where it is of all that were asked for."""

    branch: str | None = None
    first: date | None = None
    last: date | None = None


def extent_of(dimensions: Sequence[str], keys: Sequence[str], asked: Range) -> Extent:
    """The extent of a row."""
    branch: str | None = None
    found: Range | None = None
    for dimension, key in zip(dimensions, keys, strict=True):
        if dimension == "branch":
            branch = key
        elif dimension in {"day", "week", "month"}:
            found = _dates(dimension, key, asked)
    return Extent(branch) if found is None else Extent(branch, found.first, found.last)


def drill(  # noqa: PLR0911 - one for each dimension
    request: Request, code: str, dimensions: Sequence[str], keys: Sequence[str]
) -> Drill:
    """Where a row of a report leads."""
    here = f"/reports/{code}"
    asked = request.asked
    if len(dimensions) > 1:
        return _tickets(request, dimensions, keys)
    dimension, key = dimensions[0], keys[0]
    match dimension:
        case "region":
            return Drill(here, _by("branch") | _in_region(request, key))
        case "branch" if asked.first < asked.last:
            return Drill(here, _by("day") | {"branch": key})
        case "day" if len(asked.branches) > 1:
            return Drill(here, _by("branch") | {"from": key, "to": key})
        case "week" | "month":
            found = _dates(dimension, key, asked.range)
            dates = {"from": found.first.isoformat(), "to": found.last.isoformat()}
            return Drill(here, _by("day") | dates)
        case "supplier" if key:
            return Drill(here, _by("item") | {"supplier": key})
        case _:
            return _tickets(request, dimensions, keys)


def _by(dimension: str) -> dict[str, Change]:
    """The same report by another dimension, from its first page and in that dimension's own order."""
    return {"by": dimension, "by2": None, "sort": None, "order": None, "chart": None, "level": None}


def _in_region(request: Request, key: str) -> dict[str, Change]:
    """The branches of a region; of no region those that were asked for and are in none."""
    if key:
        return {"region": key, "branch": None}
    return {"branch": tuple(one.branch for one in request.asked.branches if not one.region)}


def _tickets(request: Request, dimensions: Sequence[str], keys: Sequence[str]) -> Drill:
    filters = {name: value for name, value in request.filters.items() if value}
    changes: dict[str, Change] = {
        # A category that is filtered by holds all that is below it, one that is a row what it is called.
        "under" if name == "category" else name: value
        for name, value in filters.items()
    }
    within = request.asked.range
    for dimension, key in zip(dimensions, keys, strict=True):
        match dimension:
            case "region":
                changes |= _in_region(request, key)
            case "day" | "week" | "month":
                within = _dates(dimension, key, within)
                changes |= {"from": within.first.isoformat(), "to": within.last.isoformat()}
            case "category":
                changes["category"] = key
                if level := request.choices.get("level"):
                    changes["level"] = level
            case _:
                changes[dimension] = key
    return Drill("/tickets", changes)


def _dates(dimension: str, key: str, asked: Range) -> Range:
    """The dates of a day, a week or a month that were asked for."""
    first = date.fromisoformat(key if dimension != "month" else f"{key[:_MONTH]}-01")
    last = first
    if dimension == "week":
        last = first + _WEEK_LONG
    elif dimension == "month":
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Range(max(first, asked.first), min(last, asked.last))
