"""Before a day close: whether the tickets held here agree with what each lane says it sold.

A lane counts its tickets in its own commits. With its last shift it says its last receipt number,
its tickets and its gross of the date; every ticket says the same of itself. What the branch holds is
compared with both, and what is missing is named by receipt number. Of a lane that set its counters anew
behind its last ticket, after a restore, the tickets and their sum are compared: its receipt number and
its grand total are no longer those of that ticket. One that was restored between two tickets of the date
may say less than is held; that is told, and stands in no one's way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from branch import parked
from branch.checks import Check, Finding
from branch.receipts import Numbered, Range, missing
from branch.wording import Money
from replication.console.languages import msgid
from schemas.domain.day import LaneTotals, lane_differences
from schemas.tables.days import counter_move, shift
from schemas.tables.lane_audit import Audited
from schemas.tables.tickets import IS_RECEIPT, ticket

_MISSING = Finding(
    "receipts_missing",
    msgid("Receipts %(receipts)s have not arrived"),
    msgid("Check that %(lane)s is switched on and its line is up; they come by themselves"),
    "/lanes",
)
_DIFFERS = Finding(
    "lane_differs",
    msgid(
        "%(lane)s counted %(kept)s receipts for %(kept_gross)s; those held here are %(held)s for "
        "%(gross)s"
    ),
    msgid("Compare the lane's own figures with its receipts, and report the lane as faulty"),
    "/lanes",
)
_RECEIPT = Finding(
    "receipt_differs",
    msgid("Receipt %(receipt)s does not fit the count that its lane kept"),
    msgid("Compare it with the printed receipt, and report the lane as faulty"),
    "/lanes",
)


@dataclass(frozen=True, slots=True)
class LastWord:
    """What a lane said with its last shift of the date; `ended` is False while that is still running."""

    ended: bool
    totals: LaneTotals


def last_words(connection: Connection, branch: str, business_date: date) -> dict[str, LastWord]:
    """Per lane that opened a shift on the date."""
    words: dict[str, LastWord] = {}
    for row in connection.execute(
        select(shift)
        .where(shift.c.branch == branch, shift.c.business_date == business_date)
        # By its own count, which only a restore sets back: its clock may have been years ahead in an
        # earlier shift, and its receipt numbers may have jumped in one without a sale.
        .order_by(shift.c.lane, shift.c.tickets.nulls_last(), shift.c.last_counter, shift.c.opened)
    ):
        words[row.lane] = _last_word(row)
    return words


def lane_totals(
    connection: Connection, branch: str, business_date: date, audited: Audited
) -> tuple[LaneTotals, ...]:
    """What the close states per lane: recomputed from tickets, and an idle lane's own last word."""
    totals = {one.lane: one for one in audited.totals}
    for lane, word in last_words(connection, branch, business_date).items():
        if lane not in totals:
            totals[lane] = word.totals
    return tuple(totals[lane] for lane in sorted(totals))


def lane_checks(
    connection: Connection, branch: str, business_date: date, audited: Audited
) -> Iterator[Check]:
    """What does not agree, lane by lane."""
    totals = {one.lane: one for one in audited.totals}
    words = last_words(connection, branch, business_date)
    set_down = parked.released_receipts(connection, branch, business_date)
    for lane in sorted({*totals, *words}):
        word = words.get(lane)
        said = word.totals if word is not None and word.ended else None
        held = totals.get(lane) or LaneTotals(lane, 0, 0, 0, 0)
        released = set_down.get(lane, set())
        numbered = [
            Numbered(one.counter, one.control.tickets) for one in audited.tickets.get(lane, ())
        ]
        ranges = _missing(connection, business_date, lane, numbered, said, released)
        yield from (_missing_check(lane, one) for one in ranges)
        if said is not None and _is_moved(connection, held):
            said = replace(said, last_counter=held.last_counter, grand_total=held.grand_total)
        if said is not None and not ranges and lane_differences(said, held):
            excused = bool(released) or _is_restored_within(connection, lane, business_date)
            yield _differs_check(said, held, blocking=not excused)
        lacking = released.union(*(range(one.first, one.last + 1) for one in ranges))
        for receipt in _named(audited.problems, lane):
            # The receipt behind a gap only repeats what the gap tells.
            if int(receipt.rpartition("-")[2]) - 1 not in lacking:
                yield _RECEIPT.stops(receipt, receipt=receipt, lane=lane)


