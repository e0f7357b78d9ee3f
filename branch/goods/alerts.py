"""Goods that wait for somebody: what the first page tells, and what a day is not closed over unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from branch import profile
from branch.checks import Check, Finding
from branch.goods.availability import below_nought, count_low
from branch.goods.deliveries import deliveries
from branch.goods.drafts import drafts
from replication.console.formats import quantity
from replication.console.languages import msgid

_UNPOSTED = Finding(
    "receipt_unposted",
    msgid("Goods that were counted on %(since)s by %(operator)s are not posted: %(document)s"),
    msgid("Post them, or discard the draft with a reason"),
    "/goods/drafts/%(draft)s",
)
_NEGATIVE = Finding(
    "stock_negative",
    msgid("More was sold than came, items: %(number)s (%(items)s)"),
    msgid("Look whether goods are not posted yet; otherwise count them"),
    "/stock?only=negative",
)
#: So many items are named, the worst first.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of goods waits for somebody: drafts, deliveries that are due, items low and below nought."""

    drafts: int
    due: int
    low: int
    negative: int


def waiting(connection: Connection, branch: str, today: date) -> Waiting:
    """What waits on a date."""
    due = [one for one in deliveries(connection, branch) if one.expected <= today]
    begun = drafts(connection)
    answered = {one.refers_to for one in begun}
    return Waiting(
        len(begun),
        sum(one.document not in answered for one in due),
        count_low(connection, branch),
        below_nought(connection, branch, 0)[1],
    )


def goods_checks(
    connection: Connection, branch: str, business_date: date, now: datetime
) -> Iterator[Check]:
    """The findings about goods: drafts that were begun until the end of the date, and oversold items."""
    del now
    known = profile.find_or_bare(connection, branch)
    for draft in drafts(connection):
        if draft.lines and known.local_date(draft.created) <= business_date:
            document = " ".join(one for one in (draft.refers_to, draft.partner) if one)
            yield _UNPOSTED.warns(
                draft.uuid, since=draft.created, operator=draft.operator,
                document=document or draft.uuid[:8], draft=draft.uuid,
            )  # fmt: skip
    worst, number = below_nought(connection, branch, _NAMED)
    if number:
        named = [f"{name} {quantity(left)}" for _, name, left in worst]
        more = ["…"] if number > len(worst) else []
        # With the items in its name: what is accepted is what was seen.
        subject = f"{business_date}/{number}/{'/'.join(item for item, _, _ in worst)}"
        yield _NEGATIVE.warns(subject, number=number, items=", ".join([*named, *more]))
