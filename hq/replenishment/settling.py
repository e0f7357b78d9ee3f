"""Settling what a run found as the open proposal of a branch and partner; see `hq.replenishment.proposal`.

no open one         it is made
as the open one     its terms are those of now; its revision stays
another             the open one is revised: it says what was proposed before, and which days changed
nothing             the open one lapses, unless a person changed lines of it: those stay to be decided
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, Connection, Text, any_, delete, insert, literal, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from hq.replenishment.known_days import ChangedDay
from hq.replenishment.line import Line
from hq.replenishment.proposal import HeldLine, Kind, Proposal, find, lines, sums, usual_value
from schemas.tables.bulk import insert_rows
from schemas.tables.replenishment import replenishment_line, replenishment_proposal

#: Proposals of an item so long ago are compared with no more.
LAST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found for a branch and a partner."""

    branch: str
    kind: Kind
    partner: str
    for_day: date
    expected: date
    lines: Sequence[Line]
    below_least: Mapping[str, int]
    gaps: Sequence[Sequence[Any]]
    since: Sequence[ChangedDay]


@dataclass(frozen=True, slots=True)
class Last:
    """What was proposed of an item last, and the demand it rested on."""

    proposal: int
    proposed: int
    history: Mapping[str, Any]


def last_lines(
    connection: Connection, branch: str, items: Collection[str], now: datetime
) -> dict[str, Last]:
    """The last proposed lines of these items in a branch; which they are is found without their histories."""
    row, head = replenishment_line.c, replenishment_proposal.c
    latest = (
        select(row.item, row.proposal)
        .ext(distinct_on(row.item))
        .join(replenishment_proposal, head.proposal == row.proposal)
        .where(
            head.branch == branch, head.revised > now - timedelta(days=LAST_DAYS),
            row.item == any_(literal(list(items), ARRAY(Text))),
        )
        .order_by(row.item, head.revised.desc(), row.proposal.desc())
        .subquery()
    )  # fmt: skip
    same = (row.proposal == latest.c.proposal) & (row.item == latest.c.item)
    query = select(row.item, row.proposal, row.proposed, row.history).join(latest, same)
    return {one[0]: Last(*one[1:]) for one in connection.execute(query)}


def settle(
    connection: Connection, found: Found, last: Mapping[str, Last], actor: str, now: datetime
) -> Proposal | None:
    """The open proposal after this run, held until the transaction ends; None where nothing is needed."""
    before = _open(connection, found)
    held = lines(connection, before.proposal) if before else []
    kept = {one.item: one for one in held if one.changed is not None}
    if not found.lines and not kept:
        if before is not None:
            lapse(connection, before.proposal, actor, now)
        return None
    made = _lines(found, {one.item: one for one in held}, last)
    other = before is None or _quantities(made) != _quantities(held) or bool(found.since)
    count, value, unvalued = sums(made)
    content: dict[str, Any] = {
        "for_day": found.for_day, "expected": found.expected, "line_count": count, "value": value,
        "unvalued": unvalued, "below_least": dict(found.below_least), "gaps": found.gaps,
        "usual": usual_value(connection, found.branch, found.kind, found.partner),
    }  # fmt: skip
    if before is None:
        proposal = _insert(connection, found, content, actor, now)
    else:
        proposal = before.proposal
        if other:
            content |= {"revision": before.revision + 1, "revised": now, "asked_by": actor,
                        "since": [one.told() for one in found.since]}  # fmt: skip
        _change(connection, proposal, **content)
    write_lines(connection, proposal, made)
    return find(connection, proposal)


def begin(connection: Connection, found: Found, actor: str, now: datetime) -> int:
    """A new open proposal without lines, for what a person orders of a partner of whom nothing was proposed."""
    content: dict[str, Any] = {
        "for_day": found.for_day, "expected": found.expected, "line_count": 0, "value": 0,
        "unvalued": 0, "below_least": {}, "gaps": found.gaps,
        "usual": usual_value(connection, found.branch, found.kind, found.partner),
    }  # fmt: skip
    return _insert(connection, found, content, actor, now)


