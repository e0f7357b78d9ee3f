"""Proposals (补货建议): what is to be ordered of a supplier or sent by a distribution centre, until it is.

    nothing ──a run──▶ open ──approve──▶ approved      by a rule or a person; the document of goods is made and sent
                        │  ▲└──drop────▶ dropped       by a person, with a reason
                        │  └── a run ── open           revised: other quantities, or days that were not known
                        └─────a run───▶ lapsed         nothing is needed any more

A branch has one open proposal of each partner at most; a run revises it, so that running twice proposes nothing
twice. What a person changed stays with the item through revisions, beside what is proposed. Each line names the
days of its demand of which the last proposal of the item knew something else, and what that proposed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, or_, select, tuple_

from hq.refusal import RefusalError
from hq.replenishment.line import value_of
from replication.console.languages import msgid
from schemas.tables.catalogue import item as item_table
from schemas.tables.replenishment import replenishment_line, replenishment_proposal

Kind = Literal["order", "send"]
State = Literal["open", "approved", "dropped", "lapsed"]

_UNKNOWN = msgid("There is no proposal %(proposal)s, or it is of branches that you may not see.")
#: How many orders before tell what one is usually worth.
_USUAL = 8


class ProposalError(RefusalError):
    """A proposal that cannot be changed or decided as asked."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as it stands; see `schemas.tables.replenishment`."""

    proposal: int
    branch: str
    kind: Kind
    partner: str
    state: State
    revision: int
    asked_by: str
    made: datetime
    revised: datetime
    for_day: date
    expected: date
    line_count: int
    value: int
    unvalued: int
    usual: int | None
    below_least: Mapping[str, int]
    gaps: Sequence[Sequence[Any]]
    since: Sequence[Sequence[Any]]
    decided_by: str | None
    decided: datetime | None
    by_rule: str
    reason: str
    document: str | None

    @property
    def code(self) -> str:
        """What people call it."""
        return code_of(self.proposal)


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A line as it stands; quantities in thousandths of the base unit."""

    item: str
    unit: str
    factor: int
    proposed: int
    changed: int | None
    changed_by: str | None
    changed_at: datetime | None
    reason: str
    price: int | None
    price_from: str
    before: int | None
    terms: Mapping[str, Any]
    history: Mapping[str, Any]
    since: Sequence[Sequence[Any]]

    @property
    def quantity(self) -> int:
        """What is to be ordered."""
        return self.proposed if self.changed is None else self.changed

    @property
    def value(self) -> int | None:
        """What that is worth."""
        return value_of(self.quantity, self.price, self.factor)


_LINE_FIELDS = tuple(HeldLine.__dataclass_fields__)


def code_of(proposal: int) -> str:
    """A proposal's code."""
    return f"R{proposal:06d}"


def find(connection: Connection, proposal: int, scope: Sequence[str] = ()) -> Proposal:
    """One proposal of a branch of the scope. Raises ProposalError."""
    query = select(replenishment_proposal).where(replenishment_proposal.c.proposal == proposal)
    row = connection.execute(query).mappings().one_or_none()
    if row is None or (scope and row["branch"] not in scope):
        raise ProposalError(_UNKNOWN, proposal=code_of(proposal))
    return Proposal(**row)


def lock(connection: Connection, proposal: int, scope: Sequence[str] = ()) -> Proposal:
    """One proposal, held until the transaction ends. Raises ProposalError."""
    query = select(replenishment_proposal.c.proposal).with_for_update()
    connection.execute(query.where(replenishment_proposal.c.proposal == proposal))
    return find(connection, proposal, scope)


def lines(connection: Connection, proposal: int) -> list[HeldLine]:
    """All lines, by item."""
    row = replenishment_line.c
    query = select(*(row[name] for name in _LINE_FIELDS)).where(row.proposal == proposal)
    return [HeldLine(*one) for one in connection.execute(query.order_by(row.item))]


def line(connection: Connection, proposal: int, item: str) -> HeldLine | None:
    """The line of an item."""
    row = replenishment_line.c
    query = select(*(row[name] for name in _LINE_FIELDS))
    found = connection.execute(query.where(row.proposal == proposal, row.item == item))
    held = found.one_or_none()
    return None if held is None else HeldLine(*held)


