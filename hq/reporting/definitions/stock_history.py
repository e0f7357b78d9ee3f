"""What stock is worth, how often it turns over, how old it is, and which items do not move."""

from __future__ import annotations

from sqlalchemy import Connection

from hq.completeness import assess
from hq.goods.lines import item_names
from hq.reporting.definition import Choice, Definition, Request
from hq.reporting.definitions.stock import STOCK_GROUP, assess_now, held_here
from hq.reporting.definitions.tills import head_of
from hq.reporting.dimensions import named, options
from hq.reporting.summed import summed
from hq.reporting.table import Answer, Drill, Figure, Kind, Named, Row, Share, Value, columns
from hq.reports.categories import category_names
from hq.reports.movers import Mover, movers
from hq.reports.stock_history import BY, LIMITS, Age, By, Turnover, ages, turnover
from hq.web.asked import REPORT_ROLES
from replication.console.languages import msgid

_MONTH = 30
_UP_TO = msgid("Up to %(days)s days")
_OLDER = msgid("More than %(days)s days")
_AGES = tuple(f"days_{limit}" for limit in LIMITS)
_BY = Choice("by", msgid("Rows by"), options(*BY))


def _by(request: Request) -> By:
    return next(one for one in BY if one == request.choices["by"])


def _names(connection: Connection, request: Request, by: By, codes: set[str]) -> dict[str, str]:
    if by == "branch":
        return {one.branch: one.name for one in request.asked.known}
    return category_names(connection) if by == "category" else item_names(connection, codes)


def _label(request: Request, by: By, key: str, names: dict[str, str]) -> Named:
    return named(request.words, by, key, names.get(key, ""))


def _to(code: str, by: By, key: str) -> Drill | None:
    if by == "item":
        return Drill(f"/stock/items/{key}", {"from": None, "to": None})
    return Drill(f"/reports/{code}", {"by": "item", "branch": key}) if by == "branch" else None


def _ask_turnover(connection: Connection, request: Request) -> Answer:
    asked, by = request.asked, _by(request)
    found = turnover(connection, asked.codes, asked.first, asked.last, by)
    names = _names(connection, request, by, {one.key for one in found})
    rows = [
        Row((one.key,), (_label(request, by, one.key, names), *_turned(one)),
            _to("stock_turnover", by, one.key), one.key if by == "branch" else None)
        for one in found
    ]  # fmt: skip
    whole = Turnover(
        "", sum(one.before for one in found), sum(one.after for one in found),
        sum(one.cost for one in found), asked.range.days,
    )  # fmt: skip
    heads = (
        head_of(request, by),
        *columns(
            request.words, ("before", msgid("Value before"), "amount"),
            ("after", msgid("Value after"), "amount"), ("mean", msgid("Mean value"), "amount"),
            ("cost", msgid("Cost of sales"), "amount"), ("turnover", msgid("Turnover"), "tenths"),
            ("cover", msgid("Days of cover"), "count"),
        ),
    )  # fmt: skip
    completeness = assess(connection, asked.branches, asked.first, asked.last, request.now)
    notes = held_here(connection, request)
    return summed(request, heads, rows, _turned(whole), completeness, notes=notes)


def _turned(one: Turnover) -> tuple[int | None, ...]:
    return one.before, one.after, one.mean, one.cost, one.tenths, one.cover


