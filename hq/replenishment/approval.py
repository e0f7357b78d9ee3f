"""Deciding a proposal: changing a line, approving it by rule or by a second person, dropping it.

    change     by a buyer, with a reason; what was proposed stays beside it
    approve    by a rule: worth up to so much, or within so many per cent of what is usual; never where days are
                 missing that it rests on, where the supplier's least is not reached, or a price is unknown
               by a person who neither asked for the run nor changed a line
    drop       by a person, with a reason; the next run proposes anew

An approved one becomes an order to the supplier, or an instruction to send, which is sent at once and followed
by `hq.goods.progress`. All of it in one transaction, with its audit note (invariants 3 and 10).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from hq.audit import note
from hq.founding import SITE
from hq.goods import document as goods
from hq.goods.document import NewGoods
from hq.goods.lines import MOST, Wanted
from hq.replenishment.chain import Rule, least_of
from hq.replenishment.least_order import short_of
from hq.replenishment.proposal import (
    HeldLine,
    Proposal,
    ProposalError,
    code_of,
    hands,
    lines,
    lock,
    sums,
)
from hq.replenishment.proposal import (
    line as line_of,
)
from replication.console.languages import msgid
from replication.console.users import User
from schemas.domain.money import divide
from schemas.tables.replenishment import replenishment_line, replenishment_proposal

_STATE = msgid("%(proposal)s is %(state)s, so this cannot be done (any more). Load the page again.")
_REVISED = msgid(
    "%(proposal)s was revised meanwhile, or a line of it changed. Look at it again, then approve it."
)
_NO_LINE = msgid("%(proposal)s has no line of item %(item)s.")
_PACKS = msgid("Item %(item)s: %(unit)s are ordered whole; a quantity is nought to 999,999.")
_NO_REASON = msgid("Say why, for %(proposal)s.")
_OWN = msgid(
    "%(operator)s asked for %(proposal)s or changed lines of it, so somebody else approves it."
)
_NOTHING = msgid("Nothing is left to order in %(proposal)s: drop it instead.")
#: In whose name a rule approves.
RULE = User(SITE, SITE, "administrator")
_THOUSAND = 1000
_WHOLE = 100


def change(
    connection: Connection, proposal: int, item: str, quantity: int | None, actor: User,
    reason: str, at: datetime,
) -> None:  # fmt: skip
    """Let a line be of so many thousandths of its unit; None takes a change back. Raises ProposalError."""
    held = opened(connection, proposal, actor)
    line = line_of(connection, proposal, item)
    if line is None:
        raise ProposalError(_NO_LINE, proposal=held.code, item=item)
    if not reason.strip():
        raise ProposalError(_NO_REASON, proposal=held.code)
    base = None
    if quantity is not None:
        base = whole_packs(item, line.unit, line.factor, quantity)
    row = replenishment_line.c
    connection.execute(
        update(replenishment_line)
        .where(row.proposal == proposal, row.item == item)
        .values(changed=base, changed_by=actor.operator, changed_at=at, reason=reason.strip())
    )
    sum_up(connection, held)
    said = f"{item}: {line.quantity} → {line.proposed if base is None else base} {reason.strip()}"
    note(connection, at, actor.operator, "replenishment.change", held.code, said)


def approve(
    connection: Connection, proposal: int, revision: int, value: int, actor: User, at: datetime
) -> str:
    """Order it, and answer the document of goods. `revision` and `value` are those that the person saw.
    Raises ProposalError, or GoodsError and LineError for what cannot be ordered.
    """
    held = opened(connection, proposal, actor)
    if (held.revision, held.value) != (revision, value):
        raise ProposalError(_REVISED, proposal=held.code)
    if actor.operator in hands(connection, held):
        raise ProposalError(_OWN, proposal=held.code, operator=actor.operator)
    return _order(connection, held, actor, "", at)


def approve_by_rule(
    connection: Connection, proposal: Proposal, rule: Rule, at: datetime
) -> str | None:
    """Order what a rule lets pass; None where a person is to look at it."""
    name = rule_for(proposal, rule)
    if not name or hands(connection, proposal) - {proposal.asked_by}:
        return None
    return _order(connection, proposal, RULE, name, at)


def rule_for(proposal: Proposal, rule: Rule) -> str:
    """Which rule lets a proposal pass that nobody changed: `up_to`, `usual`, or none."""
    if proposal.gaps or proposal.below_least or proposal.unvalued or not proposal.line_count:
        return ""
    if rule.up_to is not None and proposal.value <= rule.up_to:
        return "up_to"
    usual, percent = proposal.usual, rule.within_percent
    if usual is None or percent is None:
        return ""
    beside = abs(proposal.value - usual) * _WHOLE
    return "usual" if beside <= percent * usual else ""


def drop(connection: Connection, proposal: int, actor: User, reason: str, at: datetime) -> None:
    """Order nothing of it. Raises ProposalError."""
    held = opened(connection, proposal, actor)
    if not reason.strip():
        raise ProposalError(_NO_REASON, proposal=held.code)
    _decide(connection, proposal, state="dropped", decided_by=actor.operator, decided=at,
            reason=reason.strip())  # fmt: skip
    note(connection, at, actor.operator, "replenishment.drop", held.code, reason.strip())


def _order(connection: Connection, held: Proposal, actor: User, by_rule: str, at: datetime) -> str:
    wanted = [
        Wanted(one.item, one.unit, divide(one.quantity * _THOUSAND, one.factor), _agreed(held, one))
        for one in lines(connection, held.proposal)
        if one.quantity > 0
    ]
    if not wanted:
        raise ProposalError(_NOTHING, proposal=held.code)
    expected = max(held.expected, at.date())
    if held.kind == "order":
        new = NewGoods("order", held.branch, held.partner, expected, wanted, held.code)
    else:
        new = NewGoods("send", held.partner, held.branch, expected, wanted, held.code)
    document = goods.draft(connection, new, actor, at)
    goods.send(connection, document, actor, at)
    _decide(connection, held.proposal, state="approved", decided_by=actor.operator, decided=at,
            by_rule=by_rule, document=document)  # fmt: skip
    why = f"{document} {by_rule}".strip()
    note(connection, at, actor.operator, "replenishment.approve", held.code, why)
    return document


def _agreed(held: Proposal, line: HeldLine) -> int | None:
    """The price that this order is told; what is bought at the purchase price is so at that of the day."""
    return line.price if held.kind == "order" and line.price_from != "purchase" else None


def whole_packs(item: str, unit: str, factor: int, quantity: int) -> int:
    """So many thousandths of a unit in base units. Raises ProposalError unless they are whole units."""
    if not 0 <= quantity <= MOST or quantity % _THOUSAND:
        raise ProposalError(_PACKS, item=item, unit=unit)
    return divide(quantity * factor, _THOUSAND)


def opened(connection: Connection, proposal: int, actor: User) -> Proposal:
    """The proposal, held until the transaction ends, while it may be changed. Raises ProposalError."""
    held = lock(connection, proposal, actor.branches)
    if held.state != "open":
        raise ProposalError(_STATE, proposal=code_of(proposal), state=held.state)
    return held


def sum_up(connection: Connection, held: Proposal) -> None:
    """Let the sums of a proposal be those of its lines, and what is missing of the supplier's least order."""
    now = lines(connection, held.proposal)
    count, value, unvalued = sums(now)
    below = short_of(now, least_of(connection, held.partner)) if held.kind == "order" else {}
    _decide(connection, held.proposal, line_count=count, value=value, unvalued=unvalued,
            below_least=below)  # fmt: skip


def _decide(connection: Connection, proposal: int, **values: object) -> None:
    row = replenishment_proposal.c
    connection.execute(
        update(replenishment_proposal).where(row.proposal == proposal).values(**values)
    )