def holding(connection: Connection, branch: str, item: str) -> list[Proposal]:
    """The open proposals of a branch that have a line of an item."""
    head, row = replenishment_proposal, replenishment_line.c
    query = (
        select(head)
        .join(replenishment_line, row.proposal == head.c.proposal)
        .where(head.c.branch == branch, head.c.state == "open", row.item == item)
        .order_by(head.c.proposal)
    )
    return [Proposal(**one) for one in connection.execute(query).mappings()]


def hands(connection: Connection, held: Proposal) -> set[str]:
    """Who had a hand in a proposal, by asking for the run or changing a line: somebody else approves it."""
    row = replenishment_line.c
    query = select(row.changed_by).where(row.proposal == held.proposal, row.changed.is_not(None))
    return {held.asked_by, *connection.execute(query.distinct()).scalars()}


Only = Literal["", "changed", "since", "shared", "held_back", "lower_quote"]


def page_of_lines(
    connection: Connection, proposal: int, find_: str, only: Only, after: str, limit: int
) -> list[tuple[HeldLine, str]]:
    """One more than a page of lines with the names of their items, without the days behind them."""
    row, named = replenishment_line.c, item_table.c
    fields = (row[name] for name in _LINE_FIELDS if name != "history")
    query = (
        select(*fields, func.coalesce(func.max(named.name), "").label("named"))
        .outerjoin(item_table, named.item == row.item)
        .where(row.proposal == proposal, row.item > after)
        .group_by(row.proposal, row.item)
        .order_by(row.item)
        .limit(limit + 1)
    )
    if find_:
        query = query.where(
            or_(row.item.icontains(find_, autoescape=True), named.name.icontains(find_, autoescape=True))
        )  # fmt: skip
    match only:
        case "changed":
            query = query.where(row.changed.is_not(None))
        case "since":
            query = query.where(func.jsonb_array_length(row.since) > 0)
        case "shared":
            query = query.where(func.jsonb_exists(row.terms, "shared"))
        case "held_back":
            query = query.where(
                func.jsonb_array_length(func.jsonb_extract_path(row.terms, "held_back_by")) > 0
            )
        case "lower_quote":
            query = query.where(func.jsonb_extract_path_text(row.terms, "lower_quote").is_not(None))
    return [
        (HeldLine(**{name: one[name] for name in _LINE_FIELDS if name != "history"}, history={}),
         one["named"])
        for one in connection.execute(query).mappings()
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Search:
    """Which proposals; what is empty does not filter. `after` is the last one seen."""

    scope: Sequence[str] = ()
    state: str = ""
    kind: str = ""
    branch: str = ""
    partner: str = ""
    after: tuple[datetime, int] | None = None
    limit: int = 50


def newest(connection: Connection, search: Search) -> list[Proposal]:
    """One more than a page, the latest first."""
    row = replenishment_proposal.c
    query = select(replenishment_proposal)
    if search.scope:
        query = query.where(row.branch.in_(search.scope))
    for column, wanted in ((row.state, search.state), (row.kind, search.kind),
                           (row.branch, search.branch), (row.partner, search.partner)):  # fmt: skip
        if wanted:
            query = query.where(column == wanted)
    if search.after is not None:
        query = query.where(tuple_(row.made, row.proposal) < search.after)
    query = query.order_by(row.made.desc(), row.proposal.desc()).limit(search.limit + 1)
    return [Proposal(**one) for one in connection.execute(query).mappings()]


def usual_value(connection: Connection, branch: str, kind: str, partner: str) -> int | None:
    """What orders of a branch and partner were worth of late; None before the first."""
    row = replenishment_proposal.c
    some = (
        select(row.value)
        .where(
            row.branch == branch, row.partner == partner, row.kind == kind, row.state == "approved"
        )
        .order_by(row.proposal.desc())
        .limit(_USUAL)
        .subquery()
    )
    found: int | None = connection.execute(select(func.round(func.avg(some.c.value)))).scalar()
    return None if found is None else int(found)


def sums(held: Sequence[HeldLine]) -> tuple[int, int, int]:
    """Of lines: how many are to be ordered, what they are worth, of how many nobody knows."""
    ordered = [one for one in held if one.quantity > 0]
    return (
        len(ordered), sum(one.value or 0 for one in ordered),
        sum(one.value is None for one in ordered),
    )  # fmt: skip
