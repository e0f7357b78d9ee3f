"""The X report (reading) and the Z report (settlement) of one shift.

An X report may be read at any time, so it tells no tenders until the till was counted: they would
tell what the count should find. A Z report exists once the till was counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from branch.reports import blocks
from branch.reports.figures import Scope, by_hour, exceptions, sales
from branch.tills import Till, TillError
from branch.voice import Voice
from replication.console.formats import number
from replication.console.languages import msgid
from replication.console.pdf import Block, PdfFacts, PdfHeading, PdfNote, PdfTable


def x_report(connection: Connection, voice: Voice, till: Till) -> Sequence[Block]:
    """A reading of the shift as it stands now."""
    return [
        _shift(connection, voice, till),
        *_tenders(voice, till),
        *blocks.moves(voice, till),
        *_hours(connection, voice, till),
        *blocks.exceptions(voice, exceptions(connection, _scope(voice, till))),
    ]


def z_report(connection: Connection, voice: Voice, till: Till) -> Sequence[Block]:
    """The settlement of the shift. Raises TillError while its till was not counted."""
    if not till.counts:
        raise TillError(
            msgid("The till of %(operator)s at %(lane)s was not counted: count it first"),
            operator=till.operator,
            lane=till.lane,
        )
    return [
        _shift(connection, voice, till),
        *_tenders(voice, till),
        *_accepted(voice, till),
        *blocks.pieces(voice, till.counts[-1].pieces),
        *_counts(voice, till),
        *blocks.moves(voice, till),
        *_hours(connection, voice, till),
        *blocks.exceptions(voice, exceptions(connection, _scope(voice, till))),
        blocks.signatures(voice, msgid("Cashier"), msgid("Branch manager")),
    ]


def _scope(voice: Voice, till: Till) -> Scope:
    return Scope(voice.profile.branch, till.business_date, tuple(one.shift for one in till.shifts))


def _shift(connection: Connection, voice: Voice, till: Till) -> Block:
    figures = sales(connection, _scope(voice, till))
    return PdfFacts(
        [
            (voice.text(msgid("Lane")), till.lane),
            (
                voice.text(msgid("Operator")),
                " → ".join(voice.person(one) for one in till.operators),
            ),
            (voice.text(msgid("From")), voice.instant(till.opened)),
            (voice.text(msgid("To")), voice.instant(till.ended)),
            (voice.text(msgid("Receipts")), number(figures.tickets)),
            (voice.text(msgid("Sales")), voice.amount(figures.gross)),
            (voice.text(msgid("Discounts given")), voice.amount(figures.discounts)),
            (voice.text(msgid("Float")), voice.amount(till.float_amount)),
            *_hand_overs(voice, till),
        ]
    )


def _hand_overs(voice: Voice, till: Till) -> Iterator[tuple[str, str]]:
    if till.taken_over_from:
        yield voice.text(msgid("Drawer taken over from")), voice.person(till.taken_over_from)
    if till.handed_over_to:
        yield voice.text(msgid("Drawer handed over to")), voice.person(till.handed_over_to)


def _accepted(voice: Voice, till: Till) -> Iterator[Block]:
    """Who accepted what the till is over or short, beyond what a manager does alone."""
    held = till.acceptance
    if held is not None and till.is_accepted:
        text = msgid("The difference is accepted by %(operator)s and %(authority)s.")
        people = {"operator": held.operator, "authority": voice.person(held.authority)}
        yield PdfNote(f"{voice.text(text, **people)} {held.reason}")


def _tenders(voice: Voice, till: Till) -> Sequence[Block]:
    heading = PdfHeading(voice.text(msgid("Tenders")))
    if not till.counts:
        hidden = msgid(
            "The count is blind: what was taken is shown once the till has been counted."
        )
        return [heading, PdfNote(voice.text(hidden))]
    return [heading, blocks.settlement(voice, till)]


def _counts(voice: Voice, till: Till) -> Sequence[Block]:
    """Every count, when there was more than one."""
    if len(till.counts) == 1:
        return []
    header = [
        "#", voice.text(msgid("At")), voice.text(msgid("By")),
        *(blocks.kind_name(voice, kind) for kind in till.keys), voice.text(msgid("Why again")),
    ]  # fmt: skip
    rows = [
        [
            str(one.number), voice.instant(one.at), voice.person(one.operator),
            *(voice.counted(kind, one.counted.get(kind, 0)) for kind in till.keys), one.reason,
        ]
        for one in till.counts
    ]  # fmt: skip
    return [
        PdfHeading(voice.text(msgid("Counts of this till"))),
        PdfTable(header, rows, frozenset({0, *range(3, 3 + len(till.keys))})),
    ]


def _hours(connection: Connection, voice: Voice, till: Till) -> Sequence[Block]:
    rows = [(f"{int(part.key):02d}:00", part) for part in by_hour(connection, _scope(voice, till))]
    return [
        PdfHeading(voice.text(msgid("By hour"))),
        blocks.parts(voice, voice.text(msgid("Hour")), rows),
    ]
