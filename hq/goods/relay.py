"""Relaying transfers: what one branch has sent is told to the branch that it was sent to.

    a transfer_out arrives ─ a document of kind `transfer` ─ its lines, then its header, in the receiver's feed
       └─ all in the transaction that projects it, once: its UUID is kept (invariants 3 and 4)

A line is worth what it was where it left; to a franchised branch it is sold at the delivery price (rule 28), and a
`franchise_delivery` keeps what it cost and what it is sold for. Where nobody knows that price the line has no
value, and the page says so. A branch sends to whom it likes: one that is unknown or closed cannot be told, and
the document is `stopped` until a person sends the goods on, to another branch or back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects import postgresql

from hq import delivery_prices, publication
from hq.audit import note
from hq.closing import closed
from hq.goods import lines
from hq.goods.document import (
    NO_REASON,
    SCOPE,
    STATE,
    Document,
    GoodsError,
    State,
    find,
    lock,
    move,
    open_branch,
    tell,
)
from hq.goods.lines import GoodsLine
from hq.goods.progress import LineProgress, booked_by, line_progress, settled_at
from hq.reports.branches import known_branches
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import branch_feed
from schemas.domain.stock.document import StockDocument
from schemas.tables.goods import franchise_delivery, goods_document

_THOUSAND = 1000
_NO_TRANSFER = msgid("%(document)s is no transfer between branches: withdraw it instead.")
_RECEIVED = msgid("All of %(document)s is received: nothing is left to send on.")


def take(connection: Connection, facts: Sequence[StockDocument]) -> None:
    """Tell receivers what was sent to them; of what was told before, nothing."""
    sent = [one for one in facts if one.kind == "transfer_out" and one.lines]
    if not sent:
        return
    query = select(goods_document.c.origin)
    origins = query.where(goods_document.c.origin.in_([one.uuid for one in sent]))
    known = set(connection.execute(origins).scalars())
    for fact in sent:
        if fact.uuid not in known:
            _take(connection, fact)


def send_on(
    connection: Connection, document: str, branch: str, actor: User, reason: str, at: datetime
) -> int:
    """Send what is left of a transfer to another branch, or back, or tell the same branch once more; the
    header's number in its feed. Raises GoodsError.
    """
    held = lock(connection, document)
    if held.kind != "transfer":
        raise GoodsError(_NO_TRANSFER, document=document)
    if held.state not in ("sent", "stopped"):
        raise GoodsError(STATE, document=document, state=held.state)
    for one in (held.partner, branch):
        if actor.branches and one not in actor.branches:
            raise GoodsError(SCOPE, branch=one, operator=actor.operator)
    if not reason.strip():
        raise GoodsError(NO_REASON, document=document)
    open_branch(connection, branch)
    found, _ = line_progress(connection, document, lines.read(connection, document))
    left = [one for one in found if one.left]
    if not left:
        raise GoodsError(_RECEIVED, document=document)
    if branch != held.branch and held.number is not None:
        # A branch that is opened again must not wait for goods that went elsewhere.
        gone = held.told(withdrawn=True)
        publication.publish(connection, {branch_feed(held.branch): [gone]})
    units = lines.base_units(connection, {one.line.item for one in found})
    rest = _rest(connection, held, left, units)
    _settle_franchise(connection, held, found, units)
    onward = replace(held, branch=branch)
    lines.write(connection, document, _valued(connection, onward, [one.line for one in found]))
    # Who is told once more, of a price perhaps, bought the goods on the day on which they were sent.
    sold = held.sent if branch == held.branch and held.sent is not None else at
    number = _tell(connection, onward, rest, sold, booked_by(connection, document, branch))
    move(connection, document, state="sent", branch=branch, number=number, reason=reason.strip())
    said = f"{held.branch} → {branch}: {reason.strip()}"
    note(connection, at, actor.operator, "goods.send_on", document, said)
    return number


def _rest(
    connection: Connection, held: Document, left: Sequence[LineProgress], units: Mapping[str, str]
) -> list[GoodsLine]:
    """What is left of the lines. It is worth what the branches that received a part at its cost left of that:
    rounded by itself it could come to a cent more or less than what was sent. What a franchise booked is a price.
    """
    settled = settled_at(connection, held.document)
    rest: list[GoodsLine] = []
    for one in left:
        part = one.line.part(one.left, units.get(one.line.item, one.line.unit))
        booked = settled.get(one.line.number, {})
        values = [value for value in booked.values() if value is not None]
        at_cost = not any(_is_sale(connection, replace(held, branch=branch)) for branch in booked)
        if one.line.cost is not None and len(values) == len(booked) and at_cost:
            part = replace(part, cost=one.line.cost - sum(values))
        rest.append(part)
    return rest


def _take(connection: Connection, fact: StockDocument) -> None:
    """Keep one transfer, and tell whoever it is for, if anybody."""
    here = {one.branch for one in known_branches(connection)}
    state: State = "sent"
    if fact.partner not in here or fact.partner in closed(connection):
        state = "stopped"
    document = _code(connection, fact)
    connection.execute(
        insert(goods_document).values(
            document=document, kind="transfer", branch=fact.partner, partner=fact.branch,
            expected=_expected(connection, fact), note=fact.reason, state=state,
            drafted_by=fact.operator, drafted=fact.at, sent_by=fact.operator, sent=fact.at,
            row_count=len(fact.lines), origin=fact.uuid,
        )
    )  # fmt: skip
    sent = [
        GoodsLine(one.number, one.item, one.unit, one.factor, one.quantity, one.value, one.value)
        for one in fact.lines
    ]
    lines.write(connection, document, sent)
    if state == "sent":
        held = find(connection, document)
        lines.write(connection, document, _valued(connection, held, sent))
        move(connection, document, number=_tell(connection, held, sent, fact.at, {}))


def _tell(
    connection: Connection, held: Document, left: Sequence[GoodsLine], sold: datetime,
    booked: Mapping[int, tuple[int, int | None]],
) -> int:  # fmt: skip
    """Publish what is left, valued for whoever receives it. A branch takes away by itself what it has received
    of a line: so much is told besides, at what it booked.
    """
    valued = _valued(connection, held, left)
    if _is_sale(connection, held):
        _charge(connection, held, valued, sold)
    units = lines.base_units(connection, {one.item for one in left})
    return tell(
        connection, held,
        [_with(one, booked.get(one.number), units.get(one.item, one.unit)) for one in valued],
    )  # fmt: skip


def _with(line: GoodsLine, booked: tuple[int, int | None] | None, base_unit: str) -> GoodsLine:
    """A line with what the branch has received of it already."""
    if booked is None:
        return line
    quantity, value = booked
    known = None if value is None or line.value is None else value + line.value
    return replace(
        line, unit=base_unit, factor=_THOUSAND, quantity=line.base + quantity, value=known
    )


def _valued(connection: Connection, held: Document, those: Sequence[GoodsLine]) -> list[GoodsLine]:
    """The lines with what they cost the receiver: the delivery price, or what they were worth before."""
    if not _is_sale(connection, held):
        return [replace(one, value=one.cost) for one in those]
    known = delivery_prices.prices(connection, {one.item for one in those})
    return [
        replace(one, value=known.of_quantity(one.item, one.unit, one.quantity)) for one in those
    ]


def _is_sale(connection: Connection, held: Document) -> bool:
    """Whether a delivery is a sale: to a franchise, of goods that are not its own already (rule 28)."""
    kinds = {one.branch: one.kind for one in known_branches(connection)}
    return kinds.get(held.branch) == "franchise" and held.partner != held.branch


def _charge(
    connection: Connection, held: Document, sold: Sequence[GoodsLine], at: datetime | None
) -> None:
    """Keep what was sold to a franchise, beside what it received of the same line before."""
    if not sold:
        return
    rows = [
        {
            "branch": held.branch, "document": held.document, "number": one.number,
            "sender": held.partner, "item": one.item, "quantity": one.base, "cost": one.cost,
            "price": one.value, "sent": at,
        }
        for one in sold
    ]  # fmt: skip
    statement = postgresql.insert(franchise_delivery)
    added = {
        name: franchise_delivery.c[name] + statement.excluded[name]
        for name in ("quantity", "cost", "price")
    }
    keys = ["branch", "document", "number"]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), rows)


def _settle_franchise(
    connection: Connection, held: Document, found: Sequence[LineProgress],
    units: Mapping[str, str],
) -> None:  # fmt: skip
    """Of what was sold to the branch that it was for, keep what that branch received."""
    row = franchise_delivery.c
    mine = (row.branch == held.branch, row.document == held.document)
    if not connection.execute(select(row.number).where(*mine)).first():
        return
    connection.execute(delete(franchise_delivery).where(*mine))
    received = [
        one.line.part(one.line.base - one.left, units.get(one.line.item, one.line.unit))
        for one in found
        if one.left < one.line.base
    ]
    _charge(connection, held, received, held.sent)


def _expected(connection: Connection, fact: StockDocument) -> date:
    """The date for which headquarters had the goods sent, else that on which they left."""
    held = goods_document.c
    query = select(held.expected).where(held.document == fact.refers_to, held.kind == "send")
    found: date | None = connection.execute(query).scalar()
    return found or fact.business_date


def _code(connection: Connection, fact: StockDocument) -> str:
    """The sender's own number; where it gave that twice, as a copy of a site might, with the UUID's begin."""
    taken = select(goods_document.c.origin).where(goods_document.c.document == fact.document)
    if connection.execute(taken).first() is None:
        return fact.document
    return f"{fact.document}-{fact.uuid[:8]}"
