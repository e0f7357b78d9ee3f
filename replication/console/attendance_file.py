"""Attendance as a file: each spell of a month with its hours; an open end is named and has none.

Headquarters and branch give the same file, each of the branches that it may show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from starlette.responses import Response

from replication.console.languages import msgid
from replication.console.page import Page, PageError
from replication.console.table_export import Cell, csv_response
from schemas.domain.attendance import AttendanceClocked, Spell

_HEADS = (
    msgid("Branch"), msgid("Operator"), msgid("Name"), msgid("Business date"), msgid("Came"),
    msgid("Left"), msgid("Hours"), msgid("Open end"), msgid("Corrected because"),
)  # fmt: skip
_OPEN = {True: msgid("left: not known"), False: msgid("came: not known")}
_NO_MONTH = msgid("“%(typed)s” is no month: write it as 2026-03")
_TITLE = msgid("Attendance")


def month_asked(page: Page, today: date) -> date:
    """The first day of the month that an address asks for, today's without one. Raises PageError."""
    text = page.request.query_params.get("month", "")
    try:
        return date.fromisoformat(f"{text}-01") if text else today.replace(day=1)
    except ValueError:
        raise PageError(page.gettext(_NO_MONTH, typed=text[:20])) from None


def hours(seconds: int | None) -> str:
    """Hours and minutes as people read them, whole minutes: 7:05. Of an open spell nothing."""
    return "" if seconds is None else f"{seconds // 3600}:{seconds % 3600 // 60:02d}"


def attendance_csv(
    page: Page,
    branches: Sequence[tuple[str, str, Sequence[Spell]]],
    names: Mapping[str, str],
    first: date,
) -> Response:
    """The spells of branches, each with its zone."""
    rows: list[list[Cell]] = [
        _row(page, branch, zone, one, names) for branch, zone, found in branches for one in found
    ]
    header = [page.gettext(one) for one in _HEADS]
    return csv_response(f"{page.gettext(_TITLE)} {first:%Y-%m}.csv", header, rows)


def _row(page: Page, branch: str, zone: str, one: Spell, names: Mapping[str, str]) -> list[Cell]:
    def at(entry: AttendanceClocked | None) -> str:
        return "" if entry is None else f"{entry.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"

    is_open = one.came is None or one.left is None
    reasons = [entry.reason for entry in (one.came, one.left) if entry and entry.reason]
    return [
        branch, one.operator, names.get(one.operator, ""), one.business_date, at(one.came),
        at(one.left), hours(one.seconds), page.gettext(_OPEN[one.left is None]) if is_open else "",
        "; ".join(reasons),
    ]  # fmt: skip
