"""Terms of the replenishment (自动补货) out of CSV files.

    supplier_terms       supplier,lead_days[,review_days,weekdays,least_amount,least_quantity]
                         S1,3,7,135,500.00,    three days; ordered on Mondays, Wednesdays, Fridays; 500.00 or more
    supplier_holidays    supplier,closed_on
    service_levels       category,level        02,97.5: per cent; an empty category is the chain's own
    replenishment_terms  item[,branch,presentation,minimum,maximum,adjusting,shelf_life_days]
    served_branches      branch,centre,lead_days[,weekdays]
    replenishment_rules  [branch,]up_to,within_percent,may_exceed

Weekdays are digits from 1, Monday; none given is all of them. Quantities are in the item's base unit.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from hq.closing import closed
from hq.import_kinds import Reading, yes_or_no
from hq.references import References
from hq.replenishment.held_rows import Held, compare_rows
from hq.replenishment.sources import branch_of, date_of, given, supplier_of
from hq.reports.branches import known_branches
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.tables.sourcing import (
    replenishment_rule,
    replenishment_terms,
    served_branch,
    service_level,
    supplier_holiday,
    supplier_terms,
)

TERMS_COLUMNS = ("supplier", "lead_days")
OPTIONAL_OF_TERMS = ("review_days", "weekdays", "least_amount", "least_quantity")
HOLIDAY_COLUMNS = ("supplier", "closed_on")
LEVEL_COLUMNS = ("category", "level")
ITEM_COLUMNS = ("item",)
OPTIONAL_OF_ITEMS = (
    "branch", "presentation", "minimum", "maximum", "adjusting", "shelf_life_days",
)  # fmt: skip
SERVED_COLUMNS = ("branch", "centre", "lead_days")
OPTIONAL_OF_SERVED = ("weekdays",)
RULE_COLUMNS = ("up_to", "within_percent", "may_exceed")
OPTIONAL_OF_RULES = ("branch",)

EVERY_DAY = "1234567"
#: Nothing is on its way for longer, nor ordered more seldom.
MOST_DAYS = 365

_DAYS = msgid("a number of days is between %(least)s and %(most)s")
_WEEKDAYS = msgid("%(value)s are no weekdays; write digits from 1, Monday, to 7, such as 135")
_NEGATIVE = msgid("is not below nought")
_LEVEL = msgid("a service level is between 50 and 99.99 per cent")
_NO_CATEGORY = msgid("there is no category %(value)s; import categories first")
_NO_ITEM = msgid("there is no item %(value)s; import items first")
_SERVICE = msgid("%(value)s is a service, of which there is no stock")
_MAXIMUM = msgid("the maximum is not below the minimum")
_FIXED = msgid("fixed limits need a minimum and a maximum")
_NO_CENTRE = msgid("%(value)s is no distribution centre that is open")
_ITSELF = msgid("%(value)s cannot serve itself")


def read_supplier_terms(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Lead time, review cycle, order calendar and least order of suppliers."""

    def make(row: Row, before: dict[tuple[Any, ...], Held]) -> Held:
        supplier = supplier_of(row, known)
        held = before.get((supplier,), {})
        return {
            "supplier": supplier,
            "lead_days": days(row, "lead_days", 0),
            "review_days": _kept(row, "review_days", held, 1, lambda: days(row, "review_days", 1)),
            "weekdays": _kept(row, "weekdays", held, EVERY_DAY, lambda: weekdays(row)),
            "least_amount": _kept(
                row, "least_amount", held, 0, lambda: _least(row, "least_amount", known.decimals)
            ),
            "least_quantity": _kept(
                row, "least_quantity", held, 0, lambda: _least(row, "least_quantity", 3)
            ),
        }

    return compare_rows(connection, supplier_terms, rows, make)


