"""What a shop asks to be kept back or fetched: where, what and how much, checked before anything is locked.

A refusal is a ShopError: `code` is for the shop's program, the sentence and the way out for whoever looks after
it in their language, `details` name the records. None is kept: asked again it may be granted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, select

from hq.closing import closed
from hq.refusal import RefusalError
from hq.reports.branches import KnownBranch, known_branches
from hq.shop import holds
from hq.shop.clients import Client
from replication.console.languages import msgid
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import item as item_table

Code = Literal[
    "unknown_branch", "branch_closed", "unknown_item", "twice", "until", "not_enough",
    "other_content", "unknown_reservation", "reservation_over", "unknown_order", "handed_over",
    "stale_cursor",
]  # fmt: skip

#: The way out of several refusals.
CHOOSE_BRANCH = msgid("choose a branch of /shop/v1/branches")
_UNTIL = msgid("%(until)s is not within the next %(hours)s hours")
_CHOOSE_UNTIL = msgid("choose an instant after %(now)s and not after %(latest)s")
_NO_BRANCH = msgid("there is no branch %(branch)s, or it is not in the scope of %(client)s")
_CLOSED = msgid("branch %(branch)s is closed for good")
_TWICE = msgid("items stand twice: %(items)s")
_TOGETHER = msgid("put their lines together")
_NO_GOODS = msgid("the catalogue has no goods %(items)s")
_CHOOSE_ITEMS = msgid("choose items of /shop/v1/items that are stocked")
_SHORT = msgid("branch %(branch)s has less than was asked for of %(count)s items")
_ASK_LESS = msgid("ask for no more than is available, or another branch")
_OTHER = msgid("%(key)s was asked for before with another %(fields)s")
_REPEAT = msgid("repeat exactly what was asked before, or choose another key")


class ShopError(RefusalError):
    """What a shop asked cannot be done, and the way out; both texts name their values."""

    def __init__(
        self, code: Code, text: str, way_out: str, *,
        details: Mapping[str, Any] | None = None, **params: object,
    ) -> None:  # fmt: skip
        super().__init__(text, **params)
        self.code: Code = code
        self.way_out = RefusalError(way_out, **params)
        self.details = details or {}


@dataclass(frozen=True, slots=True)
class WantedItem:
    """So much of an item, in thousandths of its base unit."""

    item: str
    quantity: int


@dataclass(frozen=True, slots=True)
class NamedItem:
    """An item as the catalogue has it."""

    name: str
    unit: str


def check_until(until: datetime, now: datetime, longest: timedelta) -> None:
    """Refuse an instant that is over or too far away. Raises ShopError."""
    if now < until <= now + longest:
        return
    last = (now + longest).isoformat()
    raise ShopError(
        "until", _UNTIL, _CHOOSE_UNTIL, details={"latest": last}, until=until.isoformat(),
        hours=longest // timedelta(hours=1), now=now.isoformat(), latest=last,
    )  # fmt: skip


def check_branch(connection: Connection, client: Client, branch: str) -> KnownBranch:
    """A branch of the shop's scope that sells. Raises ShopError."""
    known = {one.branch: one for one in known_branches(connection)}
    if branch not in known or not client.may_see(branch):
        raise ShopError(
            "unknown_branch", _NO_BRANCH, CHOOSE_BRANCH, details={"branch": branch},
            branch=branch, client=client.client,
        )  # fmt: skip
    if branch in closed(connection):
        raise ShopError(
            "branch_closed", _CLOSED, CHOOSE_BRANCH, details={"branch": branch}, branch=branch
        )  # fmt: skip
    return known[branch]


def check_items(connection: Connection, wanted: Sequence[WantedItem]) -> dict[str, NamedItem]:
    """The items of the lines, each once. Raises ShopError."""
    codes = [one.item for one in wanted]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ShopError(
            "twice", _TWICE, _TOGETHER, details={"items": twice}, items=", ".join(twice)
        )  # fmt: skip
    row = item_table.c
    query = select(row.item, row.name, row.unit).where(
        row.stream == CHAIN_FEED, row.item.in_(codes), row.stocked
    )
    known = {one.item: NamedItem(one.name, one.unit) for one in connection.execute(query)}
    unknown = sorted(set(codes) - set(known))
    if unknown:
        raise ShopError(
            "unknown_item", _NO_GOODS, _CHOOSE_ITEMS, details={"items": unknown},
            items=", ".join(unknown),
        )  # fmt: skip
    return known


def keep_back(
    connection: Connection, client: Client, holder: str, branch: str,
    wanted: Sequence[WantedItem], until: datetime | None, now: datetime,
) -> None:  # fmt: skip
    """Keep the goods back, all of them or none. Raises ShopError."""
    quantities = {one.item: one.quantity for one in wanted}
    holds.lock(connection, branch, quantities)
    left = holds.left(connection, branch, quantities, client.buffer, now)
    short = [
        {"item": item, "wanted": quantity, "available": left[item]}
        for item, quantity in quantities.items()
        if quantity > left[item]
    ]
    if short:
        raise ShopError(
            "not_enough", _SHORT, _ASK_LESS, details={"short": short}, branch=branch,
            count=len(short),
        )  # fmt: skip
    holds.keep(connection, holder, branch, quantities, until)


def compare(asked: Mapping[str, Any], before: Mapping[str, Any], key: str) -> None:
    """Refuse a repeated key with other content; of what was lost before, only what is known. Raises ShopError."""
    differing = {
        name: {"before": before.get(name), "now": asked.get(name)}
        for name in sorted(before)
        if asked.get(name) != before.get(name)
    }
    if differing:
        raise ShopError(
            "other_content", _OTHER, _REPEAT, details={"differences": differing}, key=key,
            fields=", ".join(differing),
        )  # fmt: skip
