"""What a manager decides about an item of a stocktake, and the sheet on which items are counted again.

    about an item that         a manager may say
    nobody counted             leave it alone, or: nothing is there
    was counted                which of its counts counts, with a reason; or leave it alone

A decision replaces the one before; the audit keeps them all.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from branch import audit
from branch.items import find as find_item
from branch.stocktake import counting, session
from branch.stocktake.counting import Counter, How, Written
from branch.stocktake.review import Line, review
from branch.stocktake.session import StocktakeError
from replication.console.languages import msgid
from schemas.domain.stock.stocktake import NOUGHT
from schemas.tables.base import upsert
from schemas.tables.stocktake import stocktake_choice

_NAMED = 20


def decide(
    connection: Connection,
    branch: str,
    name: str,
    items: Collection[str],
    round_: int | None,
    operator: str,
    reason: str,
    now: datetime,
) -> None:
    """Decide about items: a round that counts, `NOUGHT`, or None to leave them alone. Raises StocktakeError."""
    held = session.find_open(connection, name)
    lines = {one.goods.item: one for one in review(connection, branch, name).lines}
    if not items:
        raise StocktakeError(msgid("Choose the items that this is about"))
    for item in sorted(items):
        line = lines.get(item)
        if line is None or not _is_open_to(line, round_):
            raise StocktakeError(
                msgid("%(item)s was counted or decided otherwise meanwhile: look at it again"),
                item=item,
            )
        if line.counts and not reason.strip():
            raise StocktakeError(msgid("Say why it is decided so"))
    rows = [
        {
            "stocktake": held.stocktake, "item": item, "round": round_, "operator": operator,
            "at": now, "reason": reason.strip(),
        }
        for item in sorted(items)
    ]  # fmt: skip
    upsert(connection, stocktake_choice, rows)
    said = "leave" if round_ is None else f"round {round_}"
    named = ", ".join(sorted(items)[:_NAMED]) + (" …" if len(items) > _NAMED else "")
    subject = f"{held.name}: {len(items)} items, {named}"
    audit.note(connection, now, operator, "stocktake.decide", subject, f"{said} {reason}".strip())


def decide_rest(
    connection: Connection,
    branch: str,
    name: str,
    round_: int | None,
    operator: str,
    now: datetime,
) -> int:
    """Decide about all that nobody counted, and answer how many those are, perhaps none. Raises StocktakeError."""
    session.find_open(connection, name)
    lines = review(connection, branch, name).lines
    items = [one.goods.item for one in lines if one.verdict.state == "not_counted"]
    if items:
        decide(connection, branch, name, items, round_, operator, "", now)
    return len(items)


def count_again(connection: Connection, branch: str, name: str, sheet: str) -> int:
    """Add the sheet on which all that is due is counted again, and answer its number. Raises StocktakeError."""
    session.find_open(connection, name)
    lines = review(connection, branch, name).lines
    due = [one for one in lines if one.verdict.state == "count_again"]
    if not due:
        raise StocktakeError(msgid("Nothing has to be counted again"))
    # Those that were counted least often first: the others wait for a third count of their own.
    round_ = 1 + min(max(count.round for count in one.counts) for one in due)
    codes = [one.goods.item for one in due if max(c.round for c in one.counts) + 1 == round_]
    waiting = {
        (one.round, one.name) for one in session.sheets(connection, name) if one.round >= round_
    }
    title = f"{sheet} {round_}" if not waiting else f"{sheet} {round_}-{len(waiting) + 1}"
    return session.add_sheet(connection, name, title, sorted(codes), round_)


def look_up_again(connection: Connection, branch: str, name: str, code: str, now: datetime) -> None:
    """Count a code that was unknown as what it stands for now, as of when it was counted. Raises
    StocktakeError while nobody knows it, or if it is not counted here.
    """
    session.find_open(connection, name)
    unknown = next(
        (one for one in review(connection, branch, name).unknown if one.code == code), None
    )
    if unknown is None or find_item(connection, code) is None:
        raise StocktakeError(
            msgid("Nobody knows %(code)s yet: headquarters has to create the item"), code=code
        )
    for one in counting.of_stocktake(connection, name):
        if one.number in unknown.numbers:
            counting.take_back(connection, Counter(name, one.sheet, one.operator, now), one.number)
            counter = Counter(name, one.sheet, one.operator, one.at)
            how: How = "set" if one.how == "set" else "add"
            counting.enter(
                connection, counter, Written(code, one.quantity, how), f"again-{one.number}"
            )


def _is_open_to(line: Line, round_: int | None) -> bool:
    if round_ is None:
        return True
    if round_ == NOUGHT:
        return all(one.round == NOUGHT for one in line.counts)
    return round_ in {one.round for one in line.counts}
