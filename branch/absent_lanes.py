"""Closing a day without a lane that is gone (rule 23): what is missing with it is named, not forgotten.

    a lane of which something stands in the way    may be left out, with a reason and, by the policy, under
                                                   the authority of a second person
    a lane of which nothing does                   is not left out: it is back, or was never gone

What is gone with the lane is neither in the way nor to accept. Its receipts count as late entries when they
come after all, and the day lacks the lane until a revision closes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from branch import policy
from branch.checks import Check
from branch.day_state import DayError
from branch.wording import Wording
from replication.console.languages import msgid
from schemas.domain.day import LaneAbsent
from schemas.domain.day_check import GONE_WITH_A_LANE

_MISSING = {
    "shift_running": msgid("Its shift was still running"),
    "till_uncounted": msgid("Its till was not counted"),
    "receipts_missing": msgid("Receipts had not arrived: %(record)s"),
    "lane_differs": msgid("Its own figures differed from its receipts"),
    "receipt_differs": msgid("Receipt %(record)s did not fit its own count"),
    "lane_silent": msgid("It had not been heard of"),
    "lane_sending": msgid("It had entries to send"),
    "clock_skew": msgid("Its clock was wrong"),
}
_UNKNOWN = "%(code)s: %(record)s"


@dataclass(frozen=True, slots=True)
class Gone:
    """A lane to leave out and why; `authority` is the person who agreed beside, whose secret was checked."""

    lane: str
    reason: str
    authority: str = ""


def may_be_left_out(checks: Iterable[Check]) -> list[str]:
    """The lanes of which something stands in the way that can be gone with them."""
    return sorted({one.lane for one in checks if one.blocking and _is_of_a_lane(one)})


def leave_out(
    connection: Connection,
    branch: str,
    checks: Sequence[Check],
    gone: Iterable[Gone],
    operator: str,
) -> tuple[LaneAbsent, ...]:
    """What the close states of these lanes. Raises DayError for one that cannot be left out as asked."""
    asks_second = policy.find(connection, branch).absent_lane_authority
    possible = may_be_left_out(checks)
    absent: list[LaneAbsent] = []
    for one in gone:
        if one.lane not in possible:
            raise DayError(
                msgid("Nothing of lane %(lane)s stands in the way: close the day with it"),
                lane=one.lane,
            )
        if not one.reason.strip():
            raise DayError(
                msgid("The day is closed without lane %(lane)s only with a reason: say why"),
                lane=one.lane,
            )
        if asks_second and one.authority in {"", operator}:
            raise DayError(
                msgid(
                    "The day is closed without lane %(lane)s only if a second person agrees: they"
                    " key their own code and PIN"
                ),
                lane=one.lane,
            )
        missing = tuple(
            check.key for check in checks if check.lane == one.lane and _is_of_a_lane(check)
        )
        absent.append(LaneAbsent(one.lane, one.reason.strip(), operator, one.authority, missing))
    return tuple(absent)


def besides(checks: Iterable[Check], absent: Iterable[LaneAbsent]) -> list[Check]:
    """The findings that are not gone with these lanes."""
    return besides_lanes(checks, {one.lane for one in absent})


def besides_lanes(checks: Iterable[Check], lanes: Collection[str]) -> list[Check]:
    """The same, by the lanes' names."""
    return [one for one in checks if one.lane not in lanes or not _is_of_a_lane(one)]


def _is_of_a_lane(check: Check) -> bool:
    return bool(check.lane) and check.code in GONE_WITH_A_LANE


def missing_words(key: str) -> Wording:
    """What a close names as missing with a lane; what a newer release named, by its own name."""
    code, _, record = key.partition(":")
    return Wording(_MISSING.get(code, _UNKNOWN), {"code": code, "record": record})