def open_partners(connection: Connection, branch: str, kind: Kind) -> list[str]:
    """The partners of whom a branch has an open proposal of a kind."""
    row = replenishment_proposal.c
    query = select(row.partner).where(row.branch == branch, row.kind == kind, row.state == "open")
    return list(connection.execute(query.order_by(row.partner)).scalars())


def lapse(connection: Connection, proposal: int, actor: str, now: datetime) -> None:
    """Nothing of it is needed any more."""
    _change(connection, proposal, state="lapsed", decided_by=actor, decided=now)


def write_lines(connection: Connection, proposal: int, made: Sequence[HeldLine]) -> None:
    """Let these be the lines of a proposal."""
    row = replenishment_line.c
    connection.execute(delete(replenishment_line).where(row.proposal == proposal))
    names = list(HeldLine.__dataclass_fields__)
    insert_rows(
        connection, replenishment_line,
        ({"proposal": proposal} | {name: getattr(one, name) for name in names} for one in made),
    )  # fmt: skip


def _lines(found: Found, held: Mapping[str, HeldLine], last: Mapping[str, Last]) -> list[HeldLine]:
    """The run's lines with what people changed, and those that people want and the run does not."""
    made = [_line(one, held.get(one.item), last.get(one.item)) for one in found.lines]
    proposed = {one.item for one in made}
    wanted = [
        replace(one, proposed=0, before=one.proposed or one.before)
        for one in held.values()
        if one.item not in proposed and one.changed is not None
    ]
    return sorted([*made, *wanted], key=lambda one: one.item)


def _line(one: Line, held: HeldLine | None, last: Last | None) -> HeldLine:
    since = changed_days(last.history, one.history) if last else []
    before = last.proposed if last else None
    if held is not None and not since and held.proposed == one.quantity:
        # Nothing new since this very proposal: what it said of the one before still holds.
        since, before = list(held.since), held.before
    return HeldLine(
        one.item, one.unit, one.factor, one.quantity, held.changed if held else None,
        held.changed_by if held else None, held.changed_at if held else None,
        held.reason if held else "", one.price, one.price_from, before, one.terms, one.history, since,
    )  # fmt: skip


def changed_days(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Sequence[Any]]:
    """The days of which two demands say something else, of those that both know: [date, then, now]."""
    if not then:
        return []
    first, later = date.fromisoformat(now["first"]), 0
    if then["first"] != now["first"]:
        later = (date.fromisoformat(then["first"]) - first).days
    sold_then = {day + later: quantity for day, quantity in then["sold"]}
    sold_now = dict(now["sold"])
    if sold_then == sold_now:
        return []
    both = range(max(later, 0), min(then["days"] + later, now["days"]))
    return [
        [(first + timedelta(days=day)).isoformat(), sold_then.get(day, 0), sold_now.get(day, 0)]
        for day in sorted({*sold_then, *sold_now})
        if day in both and sold_then.get(day, 0) != sold_now.get(day, 0)
    ]


def _quantities(made: Sequence[HeldLine]) -> dict[str, tuple[int, str, int | None]]:
    return {one.item: (one.proposed, one.unit, one.price) for one in made}


def _open(connection: Connection, found: Found) -> Proposal | None:
    row = replenishment_proposal.c
    query = select(replenishment_proposal).where(
        row.branch == found.branch, row.kind == found.kind, row.partner == found.partner,
        row.state == "open",
    ).with_for_update()  # fmt: skip
    held = connection.execute(query).mappings().one_or_none()
    return None if held is None else Proposal(**held)


def _insert(
    connection: Connection, found: Found, content: Mapping[str, Any], actor: str, now: datetime
) -> int:
    values = {
        "branch": found.branch, "kind": found.kind, "partner": found.partner, "state": "open",
        "revision": 1, "asked_by": actor, "made": now, "revised": now,
        "since": [one.told() for one in found.since], **content,
    }  # fmt: skip
    made = insert(replenishment_proposal).values(**values)
    return int(connection.execute(made.returning(replenishment_proposal.c.proposal)).scalar_one())


def _change(connection: Connection, proposal: int, **values: Any) -> None:  # noqa: ANN401 - columns
    row = replenishment_proposal.c
    connection.execute(
        update(replenishment_proposal).where(row.proposal == proposal).values(**values)
    )
