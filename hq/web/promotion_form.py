"""A promotion's form: from what was typed to the promotion, and from a promotion to what is shown.

`read` raises nothing for what is typed wrongly: it answers the problems, all of them, and the page
shows the form again as it was. Whether the promotion makes sense is said by `hq.promotions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hq.refusal import RefusalError
from hq.web.promotion_kinds import KINDS, Kind
from hq.web.promotion_typed import Typed, Writing, format_hours, row_field
from hq.web.typed_time import typed_time
from replication.console.languages import msgid
from replication.console.page import Page
from schemas.domain.promotion.promotion import Limits, Mode, Period, Promotion, Scope, Who

_KIND = msgid("There is no kind of promotion “%(kind)s”: choose one of the list.")
_MODE = msgid("“%(value)s” is no way of going with other promotions: choose one of the list.")
_WEEKDAY = msgid("“%(value)s” is no weekday: choose from the boxes.")

_BIRTHDAY = msgid("“%(value)s” says nothing of birthdays: choose one of the list.")
_DAY = msgid("“%(value)s” is no day of a month: write days like 8 18 28.")

Birthday = Literal["no", "day", "month"]
BIRTHDAYS: Mapping[str, str] = {
    "no": msgid("No matter when"), "day": msgid("On their birthday"),
    "month": msgid("In the month of their birthday"),
}  # fmt: skip
MODES: Mapping[Mode, str] = {
    "exclusive": msgid("Exclusive: a unit in it is in no other"),
    "best_price": msgid("Best price: one of its group"),
    "compound": msgid("Compound: stacks with others"),
}
#: 1 is Monday.
WEEKDAYS: Mapping[int, str] = {
    1: msgid("Mon"), 2: msgid("Tue"), 3: msgid("Wed"), 4: msgid("Thu"), 5: msgid("Fri"),
    6: msgid("Sat"), 7: msgid("Sun"),
}  # fmt: skip

#: Empty rows below those that are filled, and at least so many in all.
_SPARE_ROWS, _FEWEST_ROWS = 2, 4


@dataclass(frozen=True, slots=True)
class Read:
    """What a form says; the promotion has no number yet."""

    audience: str
    offer: Promotion


def kind_of(name: str) -> Kind:
    """A kind by its name. Raises RefusalError."""
    if name not in KINDS:
        raise RefusalError(_KIND, kind=name[:40])
    return KINDS[name]


def read(page: Page, connection: Connection, decimals: int) -> tuple[Read, list[RefusalError]]:
    """What was typed, and what of it cannot be read. Raises RefusalError for no such kind."""
    form = page.form
    typed = Typed(form, decimals)
    effect = kind_of(form["kind"]).read(typed)
    mode = form["mode"]
    if mode not in get_args(Mode):
        typed.problems.append(RefusalError(_MODE, value=mode[:40]))
        mode = "exclusive"
    offer = Promotion(
        id="",
        title=form["title"].strip(),
        period=_period(page, connection, typed),
        effect=effect,
        scope=Scope(
            items=typed.codes("items"),
            categories=typed.codes("categories"),
            units=typed.codes("units"),
            excluded_items=typed.codes("excluded_items"),
            excluded_categories=typed.codes("excluded_categories"),
        ),
        who=_who(typed),
        mode=cast("Mode", mode),
        group=typed.text("group"),
        priority=typed.count("priority"),
        limits=Limits(typed.limit("limit"), typed.limit("limit_member"), typed.limit("limit_day")),
    )
    return Read(form["audience"], offer), typed.problems


def _who(typed: Typed) -> Who:
    birthday = typed.text("birthday") or "no"
    if birthday not in BIRTHDAYS:
        typed.problems.append(RefusalError(_BIRTHDAY, value=birthday[:40]))
        birthday = "no"
    days: list[int] = []
    for text in typed.codes("member_days"):
        if text.isascii() and text.isdecimal():
            days.append(int(text))
        else:
            typed.problems.append(RefusalError(_DAY, value=text[:40]))
    return Who(
        members_only=typed.has("members_only"), tiers=typed.codes("tiers"),
        birthday=cast("Birthday", birthday), member_days=tuple(days),
        coupon=typed.text("coupon") or None, single_use=typed.has("single_use"),
    )  # fmt: skip


def _period(page: Page, connection: Connection, typed: Typed) -> Period:
    instants: dict[str, datetime | None] = {}
    for name in ("starts", "ends"):
        try:
            instants[name] = typed_time(connection, page.form, name)
        except RefusalError as error:
            typed.problems.append(error)
    starts, ends = instants.get("starts") or page.now, instants.get("ends")
    days: set[int] = set()
    for text in page.form_list("weekday"):
        if text.isdecimal() and int(text) in WEEKDAYS:
            days.add(int(text))
        else:
            typed.problems.append(RefusalError(_WEEKDAY, value=text[:40]))
    return Period(
        starts.astimezone(UTC), ends.astimezone(UTC) if ends else None,
        # All of them are none: the promotion then does not ask for the day.
        tuple(sorted(days)) if len(days) < len(WEEKDAYS) else (), typed.hours("hours"),
    )  # fmt: skip


def retyped(page: Page) -> dict[str, str]:
    """What was typed, to be shown again."""
    return {**dict(page.submission.pairs), "weekday": " ".join(page.form_list("weekday"))}


def written(offer: Promotion, audience: str, zone: str, decimals: int) -> dict[str, str]:
    """A promotion as it would be typed; instants on the clock of `zone`."""
    period, scope = offer.period, offer.scope
    return {
        "title": offer.title,
        "audience": audience,
        "zone": zone,
        "starts": _local(period.starts, zone),
        "ends": _local(period.ends, zone) if period.ends else "",
        "weekday": " ".join(str(one) for one in period.weekdays),
        "hours": " ".join(format_hours(one) for one in period.hours),
        "items": " ".join(scope.items),
        "categories": " ".join(scope.categories),
        "units": " ".join(scope.units),
        "excluded_items": " ".join(scope.excluded_items),
        "excluded_categories": " ".join(scope.excluded_categories),
        "members_only": "yes" if offer.who.members_only else "",
        "tiers": " ".join(offer.who.tiers),
        "coupon": offer.who.coupon or "",
        "single_use": "yes" if offer.who.single_use else "",
        "birthday": offer.who.birthday,
        "member_days": " ".join(str(one) for one in offer.who.member_days),
        "mode": offer.mode,
        "group": offer.group,
        "priority": str(offer.priority) if offer.priority else "",
        "limit": _number(offer.limits.basket),
        "limit_member": _number(offer.limits.member),
        "limit_day": _number(offer.limits.day),
        **KINDS[offer.effect.kind].written(offer.effect, Writing(decimals)),
    }


def row_numbers(kind: Kind, values: Mapping[str, str]) -> range:
    """The rows that the form shows: those with something in them, and some to write on."""
    filled = 0
    number = 1
    while any(row_field(number, one.name) in values for one in kind.columns):
        if any(values.get(row_field(number, one.name)) for one in kind.columns):
            filled = number
        number += 1
    return range(1, max(_FEWEST_ROWS, filled + _SPARE_ROWS) + 1)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _local(instant: datetime, zone: str) -> str:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat("T", "seconds")
