"""A stocktake on paper: the sheet to count on, and the gains and losses that came of it (盘盈盘亏表).

A sheet says what is expected only where it is asked for: who knows it, finds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from branch.reports import blocks
from branch.stocktake import scope
from branch.stocktake.review import Line, Review
from branch.stocktake.session import Stocktake
from branch.voice import Voice
from replication.console.formats import MISSING, number, quantity
from replication.console.languages import msgid
from replication.console.pdf import Block, PdfFacts, PdfHeading, PdfNote, PdfTable
from schemas.domain.stock.stocktake import State
from schemas.tables import stock_store

TITLE = msgid("Gains and losses")
SHEET = msgid("Stocktake sheet")

STATES: Mapping[State, str] = {
    "not_counted": msgid("Not counted"),
    "count_again": msgid("Count again"),
    "undecided": msgid("To decide"),
    "agreed": msgid("Counted"),
    "chosen": msgid("Decided"),
    "left": msgid("Left alone"),
    "superseded": msgid("Counted since"),
}


_LEFT_OUT: frozenset[State] = frozenset({"left", "superseded"})


@dataclass(frozen=True, slots=True)
class Sums:
    """Gains and losses at cost without tax, and how many differences nobody knows the worth of."""

    gain: int
    loss: int
    unvalued: int
    differing: int


def sums(found: Review) -> Sums:
    """What the counts come to: those that count, and of items that still wait the last that there is."""
    differing = [
        one
        for one in found.lines
        if one.shown and one.shown.difference and one.verdict.state not in _LEFT_OUT
    ]
    values = [one.value for one in differing if one.value is not None]
    return Sums(
        sum(one for one in values if one > 0), sum(one for one in values if one < 0),
        len(differing) - len(values), len(differing),
    )  # fmt: skip


def gain_and_loss(voice: Voice, found: Review) -> Sequence[Block]:
    """What was counted and what that is worth; what was not counted is named."""
    held, total = found.stocktake, sums(found)
    facts = [
        (voice.text(msgid("Opened at")), voice.instant(held.opened)),
        (voice.text(msgid("By")), voice.person(held.opened_by)),
        (voice.text(msgid("Ended at")), voice.instant(held.ended)),
        (voice.text(msgid("By")), voice.person(held.ended_by) if held.ended_by else MISSING),
        (voice.text(msgid("Gain")), voice.amount(total.gain)),
        (voice.text(msgid("Loss")), voice.amount(total.loss)),
        (voice.text(msgid("Items that differ")), number(total.differing)),
        (voice.text(msgid("Of them without a known cost")), number(total.unvalued)),
    ]
    posted = found.posted()
    rest = [one for one in found.lines if one.verdict.count is None]
    made: list[Block] = []
    if held.state == "open":
        made.append(
            PdfNote(voice.text(msgid("The stocktake is open: these figures may still change.")))
        )
    made += [PdfFacts(facts), _differences(voice, posted)]
    if rest:
        made += [PdfHeading(voice.text(msgid("Not adjusted"))), _rest(voice, rest)]
    if found.unknown:
        rows = [[one.code, quantity(one.quantity)] for one in found.unknown]
        header = [voice.text(one) for one in (msgid("Unknown code"), msgid("Counted"))]
        made += [
            PdfHeading(voice.text(msgid("Unknown goods"))),
            PdfTable(header, rows, frozenset({1})),
        ]
    return [*made, blocks.signatures(voice, msgid("Opened by"), msgid("Approved by"))]


def sheet(
    connection: Connection,
    voice: Voice,
    held: Stocktake,
    number_: int,
    expected_at: datetime | None,
) -> Sequence[Block]:
    """A sheet to write on; with what there should be now if an instant is given."""
    goods = scope.of_sheet(connection, voice.profile.branch, held, number_)
    header = [msgid("Item"), msgid("Name"), msgid("Unit")]
    rows = [[one.item, one.name, one.base_unit] for one in goods]
    notes = [
        voice.text(msgid("Count what is there, packs opened; leave empty what you did not count."))
    ]
    if expected_at is not None:
        header.append(msgid("Expected"))
        there = stock_store.holdings(connection, voice.profile.branch, [one.item for one in goods])
        for row in rows:
            row.append(quantity(there[row[0]].quantity))
        notes.append(voice.text(msgid("Expected at %(at)s; sales go on."), at=expected_at))
    header.append(msgid("Counted"))
    rows = [[*row, "_" * 16] for row in rows]
    numbers = frozenset({3}) if expected_at is not None else frozenset()
    return [
        *(PdfNote(one) for one in notes),
        PdfTable([voice.text(one) for one in header], rows, numbers, by_hand=True),
        blocks.signatures(voice, msgid("Counted by"), msgid("At")),
    ]


def _differences(voice: Voice, lines: Sequence[Line]) -> Block:
    header = (
        msgid("Item"), msgid("Name"), msgid("Unit"), msgid("Expected"), msgid("Counted"),
        msgid("Difference"), msgid("Value at cost"), msgid("Counted at"), msgid("By"),
    )  # fmt: skip
    rows = [
        [
            line.goods.item, line.goods.name, line.goods.base_unit, quantity(count.expected),
            quantity(count.counted), quantity(count.difference), voice.amount(line.value),
            voice.instant(count.at), ", ".join(voice.person(one) for one in sorted(count.operators)),
        ]
        for line in lines
        if (count := line.verdict.count) is not None
    ]  # fmt: skip
    return PdfTable([voice.text(one) for one in header], rows, frozenset({3, 4, 5, 6}))


def _rest(voice: Voice, lines: Sequence[Line]) -> Block:
    header = (msgid("Item"), msgid("Name"), msgid("On hand"), msgid("State"), msgid("Reason"))
    rows = [
        [
            line.goods.item, line.goods.name, quantity(line.holding.quantity),
            voice.text(STATES[line.verdict.state]), line.choice.reason if line.choice else "",
        ]
        for line in lines
    ]  # fmt: skip
    return PdfTable([voice.text(one) for one in header], rows, frozenset({2}))