def read_holidays(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Days on which suppliers take no orders and bring nothing."""

    def make(row: Row, _: dict[tuple[Any, ...], Held]) -> Held:
        return {"supplier": supplier_of(row, known), "closed_on": date_of(row, "closed_on")}

    return compare_rows(connection, supplier_holiday, rows, make)


def read_levels(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Service levels by category."""

    def make(row: Row, _: dict[tuple[Any, ...], Held]) -> Held:
        category, level = row.code("category", required=False), row.number("level", 2)
        if category and category not in known.categories:
            row.refuse("category", _NO_CATEGORY, value=category)
        if not _LEAST_LEVEL <= level <= _MOST_LEVEL:
            row.refuse("level", _LEVEL)
        return {"category": category, "level": level}

    return compare_rows(connection, service_level, rows, make)


def read_item_terms(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Presentation stock, minimum and maximum, and shelf life, by item and branch."""

    def make(row: Row, before: dict[tuple[Any, ...], Held]) -> Held:
        item, branch = row.code("item"), branch_of(row, known)
        if item not in known.items:
            row.refuse("item", _NO_ITEM, value=item)
        elif item in known.services:
            row.refuse("item", _SERVICE, value=item)
        held = before.get((item, branch), {})
        made = {
            "item": item, "branch": branch,
            "presentation": _kept(
                row, "presentation", held, 0, lambda: _least(row, "presentation", 3)
            ),
            "minimum": _kept(row, "minimum", held, None, lambda: _least(row, "minimum", 3)),
            "maximum": _kept(row, "maximum", held, None, lambda: _least(row, "maximum", 3)),
            "adjusting": yes_or_no(row, "adjusting", otherwise=held.get("adjusting", True)),
            "shelf_life_days": _kept(
                row, "shelf_life_days", held, None, lambda: days(row, "shelf_life_days", 1)
            ),
        }  # fmt: skip
        _check_limits(row, made)
        return made

    return compare_rows(connection, replenishment_terms, rows, make)


def read_served(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Which distribution centre serves a branch."""
    over = closed(connection)
    centres = {
        one.branch for one in known_branches(connection)
        if one.kind == "distribution_centre" and one.branch not in over
    }  # fmt: skip

    def make(row: Row, before: dict[tuple[Any, ...], Held]) -> Held:
        branch, centre = branch_of(row, known), row.code("centre")
        row.text("branch")
        if centre and centre not in centres:
            row.refuse("centre", _NO_CENTRE, value=centre)
        elif centre and centre == branch:
            row.refuse("centre", _ITSELF, value=centre)
        held = before.get((branch,), {})
        return {
            "branch": branch, "centre": centre, "lead_days": days(row, "lead_days", 0),
            "weekdays": _kept(row, "weekdays", held, EVERY_DAY, lambda: weekdays(row)),
        }  # fmt: skip

    return compare_rows(connection, served_branch, rows, make)


def read_rules(connection: Connection, rows: list[Row], known: References) -> Reading:
    """What may be ordered without a person."""

    def make(row: Row, _: dict[tuple[Any, ...], Held]) -> Held:
        return {
            "branch": branch_of(row, known),
            "up_to": _least(row, "up_to", known.decimals) if given(row, "up_to") else None,
            "within_percent": (
                _least(row, "within_percent", 0) if given(row, "within_percent") else None
            ),
            "may_exceed": yes_or_no(row, "may_exceed", otherwise=False),
        }

    return compare_rows(connection, replenishment_rule, rows, make)


_LEAST_LEVEL, _MOST_LEVEL = 5_000, 9_999


def days(row: Row, column: str, least: int) -> int:
    """A cell as a number of days."""
    number = row.number(column, 0)
    if not row.problems and not least <= number <= MOST_DAYS:
        row.refuse(column, _DAYS, least=least, most=MOST_DAYS)
    return number


def weekdays(row: Row) -> str:
    """A cell as weekdays, in their order."""
    value = row.code("weekdays")
    if not value or set(value) - set(EVERY_DAY):
        row.refuse("weekdays", _WEEKDAYS, value=value)
    return "".join(sorted(set(value)))


def _least(row: Row, column: str, decimals: int) -> int:
    number = row.number(column, decimals)
    if number < 0:
        row.refuse(column, _NEGATIVE)
    return number


def _kept(row: Row, column: str, held: Held, otherwise: object, read: Any) -> Any:  # noqa: ANN401 - a cell
    """What a file does not say stays as it is."""
    if not row.cells.get(column, "").strip():
        return held.get(column, otherwise)
    return read()


def _check_limits(row: Row, made: Held) -> None:
    if row.problems:
        return
    minimum, maximum = made["minimum"], made["maximum"]
    if minimum is not None and maximum is not None and maximum < minimum:
        row.refuse("maximum" if "maximum" in row.cells else "item", _MAXIMUM)
    elif not made["adjusting"] and (minimum is None or maximum is None):
        row.refuse("adjusting" if "adjusting" in row.cells else "item", _FIXED)