def _named(problems: Iterable[str], lane: str) -> list[str]:
    """The receipts of a lane that the audit names, each once."""
    receipts = (text.partition(": ")[0] for text in problems)
    return [one for one in dict.fromkeys(receipts) if one.startswith(f"{lane}-")]


def _missing(
    connection: Connection, business_date: date, lane: str, held: Sequence[Numbered],
    said: LaneTotals | None, released: set[int],
) -> list[Range]:  # fmt: skip
    word = None if said is None else (said.last_counter, said.tickets)
    released = released.union(_skipped(connection, lane))
    ranges = missing(held, released, word)
    if not ranges:
        return ranges
    # Numbers between may have been sold on another date, when the lane adopted one by itself.
    other = connection.execute(
        select(ticket.c.counter).where(
            ticket.c.lane == lane,
            IS_RECEIPT,
            ticket.c.business_date != business_date,
            ticket.c.counter.between(ranges[0].first, ranges[-1].last),
        )
    )
    return missing(held, released.union(row.counter for row in other), word)


def _skipped(connection: Connection, lane: str) -> Iterator[int]:
    """Numbers that the lane never gave, or gave before its disk was replaced (rule 21)."""
    moves = select(counter_move.c.first, counter_move.c.last).where(counter_move.c.lane == lane)
    for row in connection.execute(moves):
        yield from range(row.first, row.last + 1)


def _is_moved(connection: Connection, held: LaneTotals) -> bool:
    """Whether the lane set its counters anew behind the last ticket that is held."""
    behind = counter_move.c.last >= held.last_counter
    query = select(counter_move.c.lane).where(counter_move.c.lane == held.lane, behind).limit(1)
    return held.tickets > 0 and connection.execute(query).first() is not None


def _is_restored_within(connection: Connection, lane: str, business_date: date) -> bool:
    """Whether the lane's numbers jumped between two tickets of the date: it was restored meanwhile, and
    may have said its last word before it knew again what it had sold before.
    """
    on_date = select(ticket.c.counter).where(
        ticket.c.lane == lane, ticket.c.business_date == business_date, IS_RECEIPT
    )
    query = select(counter_move.c.lane).where(
        counter_move.c.lane == lane,
        counter_move.c.last >= counter_move.c.first,
        on_date.where(ticket.c.counter <= counter_move.c.last).exists(),
        on_date.where(ticket.c.counter > counter_move.c.last).exists(),
    )
    return connection.execute(query.limit(1)).first() is not None


def _missing_check(lane: str, lacking: Range) -> Check:
    receipts = lacking.text(lane)
    return _MISSING.stops(receipts, lane=lane, receipts=receipts)


def _differs_check(said: LaneTotals, held: LaneTotals, *, blocking: bool) -> Check:
    make = _DIFFERS.stops if blocking else _DIFFERS.warns
    return make(
        said.lane,
        lane=said.lane,
        kept=said.tickets,
        kept_gross=Money(said.gross),
        held=held.tickets,
        gross=Money(held.gross),
    )


def _last_word(row: Row[Any]) -> LastWord:
    if row.ended is None:
        return LastWord(ended=False, totals=LaneTotals(row.lane, 0, 0, 0, 0))
    return LastWord(
        ended=True,
        totals=LaneTotals(row.lane, row.tickets, row.gross, row.last_counter, row.grand_total),
    )
