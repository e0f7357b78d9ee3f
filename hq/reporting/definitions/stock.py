"""What lies in the branches now, item by item, with what is on its way; and gains and losses of it.

Stock is of now: its completeness is that of the last week's days, and how far each branch is held here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from sqlalchemy import Connection

from hq.completeness import Completeness, assess
from hq.goods.lines import item_names
from hq.reporting.definition import Choice, Definition, Filter, Request
from hq.reporting.table import Answer, Drill, Figure, Kind, Named, Note, Row, columns
from hq.reports.stock import Only, StockQuery, positions, stock
from hq.reports.stock_variance import REASONS, Reason, VarianceQuery, variance
from hq.web.asked import REPORT_ROLES
from replication.console.languages import msgid
from replication.console.stock_words import MOVES, move_words

STOCK_GROUP = msgid("Stock")
#: The business days whose completeness stands beside what lies there now.
_WEEK = timedelta(days=6)
_DAYS = 31
_VARIANCE_KEYS = 3
_UNCOSTED = msgid("Without a known cost")
_UNKNOWN_COST = msgid("Moves of unknown cost: %(number)s.")
_NO_VALUE = msgid("Their goods are in no value. A cost becomes known with the next receipt at one.")
_BEHIND = msgid("Of %(number)s branches not everything is here.")
_AS_FAR = msgid("Their stock is as far as headquarters has heard.")
_HELD = msgid("%(branch)s: %(pending)s entries not sent yet, %(parked)s in quarantine here")
_NEVER = msgid("%(branch)s: never heard of")

_STOCKED: tuple[tuple[str, str, Kind], ...] = (
    ("branch", msgid("Branch"), "named"), ("item", msgid("Item"), "named"), ("unit", msgid("Unit"), "text"),
    ("on_hand", msgid("On hand"), "quantity"), ("value", msgid("Value without tax"), "amount"),
    ("value_with_tax", msgid("Value with tax"), "amount"), ("in_transit", msgid("In transit"), "quantity"),
    ("on_order", msgid("On order"), "quantity"), ("last_moved", msgid("Last moved"), "instant"),
)  # fmt: skip
_VARIED: tuple[tuple[str, str, Kind], ...] = (
    ("branch", msgid("Branch"), "named"), ("reason", msgid("Reason"), "text"), ("item", msgid("Item"), "named"),
    ("moves", msgid("Moves"), "count"), ("quantity", msgid("Quantity"), "quantity"), ("gain", msgid("Gain"), "amount"),
    ("loss", msgid("Loss"), "amount"), ("value", msgid("Gain and loss"), "amount"),
    ("unvalued", msgid("Moves of unknown cost"), "count"),
)  # fmt: skip


def assess_now(connection: Connection, request: Request) -> Completeness:
    """What the days of the last week lack, up to today: it is part of every figure of stock."""
    asked = request.asked
    last = max(request.now.date(), asked.last)
    return assess(connection, asked.branches, last - _WEEK, last, request.now)


def held_here(connection: Connection, request: Request) -> tuple[Note, ...]:
    """Which branches are held here in part."""
    words = request.words
    behind = [one for one in positions(connection, request.asked.branches) if not one.is_whole]
    if not behind:
        return ()
    points = tuple(
        words.gettext(_NEVER, branch=one.branch)
        if one.heard is None
        else words.gettext(_HELD, branch=one.branch, pending=one.pending, parked=one.parked)
        for one in behind
    )
    heading = words.gettext(_BEHIND, number=len(behind))
    return (Note("warn", heading, words.gettext(_AS_FAR), points),)


def _ask_stock(connection: Connection, request: Request) -> Answer:
    words, asked = request.words, request.asked
    after = (request.after[0], request.after[1]) if len(request.after) > 1 else None
    only = cast("Only", request.choices["only"])
    query = StockQuery(asked.branches, request.filters["find"], "", only, after, request.limit)
    found = stock(connection, query)
    branches = {one.branch: one.name for one in asked.known}
    totals = found.totals
    rows = tuple(
        Row(
            (one.branch, one.item),
            (
                Named(one.branch, branches.get(one.branch, one.branch)), Named(one.item, one.name),
                one.unit, one.quantity, one.value if one.costed or not one.quantity else None,
                one.with_tax if one.costed or not one.quantity else None, one.in_transit,
                one.on_order, found.last_moved.get((one.branch, one.item)),
            ),
            Drill(f"/stock/items/{one.item}", {"branch": one.branch, "from": None, "to": None}, 1),
            one.branch,
        )
        for one in found.rows
    )  # fmt: skip
    unknown = words.gettext(_UNKNOWN_COST, number=totals.unvalued)
    return Answer(
        columns=columns(words, *_STOCKED, sortable=False),
        rows=rows,
        total=(words.gettext("Total"), "", "", None, totals.value, totals.with_tax, None, None, None),
        completeness=assess_now(connection, request),
        currency=asked.currency,
        following=found.following or (),
        figures=(
            Figure(words.gettext("Value without tax"), "amount", totals.value),
            Figure(words.gettext("Value with tax"), "amount", totals.with_tax),
            Figure(words.gettext("Items in branches"), "count", totals.rows),
            Figure(words.gettext("Below nought"), "count", totals.negative),
            Figure(words.gettext(_UNCOSTED), "count", totals.uncosted),
            Figure(words.gettext("In transit"), "count", totals.in_transit, words.gettext("items in branches")),
            Figure(words.gettext("On order"), "count", totals.on_order, words.gettext("items in branches")),
        ),
        notes=(
            *held_here(connection, request),
            *([Note("warn", unknown, words.gettext(_NO_VALUE))] if totals.unvalued else []),
        ),
    )  # fmt: skip


def _ask_variance(connection: Connection, request: Request) -> Answer:
    words, asked = request.words, request.asked
    place = request.after
    after = (place[0], place[1], place[2]) if len(place) == _VARIANCE_KEYS else None
    chosen = request.choices["reason"]
    reason: Reason | None = next((one for one in REASONS if one == chosen), None)
    query = VarianceQuery(
        asked.branches,
        asked.first,
        asked.last,
        reason,
        request.filters["item"],
        after,
        request.limit,
    )
    found = variance(connection, query)
    names = item_names(connection, {one.item for one in found.rows})
    branches = {one.branch: one.name for one in asked.known}
    rows = tuple(
        Row(
            (one.branch, one.reason, one.item),
            (
                Named(one.branch, branches.get(one.branch, one.branch)),
                move_words(words, one.reason), Named(one.item, names.get(one.item, one.item)),
                one.moves, one.quantity, one.gain, one.loss, one.value, one.unvalued,
            ),
            Drill(f"/stock/items/{one.item}", {"branch": one.branch, "from": None, "to": None}, 2),
            one.branch,
        )
        for one in found.rows
    )  # fmt: skip
    totals = found.totals
    gain, loss = sum(one.gain for one in totals), sum(one.loss for one in totals)
    moves, unvalued = sum(one.moves for one in totals), sum(one.unvalued for one in totals)
    return Answer(
        columns=columns(words, *_VARIED, sortable=False),
        rows=rows,
        total=(words.gettext("Total"), "", "", moves, None, gain, loss, gain + loss, unvalued),
        completeness=assess(connection, asked.branches, asked.first, asked.last, request.now),
        currency=asked.currency,
        following=found.following or (),
        figures=tuple(
            Figure(move_words(words, one.reason), "amount", one.gain + one.loss) for one in totals
        ),
    )  # fmt: skip


STOCK = Definition(
    code="stock",
    group=STOCK_GROUP,
    title=msgid("Stock on hand"),
    about=msgid("What lies in each branch now, what it is worth, and what is on its way there."),
    roles=REPORT_ROLES,
    ask=_ask_stock,
    measure="key",
    choices=(
        Choice("only", msgid("Which items"), (
            ("", msgid("All items")), ("negative", msgid("Below nought")), ("uncosted", _UNCOSTED),
            ("expected", msgid("Something expected")),
        )),
    ),
    filters=(Filter("find", msgid("Item code or name")),),
    days=0,
    ascending=True,
    chart=None,
)  # fmt: skip

VARIANCE = Definition(
    code="stock_variance",
    group=STOCK_GROUP,
    title=msgid("Stock variance"),
    about=msgid("Gains and losses of stock that no sale and no delivery explains, by reason and item."),
    roles=REPORT_ROLES,
    ask=_ask_variance,
    measure="key",
    choices=(
        Choice("reason", msgid("Reason"), (
            ("", msgid("All reasons")), *((one, MOVES[one]) for one in REASONS),
        )),
    ),
    filters=(Filter("item", msgid("Item")),),
    days=_DAYS,
    ascending=True,
    chart=None,
)  # fmt: skip
