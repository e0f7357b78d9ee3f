"""What to do next, as the first page of the back office says it: the most pressing first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection

from branch import parked, policy
from branch.day_state import Day, days, unfinished
from branch.goods import alerts
from branch.pickups import orders
from branch.profile import find
from branch.tills import TillState, tills
from branch.wording import Wording
from replication.console.languages import msgid


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, or to know; `label` is what its button says, empty when nothing can be done. With
    `ends` the button ends the sales of that date.
    """

    kind: Literal["info", "warn", "bad", "good"]
    what: Wording
    href: str = ""
    label: str = ""
    ends: date | None = None


_LOADING = msgid("Headquarters has not sent this branch's data yet. It comes by itself.")
_OPEN = msgid("No business day is open: lanes that sell now go by their own clock.")
_OPEN_LABEL = msgid("Open the day")
_FORGOTTEN = msgid(
    "%(date)s was never closed. End its sales first, then open the new day; its tills are counted and it is"
    " closed meanwhile."
)
_FORGOTTEN_LABEL = msgid("End its sales")
_ENDED = msgid("%(date)s: sales have ended. Shifts to end at their lanes: %(shifts)s.")
_ENDED_EMPTY = msgid("%(date)s: sales have ended. The day can be closed.")
_SELLING = msgid("%(date)s: the lanes are selling. Running shifts: %(shifts)s.")
_WAITING = msgid("%(date)s is open, and no lane has begun a shift.")
_COUNT = msgid("%(date)s: tills to count: %(tills)s.")
_COUNT_LABEL = msgid("Count tills")
_CLOSE = msgid("%(date)s: every till is counted. The day can be closed.")
_CLOSE_LABEL = msgid("Close the day")
_RECLOSE = msgid("%(date)s is reopened: correct what was wrong, then close it again.")
_RECLOSE_LABEL = msgid("Close it again")
_LATE = msgid("%(date)s: receipts that arrived after the close: %(tickets)s. They count already.")
_LATE_LABEL = msgid("Look and re-open")
_LOOK_LABEL = msgid("Look at the tills")
_PARKED = msgid("Entries of lanes that could not be applied and wait for a decision: %(entries)s.")
_PARKED_LABEL = msgid("Decide")
_DRAFTS = msgid("Goods that are counted and not posted: %(drafts)s.")
_DRAFTS_LABEL = msgid("Go on")
_DUE = msgid("Deliveries that are due and not received: %(deliveries)s.")
_DUE_LABEL = msgid("Goods")
_LOW = msgid("Items that are running low: %(items)s.")
_NEGATIVE = msgid("Items of which more was sold than came: %(items)s.")
_STOCK_LABEL = msgid("Look")
_PICK = msgid("Orders of online shops to pick: %(orders)s.")
_PUT_BACK = msgid("Orders that headquarters wants no more, to put back: %(orders)s.")
_PICK_LABEL = msgid("Pick-ups")


def next_steps(connection: Connection, branch: str, now: datetime) -> list[Step]:
    """Everything that waits for the manager."""
    return [*_steps(connection, branch, now)]


def goods_steps(connection: Connection, branch: str, today: date) -> list[Step]:
    """What waits of goods, behind everything about the day."""
    found = alerts.waiting(connection, branch, today)
    waiting = orders.waiting(connection)
    to_pick = sum(one.state == "to_pick" and not one.withdrawn for one in waiting)
    back = sum(bool(one.withdrawn) for one in waiting)
    steps = (
        (back, Step("warn", Wording(_PUT_BACK, {"orders": back}), "/pickups", _PICK_LABEL)),
        (to_pick, Step("warn", Wording(_PICK, {"orders": to_pick}), "/pickups", _PICK_LABEL)),
        (found.drafts, Step("warn", Wording(_DRAFTS, {"drafts": found.drafts}), "/goods", _DRAFTS_LABEL)),
        (found.due, Step("info", Wording(_DUE, {"deliveries": found.due}), "/goods", _DUE_LABEL)),
        (
            found.negative,
            Step(
                "warn", Wording(_NEGATIVE, {"items": found.negative}), "/stock?only=negative",
                _STOCK_LABEL,
            ),
        ),
        (found.low, Step("info", Wording(_LOW, {"items": found.low}), "/stock?only=low", _STOCK_LABEL)),
    )  # fmt: skip
    return [step for number, step in steps if number]


def _steps(connection: Connection, branch: str, now: datetime) -> Iterator[Step]:
    waiting = len(parked.waiting(connection))
    if waiting:
        yield Step("bad", Wording(_PARKED, {"entries": waiting}), "/lanes#parked", _PARKED_LABEL)
    at_work = unfinished(connection, branch)
    known = find(connection, branch)
    today = policy.find(connection, branch).date_of(now, known.zone) if known else None
    for day in at_work:
        if day.state == "open" and today is not None and day.business_date < today:
            what = Wording(_FORGOTTEN, {"date": day.business_date})
            yield Step("bad", what, "", _FORGOTTEN_LABEL, ends=day.business_date)
    opening = Step("warn", Wording(_OPEN), "#open", _OPEN_LABEL)
    can_open = known is not None and all(day.state != "open" for day in at_work)
    # Where yesterday was forgotten, the lanes wait for today before anything else.
    if can_open and any(day.state == "ended" for day in at_work):
        yield opening
    for day in at_work:
        yield from _of_day(connection, branch, day)
    if known is None:
        yield Step("info", Wording(_LOADING))
    elif can_open and all(day.state != "ended" for day in at_work):
        yield opening
    for day in days(connection, branch):
        if day.state == "closed" and day.late:
            what = Wording(_LATE, {"date": day.business_date, "tickets": day.late})
            yield Step("warn", what, f"/days/{day.business_date}", _LATE_LABEL)


def _of_day(connection: Connection, branch: str, day: Day) -> Iterator[Step]:
    states: dict[TillState, int] = {"running": 0, "to_count": 0, "settled": 0}
    for till in tills(connection, branch, day.business_date):
        states[till.state] += 1
    on = day.business_date
    close = f"/day?date={on}"
    if states["to_count"]:
        what = Wording(_COUNT, {"date": on, "tills": states["to_count"]})
        yield Step("warn", what, f"/tills?date={on}", _COUNT_LABEL)
    if day.state == "reopened":
        yield Step("warn", Wording(_RECLOSE, {"date": on}), close, _RECLOSE_LABEL)
    elif states["running"] and day.state == "ended":
        what = Wording(_ENDED, {"date": on, "shifts": states["running"]})
        yield Step("warn", what, f"/tills?date={on}", _LOOK_LABEL)
    elif states["running"]:
        yield Step("info", Wording(_SELLING, {"date": on, "shifts": states["running"]}))
    elif not states["to_count"]:
        if states["settled"]:
            yield Step("good", Wording(_CLOSE, {"date": on}), close, _CLOSE_LABEL)
        elif day.state == "ended":
            yield Step("good", Wording(_ENDED_EMPTY, {"date": on}), close, _CLOSE_LABEL)
        else:
            yield Step("info", Wording(_WAITING, {"date": on}), close, _CLOSE_LABEL)
