"""What ranges that move with the calendar are called."""

from __future__ import annotations

from collections.abc import Mapping

from hq.reporting.ranges import RELATIVE
from replication.console.languages import msgid

_NAMES: Mapping[str, str] = {
    "today": msgid("Today"),
    "yesterday": msgid("Yesterday"),
    "this_week": msgid("This week"),
    "last_week": msgid("Last week"),
    "last_7_days": msgid("The last 7 days"),
    "this_month": msgid("This month"),
    "last_month": msgid("Last month"),
    "last_30_days": msgid("The last 30 days"),
    "last_quarter": msgid("Last quarter"),
    "this_year": msgid("This year"),
    "last_year": msgid("Last year"),
}
#: By its code, with that of none first.
RANGES: Mapping[str, str] = {"": msgid("The dates below"), **{one: _NAMES[one] for one in RELATIVE}}
