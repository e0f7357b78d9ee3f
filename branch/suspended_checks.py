"""What the day close says of suspended baskets: each that was forgotten, and each that was resumed twice.

Both are warnings: a basket that nobody came back for is no sale, and which of two lanes sold one rightly
is for a person to see from their receipts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from branch.checks import Check, Finding
from branch.suspended import open_baskets
from branch.wording import Money
from replication.console.languages import msgid
from schemas.tables.suspended import resumed_basket, suspended_basket

_OPEN = Finding(
    "basket_suspended",
    msgid(
        "A basket of %(operator)s at %(lane)s (%(amount)s, %(name)s) is suspended since %(since)s"
    ),
    msgid("Resume it at a lane, then sell or cancel it; or accept that nobody came back for it"),
    "/lanes",
)
_UNNAMED = Finding(
    "basket_suspended",
    msgid("A basket of %(operator)s at %(lane)s (%(amount)s) is suspended since %(since)s"),
    _OPEN.way_out,
    "/lanes",
)
_TWICE = Finding(
    "basket_twice",
    msgid(
        "A basket of %(lane)s (%(amount)s), suspended at %(since)s, was resumed at each of %(lanes)s"
    ),
    msgid(
        "Compare the receipts of these lanes: it may have been sold twice while the line was down"
    ),
    "/days/%(date)s",
)


def suspended_checks(
    connection: Connection, branch: str, business_date: date, now: datetime
) -> Iterator[Check]:
    """The findings about the baskets that were suspended on a date."""
    del now
    of_date = (
        suspended_basket.c.branch == branch,
        suspended_basket.c.business_date == business_date,
    )
    for row in connection.execute(open_baskets().where(*of_date)):
        finding = _OPEN if row.name else _UNNAMED
        named = {"name": row.name} if row.name else {}
        yield finding.warns(
            row.uuid,
            operator=row.operator,
            lane=row.lane,
            amount=Money(row.amount),
            since=row.at,
            **named,
        )
    lanes = func.string_agg(resumed_basket.c.lane, ", ").label("lanes")
    twice = (
        select(suspended_basket, lanes)
        .join(resumed_basket, resumed_basket.c.uuid == suspended_basket.c.uuid)
        .where(*of_date)
        .group_by(suspended_basket.c.uuid)
        .having(func.count() > 1)
        .order_by(suspended_basket.c.at)
    )
    for row in connection.execute(twice):
        yield _TWICE.warns(
            row.uuid,
            lane=row.lane,
            amount=Money(row.amount),
            since=row.at,
            lanes=", ".join(sorted(row.lanes.split(", "))),
            date=business_date,
        )
