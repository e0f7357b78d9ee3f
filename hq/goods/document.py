"""Goods documents: what a branch is to receive or to send, told to it by its feed.

    kind       branch                 partner                what the branch is told
    order      receives the goods     a supplier             to expect what was ordered
    send       sends the goods        who is to have them    to send them
    transfer   receives the goods     who has sent them      to expect what is on its way; see `hq.goods.relay`

    draft ──send──▶ sent ──withdraw──▶ withdrawn
      └──────────withdraw───────────────────▲
    stopped ──send on──▶ sent        a transfer that nobody can be told of: its branch is closed or unknown

What becomes of a document that was sent, branches say: it arrives with the feed, and receipts (of a `send`:
transfers out) refer to it, until one is final (`hq.goods.progress`). One that was sent can be withdrawn until
then: what has come by then has come, the rest is expected no longer. A transfer is never withdrawn: the goods
are on their way, and can be sent on. What is asked wrongly raises GoodsError; each step leaves an audit note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Connection, cast, func, insert, or_, select, text, tuple_, update

from hq import publication, suppliers
from hq.audit import note
from hq.closing import closed
from hq.goods import lines
from hq.goods.lines import GoodsLine, Wanted
from hq.goods.progress import is_final
from hq.refusal import RefusalError
from hq.reports.branches import KnownBranch, known_branches
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import branch_feed
from schemas.tables.goods import goods_document
from schemas.tables.headquarters import proposal
from schemas.wire.delivery import Delivery

Kind = Literal["order", "send", "transfer"]
State = Literal["draft", "sent", "withdrawn", "stopped"]

UNKNOWN = msgid("There is no document %(document)s, or it is of branches that you may not see.")
STATE = msgid("%(document)s is %(state)s, so this cannot be done (any more). Load the page again.")
NO_BRANCH = msgid("There is no branch %(branch)s: choose one of the list.")
CLOSED = msgid("Branch %(branch)s is closed: choose another, or reopen it first.")
ITSELF = msgid("Branch %(branch)s cannot send goods to itself.")
SCOPE = msgid("%(branch)s is not in the care of %(operator)s.")
NO_REASON = msgid("Say why, for %(document)s.")
_NO_SUPPLIER = msgid("There is no supplier %(supplier)s: import suppliers first.")
_SUPPLIER_CLOSED = msgid("Nothing more is bought from supplier %(supplier)s: it is closed.")
_RECEIVED = msgid("%(document)s is received finally: nothing is left to withdraw.")
_ON_ITS_WAY = msgid("The goods of %(document)s are on their way: send them on instead.")
_NOTE = msgid("A note has up to 500 characters.")

# Numbers of documents are drawn one after another; the lock ends with the transaction.
_LOCK = 8_490_001
_NOTE_LENGTH = 500


class GoodsError(RefusalError):
    """A goods document that cannot be made or moved on as asked."""


@dataclass(frozen=True, slots=True)
class NewGoods:
    """A document as it is asked for: an order, or an instruction to send."""

    kind: Literal["order", "send"]
    branch: str
    partner: str
    expected: date
    wanted: Sequence[Wanted]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it stands."""

    document: str
    kind: Kind
    branch: str
    partner: str
    expected: date
    note: str
    state: State
    drafted_by: str
    drafted: datetime
    sent_by: str | None
    sent: datetime | None
    number: int | None
    withdrawn_by: str | None
    withdrawn: datetime | None
    reason: str | None
    row_count: int
    origin: str | None

    def told(self, *, withdrawn: bool = False) -> Delivery:
        """The header that a branch is told."""
        return Delivery(
            document=self.document, direction=self.kind, partner=self.partner,
            expected=self.expected, rows=self.row_count, note=self.note, withdrawn=withdrawn,
        )  # fmt: skip


def draft(connection: Connection, new: NewGoods, actor: User, at: datetime) -> str:
    """Write a draft and answer its code. Raises GoodsError or LineError."""
    if len(new.note) > _NOTE_LENGTH:
        raise GoodsError(_NOTE)
    _check_parties(connection, new.kind, new.branch, new.partner, actor)
    made = lines.made_of(connection, new.wanted)
    if new.kind == "order":
        made = lines.at_purchase_price(connection, made)
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    document = _next_code(connection)
    connection.execute(
        insert(goods_document).values(
            document=document, kind=new.kind, branch=new.branch, partner=new.partner,
            expected=new.expected, note=new.note.strip(), state="draft",
            drafted_by=actor.operator, drafted=at, row_count=len(made),
        )
    )  # fmt: skip
    lines.write(connection, document, made)
    note(connection, at, actor.operator, "goods.draft", document)
    return document


def send(connection: Connection, document: str, actor: User, at: datetime) -> int:
    """Tell the branch, and answer the header's number in its feed. Raises GoodsError."""
    held = lock(connection, document)
    if held.state != "draft":
        raise GoodsError(STATE, document=document, state=held.state)
    _check_parties(connection, held.kind, held.branch, held.partner, actor)
    told = lines.read(connection, document)
    if held.kind == "order":
        # Prices may have changed since the draft was written: what is ordered now is ordered at today's.
        told = lines.at_purchase_price(connection, told)
        lines.write(connection, document, told)
    number = tell(connection, held, told)
    move(connection, document, state="sent", sent_by=actor.operator, sent=at, number=number)
    note(connection, at, actor.operator, "goods.send", document)
    return number


