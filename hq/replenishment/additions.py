"""What people put into proposals: an item that was not proposed, a line for which another supplier asks less.

    add     by a buyer, with its quantity and a reason; what the arithmetic says of it stands beside
    move    by a buyer, with a reason: the line is at nought here, and stands in the open proposal of the supplier
            who quotes, which is begun where there is none; in whole units of the quote, rounded up

Both are changes by a person: runs keep them, and somebody else approves. In one transaction, with an audit note
on every proposal concerned (invariants 3 and 10).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from hq.audit import note
from hq.replenishment import proposal as proposals
from hq.replenishment.approval import opened, sum_up, whole_packs
from hq.replenishment.chain import Chain, Source, read_chain
from hq.replenishment.line import Line
from hq.replenishment.proposal import HeldLine, Proposal, ProposalError
from hq.replenishment.quotes import Quote, price_of, told
from hq.replenishment.settling import Found, begin
from hq.replenishment.weighing import Question
from hq.replenishment.why import NO_ITEM, why
from hq.reports.branches import known_branches
from replication.console.languages import msgid
from replication.console.users import User
from schemas.domain.replenishment.supply import NoOrderDayError, arrival
from schemas.tables.replenishment import replenishment_line, replenishment_proposal
from schemas.tables.sourcing import item_source

_NO_REASON = msgid("Say why, for %(proposal)s.")
_THERE = msgid("%(proposal)s has a line of item %(item)s already: change its quantity.")
_CANNOT = msgid(
    "Item %(item)s cannot be ordered by %(proposal)s: ask why it is not proposed, it says the way out."
)
_NONE = msgid("Order one %(unit)s of item %(item)s at least.")
_NO_LINE = msgid("%(proposal)s orders nothing of item %(item)s.")
_NO_QUOTE = msgid("No quote of %(supplier)s for item %(item)s holds today: load the page again.")
_NO_LEAD_TIME = msgid(
    "Supplier %(supplier)s has no lead time: enter its terms, then move the line."
)
_NO_CALENDAR = msgid("Supplier %(supplier)s never delivers by its calendar: correct its terms.")
_CLOSED = msgid("Nothing more is bought from supplier %(supplier)s: choose another quote.")


@dataclass(frozen=True, slots=True)
class Act:
    """Who puts something in, why, and when."""

    actor: User
    reason: str
    at: datetime


def add(connection: Connection, proposal: int, item: str, quantity: int, act: Act) -> None:
    """Put an item in, so many thousandths of the unit by which it is ordered. Raises ProposalError."""
    held = _opened(connection, proposal, act)
    if proposals.line(connection, proposal, item) is not None:
        raise ProposalError(_THERE, proposal=held.code, item=item)
    chain = read_chain(connection, act.at.date())
    if item not in chain.items:
        raise ProposalError(NO_ITEM, item=item)
    source = _source(connection, chain, held, item)
    factor = chain.factor(item, source.unit) or 0
    base = whole_packs(item, source.unit, factor, quantity)
    if not base:
        raise ProposalError(_NONE, item=item, unit=source.unit)
    _put(connection, chain, held, _Wanted(item, source, base), act)
    note(connection, act.at, act.actor.operator, "replenishment.add", held.code,
         f"{item}: {base} {act.reason.strip()}")  # fmt: skip


def move(
    connection: Connection, proposal: int, item: str, quoted: tuple[str, str], act: Act
) -> str:
    """Order a line of whoever quotes instead, by supplier and unit; the code of the proposal that it went to.
    Raises ProposalError.
    """
    supplier, unit = quoted
    _lock_all(connection, proposal)
    held = _opened(connection, proposal, act)
    line = proposals.line(connection, proposal, item)
    if held.kind != "order" or line is None or line.quantity <= 0:
        raise ProposalError(_NO_LINE, proposal=held.code, item=item)
    chain = read_chain(connection, act.at.date())
    if not any((one.supplier, one.unit) == quoted for one in other_quotes(chain, held, item)):
        raise ProposalError(_NO_QUOTE, supplier=supplier, item=item)
    factor = chain.factor(item, unit) or 0
    base = -(-line.quantity // factor) * factor
    target = _target(connection, chain, held, supplier, act)
    _put(
        connection,
        chain,
        target,
        _Wanted(item, Source(supplier, unit, None, direct=True), base),
        act,
    )
    why_moved = f"→ {target.code}: {act.reason.strip()}"
    _change(connection, held, item, 0, replace(act, reason=why_moved))
    sum_up(connection, held)
    for one, said in (
        (held, f"{item} {why_moved}"),
        (target, f"{item} ← {held.code}: {act.reason.strip()}"),
    ):
        note(connection, act.at, act.actor.operator, "replenishment.move", one.code, said)
    return target.code


def other_quotes(chain: Chain, held: Proposal, item: str) -> list[Quote]:
    """What other suppliers than the proposal's ask for an item today, the cheapest base unit first."""
    if held.kind != "order":
        return []
    found = [one for one in chain.quotes.get(item, ()) if one.supplier != held.partner]
    return sorted(found, key=lambda one: (one.price / one.factor, one.supplier, one.quantity))