def _ask_ages(connection: Connection, request: Request) -> Answer:
    asked, by, words = request.asked, _by(request), request.words
    found = ages(connection, asked.codes, request.now.date(), by)
    names = _names(connection, request, by, {one.key for one in found})
    rows = [
        Row((one.key,), (_label(request, by, one.key, names), *_aged(one)),
            _to("stock_age", by, one.key), one.key if by == "branch" else None)
        for one in found
    ]  # fmt: skip
    sums = tuple(sum(one.values[place] for one in found) for place in range(len(LIMITS) + 1))
    whole = Age("", sum(one.quantity for one in found), sums)
    buckets: list[tuple[str, str, Kind]] = [
        (name, words.gettext(_UP_TO, days=limit), "amount")
        for name, limit in zip(_AGES, LIMITS, strict=True)
    ]
    oldest = words.gettext(_OLDER, days=LIMITS[-1])
    heads = (
        head_of(request, by),
        *columns(
            words, ("quantity", msgid("Quantity"), "quantity"),
            ("value", msgid("Value without tax"), "amount"), *buckets,
            ("oldest", oldest, "amount"), ("oldest_share", msgid("Oldest in per cent"), "share"),
        ),
    )  # fmt: skip
    figures = (
        Figure(words.gettext(msgid("Value without tax")), "amount", whole.value),
        Figure(oldest, "amount", whole.values[-1]),
    )
    return summed(
        request, heads, rows, _aged(whole), assess_now(connection, request), figures=figures,
        notes=held_here(connection, request),
    )  # fmt: skip


def _aged(one: Age) -> tuple[int | Share | None, ...]:
    return one.quantity, one.value, *one.values, Share(one.values[-1], one.value)


def _ask_movers(connection: Connection, request: Request) -> Answer:
    asked, words = request.asked, request.words
    found = movers(connection, asked.codes, asked.first, asked.last)
    if request.choices["which"] == "none":
        found = [one for one in found if one.sold <= 0]
    elif request.choices["which"] == "sold":
        found = [one for one in found if one.sold > 0]
    categories = category_names(connection)
    rows = [
        Row((one.item,), _moving(request, one, categories),
            Drill(f"/stock/items/{one.item}", {"from": None, "to": None}))
        for one in found
    ]  # fmt: skip
    heads = (
        head_of(request, "item"),
        *columns(
            words, ("category", msgid("Category"), "text"), ("branches", msgid("Branches"), "count"),
            ("sold", msgid("Sold"), "quantity"), ("last_sold", msgid("Last sold"), "day"),
            ("on_hand", msgid("On hand"), "quantity"), ("value", msgid("Value without tax"), "amount"),
            ("cover", msgid("Days of cover"), "count"),
        ),
    )  # fmt: skip
    value = sum(one.value for one in found)
    completeness = assess(connection, asked.branches, asked.first, asked.last, request.now)
    figures = (
        Figure(words.gettext(msgid("Items")), "count", len(found)),
        Figure(words.gettext(msgid("Value without tax")), "amount", value),
    )
    total = ("", None, None, None, None, value, None)
    return summed(request, heads, rows, total, completeness, figures=figures,
                  notes=held_here(connection, request))  # fmt: skip


def _moving(request: Request, one: Mover, categories: dict[str, str]) -> tuple[Value, ...]:
    return (
        _label(request, "item", one.item, {one.item: one.name}),
        categories.get(one.category, one.category), one.branches, one.sold, one.last_sold,
        one.on_hand, one.value, one.cover,
    )  # fmt: skip


TURNOVER = Definition(
    code="stock_turnover",
    group=STOCK_GROUP,
    title=msgid("Stock value and turnover"),
    about=msgid("What stock was worth before and after a range, and how often it was sold in it."),
    roles=REPORT_ROLES,
    ask=_ask_turnover,
    measure="after",
    choices=(_BY,),
    days=_MONTH,
    compared=("after", "cost"),
)

AGES = Definition(
    code="stock_age",
    group=STOCK_GROUP,
    title=msgid("Age of stock"),
    about=msgid("What lies there now by how long ago it came."),
    roles=REPORT_ROLES,
    ask=_ask_ages,
    measure="value",
    choices=(_BY,),
    days=0,
)

MOVERS = Definition(
    code="slow_sellers",
    group=STOCK_GROUP,
    title=msgid("Slow sellers and non-movers"),
    about=msgid("Items that lie in branches, those first of which least was sold."),
    roles=REPORT_ROLES,
    ask=_ask_movers,
    measure="sold",
    choices=(
        Choice("which", msgid("Which items"), (
            ("", msgid("All items")), ("none", msgid("Not sold at all")),
            ("sold", msgid("Sold at least once")),
        )),
    ),
    days=_MONTH,
    ascending=True,
    compared=("sold",),
)  # fmt: skip
