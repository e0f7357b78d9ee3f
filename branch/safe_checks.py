"""What the day close says of the safe, where headquarters' policy has it counted every day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection

from branch import policy, safe
from branch.checks import Check, Finding
from replication.console.languages import msgid

_UNCOUNTED = Finding(
    "safe_uncounted",
    msgid("The safe was not counted on %(date)s"),
    msgid("Count the safe"),
    "/safe/count",
)


def safe_checks(
    connection: Connection, branch: str, business_date: date, now: datetime
) -> Iterator[Check]:
    """Nothing, or that the safe waits for its count."""
    del now
    if policy.find(connection, branch).count_safe and not safe.is_counted(
        connection, branch, business_date
    ):
        yield _UNCOUNTED.warns(business_date.isoformat(), date=business_date)