def withdraw(connection: Connection, document: str, actor: User, reason: str, at: datetime) -> None:
    """Drop a draft, or expect no more of what was sent. Raises GoodsError."""
    held = lock(connection, document)
    check_scope(held, actor)
    if held.kind == "transfer":
        raise GoodsError(_ON_ITS_WAY, document=document)
    if held.state not in ("draft", "sent"):
        raise GoodsError(STATE, document=document, state=held.state)
    if not reason.strip():
        raise GoodsError(NO_REASON, document=document)
    if is_final(connection, document):
        raise GoodsError(_RECEIVED, document=document)
    number = held.number
    if held.state == "sent":
        header = held.told(withdrawn=True)
        number = publication.publish(connection, {branch_feed(held.branch): [header]})
    move(
        connection, document, state="withdrawn", withdrawn_by=actor.operator, withdrawn=at,
        reason=reason.strip(), number=number,
    )  # fmt: skip
    note(connection, at, actor.operator, "goods.withdraw", document, reason.strip())


def tell(connection: Connection, held: Document, told: Sequence[GoodsLine]) -> int:
    """Publish lines and then the header in the branch's feed; the header's number."""
    header = held.told().model_copy(update={"rows": len(told)})
    records = [*(one.told(held.document) for one in told), header]
    return publication.publish(connection, {branch_feed(held.branch): records})


def find(connection: Connection, document: str, scope: Sequence[str] = ()) -> Document:
    """One document that concerns a branch of the scope. Raises GoodsError."""
    query = select(goods_document).where(goods_document.c.document == document)
    row = connection.execute(query).mappings().one_or_none()
    if row is None or (scope and row["branch"] not in scope and row["partner"] not in scope):
        raise GoodsError(UNKNOWN, document=document)
    return Document(**row)


def lock(connection: Connection, document: str) -> Document:
    """One document, held until the transaction ends. Raises GoodsError."""
    query = select(goods_document.c.document).where(goods_document.c.document == document)
    connection.execute(query.with_for_update())
    return find(connection, document)


@dataclass(frozen=True, slots=True)
class Search:
    """Which documents; what is empty does not filter. `after` is the last one seen."""

    scope: Sequence[str] = ()
    kind: str = ""
    state: str = ""
    branch: str = ""
    partner: str = ""
    after: tuple[datetime, str] | None = None
    limit: int = 50


def newest(connection: Connection, search: Search) -> list[Document]:
    """One more than a page of documents, the latest first."""
    row = goods_document.c
    place = tuple_(row.drafted, row.document)
    query = select(goods_document)
    if search.scope:
        query = query.where(or_(row.branch.in_(search.scope), row.partner.in_(search.scope)))
    if search.branch:
        query = query.where(or_(row.branch == search.branch, row.partner == search.branch))
    for column, wanted in ((row.kind, search.kind), (row.state, search.state),
                           (row.partner, search.partner)):  # fmt: skip
        if wanted:
            query = query.where(column == wanted)
    if search.after is not None:
        query = query.where(place < search.after)
    query = query.order_by(row.drafted.desc(), row.document.desc()).limit(search.limit + 1)
    return [Document(**one) for one in connection.execute(query).mappings()]


def open_branch(connection: Connection, code: str) -> KnownBranch:
    """A branch that goods can be sent to, or told to send. Raises GoodsError."""
    known = {one.branch: one for one in known_branches(connection)}
    if code not in known:
        raise GoodsError(NO_BRANCH, branch=code)
    if code in closed(connection):
        raise GoodsError(CLOSED, branch=code)
    return known[code]


def check_scope(held: Document, actor: User) -> None:
    """A person whose scope is some branches does nothing with goods of others. Raises GoodsError."""
    concerned = [held.branch] if held.kind == "order" else [held.branch, held.partner]
    for one in concerned:
        if actor.branches and one not in actor.branches:
            raise GoodsError(SCOPE, branch=one, operator=actor.operator)


def move(connection: Connection, document: str, **changes: Any) -> None:  # noqa: ANN401 - columns
    """Change what is held of a document."""
    connection.execute(
        update(goods_document).where(goods_document.c.document == document).values(**changes)
    )


def _check_parties(
    connection: Connection, kind: Kind, branch: str, partner: str, actor: User
) -> None:
    open_branch(connection, branch)
    concerned = [branch]
    if kind == "order":
        held = suppliers.every(connection).get(partner)
        if held is None:
            raise GoodsError(_NO_SUPPLIER, supplier=partner)
        if held.closed:
            raise GoodsError(_SUPPLIER_CLOSED, supplier=partner)
    else:
        open_branch(connection, partner)
        if partner == branch:
            raise GoodsError(ITSELF, branch=branch)
        concerned.append(partner)
    for one in concerned:
        if actor.branches and one not in actor.branches:
            raise GoodsError(SCOPE, branch=one, operator=actor.operator)


def _next_code(connection: Connection) -> str:
    """A code that no document has, nor one that was lost and may be taken back."""
    lost = select(func.split_part(proposal.c.key, "/", 1)).where(
        proposal.c.kind.in_(("delivery", "delivery_line"))
    )
    codes = select(goods_document.c.document).union(lost).subquery()
    number = cast(func.substr(codes.c.document, 2), BigInteger)
    query = select(func.max(number)).where(codes.c.document.regexp_match("^G[0-9]{1,15}$"))
    return f"G{(connection.execute(query).scalar() or 0) + 1:06d}"