@dataclass(frozen=True, slots=True)
class _Wanted:
    item: str
    source: Source
    base: int


def _opened(connection: Connection, proposal: int, act: Act) -> Proposal:
    held = opened(connection, proposal, act.actor)
    if not act.reason.strip():
        raise ProposalError(_NO_REASON, proposal=held.code)
    return held


def _source(connection: Connection, chain: Chain, held: Proposal, item: str) -> Source:
    """By what the item is had of the proposal's partner: as agreed with it, else by its base unit."""
    row = item_source.c
    main = chain.sources.get(item)
    if held.kind == "send":
        unit = main.unit if main else chain.items[item].unit
        return Source("", unit, None, direct=False)
    agreed = (
        select(row.unit, row.price)
        .where(row.item == item, row.supplier == held.partner, row.branch.in_(("", held.branch)))
        .order_by(row.branch.desc())
        .limit(1)
    )
    found = connection.execute(agreed).one_or_none()
    unit, price = (found.unit, found.price) if found else (chain.items[item].unit, None)
    return Source(held.partner, unit, price, direct=True)


def _put(connection: Connection, chain: Chain, held: Proposal, wanted: _Wanted, act: Act) -> None:
    """Write the line, or add to the one that is there."""
    item, there = wanted.item, proposals.line(connection, held.proposal, wanted.item)
    if there is not None:
        more = there.quantity + wanted.base
        _change(connection, held, item, -(-more // there.factor) * there.factor, act)
    else:
        reckoned = _reckoned(connection, chain, held, wanted, act)
        made = _line(chain, held, wanted, reckoned, act)
        row = {name: getattr(made, name) for name in HeldLine.__dataclass_fields__}
        connection.execute(insert(replenishment_line).values(proposal=held.proposal, **row))
    sum_up(connection, held)


def _reckoned(
    connection: Connection, chain: Chain, held: Proposal, wanted: _Wanted, act: Act
) -> Line:
    found = why(connection, chain, held.branch, Question(wanted.item, wanted.source), act.at)
    if found.line is None:
        raise ProposalError(_CANNOT, proposal=held.code, item=wanted.item)
    return found.line


def _line(chain: Chain, held: Proposal, wanted: _Wanted, reckoned: Line, act: Act) -> HeldLine:
    quotes, partner = (chain.quotes, held.partner) if held.kind == "order" else ({}, "")
    price = price_of(
        quotes, chain.costs, partner, wanted.item, reckoned.unit, reckoned.factor, wanted.base,
        wanted.source.price,
    )  # fmt: skip
    return HeldLine(
        wanted.item, reckoned.unit, reckoned.factor, 0, wanted.base, act.actor.operator, act.at,
        act.reason.strip(), price.price, price.origin, None,
        {**reckoned.terms, "lower_quote": told(price.lower)}, reckoned.history, [],
    )  # fmt: skip


def _change(connection: Connection, held: Proposal, item: str, base: int, act: Act) -> None:
    row = replenishment_line.c
    connection.execute(
        update(replenishment_line)
        .where(row.proposal == held.proposal, row.item == item)
        .values(
            changed=base,
            changed_by=act.actor.operator,
            changed_at=act.at,
            reason=act.reason.strip(),
        )
    )


def _target(
    connection: Connection, chain: Chain, held: Proposal, supplier: str, act: Act
) -> Proposal:
    """The open proposal of a supplier for the branch, begun where there is none."""
    known, supply = chain.suppliers.get(supplier), chain.supply.get(supplier)
    if known is None or known.closed:
        raise ProposalError(_CLOSED, supplier=supplier)
    if supply is None:
        raise ProposalError(_NO_LEAD_TIME, supplier=supplier)
    search = proposals.Search(state="open", kind="order", branch=held.branch, partner=supplier)
    found = proposals.newest(connection, search)
    if found:
        return found[0]
    branch = next(one for one in known_branches(connection) if one.branch == held.branch)
    today = branch.local(act.at).date()
    try:
        comes = arrival(supply, today)
    except NoOrderDayError as error:
        raise ProposalError(_NO_CALENDAR, supplier=supplier) from error
    new = Found(held.branch, "order", supplier, today, comes, (), {}, held.gaps, ())
    return proposals.find(connection, begin(connection, new, act.actor.operator, act.at))


def _lock_all(connection: Connection, proposal: int) -> None:
    """Hold the open orders of the branch, by partner as a run does, so that two moves do not wait for each other."""
    row = replenishment_proposal.c
    branch = select(row.branch).where(row.proposal == proposal).scalar_subquery()
    query = select(row.proposal).where(
        row.branch == branch, row.kind == "order", row.state == "open"
    )
    connection.execute(query.order_by(row.partner).with_for_update())
