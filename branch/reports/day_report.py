"""The Z report of a closed day, and the day report with everything a manager files.

The Z report is one revision as it was closed: its figures are those of the close entry and change no
more. The day report is read from the receipts that are held now, and says what that lacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from branch.day_state import Day
from branch.reports import blocks
from branch.reports.figures import Scope, best_sellers, by_hour, by_operator, exceptions, sales
from branch.revisions import Compared, Revision, compare, revisions
from branch.tills import Till, tills
from branch.voice import Voice
from replication.console.formats import MISSING, number, quantity
from replication.console.languages import msgid
from replication.console.pdf import Block, PdfFacts, PdfHeading, PdfNote, PdfTable


def z_report(voice: Voice, revision: Revision) -> Sequence[Block]:
    """One revision of a closed day, as it was closed."""
    why = revision.reopening
    facts = [
        (voice.text(msgid("Revision")), str(revision.number)),
        (voice.text(msgid("Closed at")), voice.instant(revision.at)),
        (voice.text(msgid("By")), voice.person(revision.operator)),
    ]
    if why is not None:
        facts += [
            (voice.text(msgid("Why again")), why.reason),
            (voice.text(msgid("Re-opened by")), voice.person(why.operator)),
        ]
    header = [voice.text(msgid("Figure")), voice.text(msgid("Value"))]
    rows = [[voice.say(row.label), _value(voice, row, 0)] for row in compare([revision])]
    return [
        PdfFacts(facts),
        PdfTable(header, rows, frozenset({1})),
        blocks.signatures(voice, msgid("Branch manager")),
    ]


def day_report(connection: Connection, voice: Voice, day: Day) -> Sequence[Block]:
    """Everything about the day, read now."""
    scope = Scope(voice.profile.branch, day.business_date)
    figures = sales(connection, scope)
    hours = [(f"{int(part.key):02d}:00", part) for part in by_hour(connection, scope)]
    people = [(voice.person(part.key), part) for part in by_operator(connection, scope)]
    return [
        *_lacks(voice, day),
        PdfFacts(
            [
                (voice.text(msgid("Revision")), str(day.revision or MISSING)),
                (voice.text(msgid("Opened")), voice.instant(day.opened)),
                (voice.text(msgid("Receipts")), number(figures.tickets)),
                (voice.text(msgid("Sales")), voice.amount(figures.gross)),
                (voice.text(msgid("Discounts given")), voice.amount(figures.discounts)),
            ]
        ),
        *_tills(voice, tills(connection, voice.profile.branch, day.business_date)),
        *_revisions(voice, revisions(connection, voice.profile.branch, day.business_date)),
        PdfHeading(voice.text(msgid("By hour"))),
        blocks.parts(voice, voice.text(msgid("Hour")), hours),
        PdfHeading(voice.text(msgid("By operator"))),
        blocks.parts(voice, voice.text(msgid("Operator")), people),
        *blocks.exceptions(voice, exceptions(connection, scope)),
        *_best_sellers(connection, voice, scope),
    ]


def _lacks(voice: Voice, day: Day) -> Iterator[Block]:
    if day.state == "open":
        yield PdfNote(voice.text(msgid("The day is open: these figures will still grow.")))
    elif day.state == "ended":
        yield PdfNote(voice.text(msgid("Sales have ended, and the day is not closed yet.")))
    elif day.state == "reopened":
        yield PdfNote(
            voice.text(msgid("The day is reopened: these figures may still be corrected."))
        )
    for lane in day.absent:
        text = msgid("Closed without lane %(lane)s: what it sold last is not in these figures.")
        yield PdfNote(voice.text(text, lane=lane))
    if day.late:
        text = msgid("Receipts that arrived after the close: %(tickets)s.")
        yield PdfNote(voice.text(text, tickets=day.late))


def _tills(voice: Voice, held: Sequence[Till]) -> Sequence[Block]:
    header = [
        voice.text(one)
        for one in (msgid("Lane"), msgid("Operator"), msgid("Receipts"), msgid("Over or short"))
    ]
    rows = [
        [
            till.lane, voice.person(till.operator), number(till.tickets),
            blocks.differences(voice, till.over_short or {}) if till.counts else MISSING,
        ]
        for till in held
    ]  # fmt: skip
    return [
        PdfHeading(voice.text(msgid("Tills"))),
        PdfTable(header, rows, frozenset({2, 3})),
    ]


def _revisions(voice: Voice, held: Sequence[Revision]) -> Sequence[Block]:
    if not held:
        return []
    header = [
        voice.text(msgid("Figure")),
        *(voice.text(msgid("Revision %(revision)s"), revision=one.number) for one in held),
    ]
    rows = [
        [voice.text(msgid("Closed at")), *(voice.instant(one.at) for one in held)],
        [voice.text(msgid("By")), *(voice.person(one.operator) for one in held)],
        [voice.text(msgid("Why again")), *(_why(one) for one in held)],
        *(
            [voice.say(row.label), *(_value(voice, row, column) for column in range(len(held)))]
            for row in compare(held)
        ),
    ]
    columns = frozenset(range(1, len(held) + 1))
    return [
        PdfHeading(voice.text(msgid("Revisions side by side"))),
        PdfTable(header, rows, columns),
    ]


def _why(revision: Revision) -> str:
    return MISSING if revision.reopening is None else revision.reopening.reason


def _value(voice: Voice, row: Compared, column: int) -> str:
    value = row.values[column]
    return number(value) if row.counts else voice.counted(row.key, value)


def _best_sellers(connection: Connection, voice: Voice, scope: Scope) -> Sequence[Block]:
    header = [
        voice.text(one) for one in (msgid("Item"), msgid("Name"), msgid("Quantity"), msgid("Sales"))
    ]
    rows = [
        [sold.item, sold.name, quantity(sold.quantity), voice.amount(sold.amount)]
        for sold in best_sellers(connection, scope)
    ]
    return [
        PdfHeading(voice.text(msgid("Best sellers"))),
        PdfTable(header, rows, frozenset({2, 3})),
    ]
