"""Corrections of cash go newest day first (rule 23).

    reopened and not closed again        its cash may be corrected
    this day alone                       yes
    this day and a later one             no: the later one first

What a till was over or short on one day is made up from on the next: whoever corrects the older day first
would explain a difference of the newer one that may not be there once that is put right.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, func, select

from branch.day_state import DayError
from replication.console.languages import msgid
from schemas.tables.days import business_day


def require(connection: Connection, branch: str, business_date: date) -> None:
    """Raise DayError where a later day's cash is to be corrected first. The day's row is locked."""
    newer = connection.execute(
        select(func.max(business_day.c.business_date)).where(
            business_day.c.branch == branch,
            business_day.c.business_date > business_date,
            business_day.c.state == "reopened",
        )
    ).scalar()
    if newer is not None:
        raise DayError(
            msgid(
                "%(newer)s is reopened too: correct its cash and close it, then the cash of %(date)s"
            ),
            newer=newer,
            date=business_date,
        )
