"""Posting (过账): a draft becomes a document, all of it in one transaction, or stays a draft.

    in this order of locks: the date's row, shared ─ the draft ─ the stock ─ own journal

The business date is that of the day that is open, or of the next one where none is: goods come before
the shop opens. A reopened day takes corrections only, and its date is chosen by a person. Of two people
who post one draft, one posts and the other is told as which document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from branch import day_state, days, own_journal
from branch.goods import drafts, numbers, partners
from branch.goods.composing import Composed
from branch.goods.drafts import Draft
from branch.goods.partners import GoodsError
from branch.goods.reasons import OTHER, REASONS
from replication.console.languages import msgid
from schemas.domain.stock.document import StockDocument, StockLine
from schemas.domain.stock.posting import Occasion, items_of, post
from schemas.tables import stock_store
from schemas.tables.days import business_day


@dataclass(frozen=True, slots=True)
class Asked:
    """Who posts, when, on which date (None: the one that is due), and whether nothing more will come."""

    operator: str
    at: datetime
    final: bool = True
    business_date: date | None = None


def dates(connection: Connection, branch: str, now: datetime) -> list[date]:
    """The dates that a document may bear, the one that is due first. Raises DayError."""
    unfinished = day_state.unfinished(connection, branch)
    running = [day.business_date for day in unfinished if day.state == "open"]
    due = running[-1] if running else days.next_date(connection, branch, now)
    return [due, *(day.business_date for day in unfinished if day.business_date != due)]


def post_draft(connection: Connection, branch: str, uuid: str, asked: Asked) -> StockDocument:
    """Post a draft. Raises GoodsError or DayError; nothing is written then."""
    business_date = _date(connection, branch, asked)
    draft = drafts.find(connection, branch, uuid, lock=True)
    _check(connection, branch, draft)
    lines = _lines(draft, final=asked.final)
    document = state(connection, branch, draft, lines, asked, business_date)
    drafts.drop(connection, uuid)
    return document


def state(
    connection: Connection, branch: str, draft: Draft, lines: Sequence[StockLine], asked: Asked,
    business_date: date,
) -> StockDocument:  # fmt: skip
    """Fix the moves of lines at what is there now, and state the document under its number."""
    held = stock_store.holdings(connection, branch, tuple(items_of(lines)), lock=True)
    final = asked.final or draft.delivery is None
    occasion = Occasion(draft.uuid, draft.kind, business_date, asked.at, final=final)
    posted = post(occasion, lines, held)
    document = StockDocument(
        uuid=draft.uuid, document=numbers.next_number(connection, branch, draft.kind),
        kind=draft.kind, branch=branch, business_date=business_date, at=asked.at,
        operator=asked.operator, lines=posted.lines, moves=posted.moves, partner=draft.partner,
        refers_to=draft.refers_to, final=final, reason=draft.reason,
    )  # fmt: skip
    own_journal.state(connection, branch, document, asked.at)
    return document


def _date(connection: Connection, branch: str, asked: Asked) -> date:
    offered = dates(connection, branch, asked.at)
    chosen = offered[0] if asked.business_date is None else asked.business_date
    if chosen not in offered:
        raise GoodsError(
            msgid(
                "%(date)s takes no goods: it is closed or far off; choose one of the dates offered"
            ),
            date=chosen,
        )
    of_date = business_day.c.branch == branch, business_day.c.business_date == chosen
    query = select(business_day.c.state).where(*of_date).with_for_update(read=True)
    if connection.execute(query).scalar() == "closed":
        raise GoodsError(
            msgid("%(date)s was closed a moment ago: load the page again"), date=chosen
        )
    return chosen


def _check(connection: Connection, branch: str, draft: Draft) -> None:
    if draft.delivery is not None and draft.delivery.withdrawn:
        raise GoodsError(
            msgid(
                "Headquarters withdrew %(document)s meanwhile: go on without it, or discard this"
            ),
            document=draft.refers_to,
        )
    if draft.delivery is not None and draft.delivery.done:
        raise GoodsError(
            msgid("%(document)s was settled by %(last)s: go on without it, or discard this"),
            document=draft.refers_to,
            last=draft.delivery.answers[-1],
        )
    if draft.kind == "transfer_in" and draft.delivery is None:
        raise GoodsError(
            msgid("%(document)s is not expected here (any more): wait for headquarters"),
            document=draft.refers_to,
        )
    if draft.kind == "transfer_out":
        partners.require_receiver(connection, branch, draft.partner)
    elif draft.kind == "return_to_vendor":
        partners.require_supplier(connection, draft.partner, buys=False)


def _lines(draft: Draft, *, final: bool) -> list[StockLine]:
    """What the document says: of a final one also what did not come."""
    lines = [
        one.line
        for one in draft.lines
        if one.line.quantity or one.line.damaged or (final and one.line.expected)
    ]
    if not lines or (draft.delivery is None and not _counted(draft.lines)):
        raise GoodsError(msgid("Nothing is counted yet: scan what there is, or discard this"))
    reasons = REASONS.get(draft.kind, {})
    for line in lines:
        if reasons and line.reason not in reasons:
            raise GoodsError(msgid("%(item)s: choose the reason"), item=line.name or line.item)
        if line.reason == OTHER and not draft.reason:
            raise GoodsError(
                msgid("%(item)s: the reason is “other”: say in a few words what it was"),
                item=line.name or line.item,
            )
    return [replace(line, value=None) if draft.kind == "transfer_out" else line for line in lines]


def _counted(lines: Sequence[Composed]) -> bool:
    return any(one.line.quantity or one.line.damaged for one in lines)
