"""Accepting what headquarters lost: published again, with all that the record implies here.

    kind                      what is written beside the catalogue and the feed, in one transaction
    price, price_change       the price change and its rows, with their state: `hq.lost_documents`
    delivery, delivery_line   the goods document and its lines: `hq.lost_goods`
    pickup_order, pickup_line the order of an online shop and its lines: `hq.lost_pickups`
    promotion                 the promotion with its state: `hq.lost_promotions`
    operator                  the person in `staff`, and where they work
    subscription              the branch in its group, or out of it
    branch, items, taxes, …   nothing: the catalogue is all there is of them
    a kind not known here     refused: a newer release wrote it

Published again a record is the newest of its key. The page shows what it would change before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from hq import audit, lost_documents, lost_goods, lost_pickups, lost_promotions, publication, staff
from hq.lost import Bundle, Lost
from hq.proposals import ProposalError, choose, decide, must_may, name_of
from hq.staff import BRANCH_ROLES, Employee
from replication.console.languages import msgid
from replication.console.users import User
from replication.feed import Draft
from replication.streams import branch_feed, group_feed
from schemas.tables.catalogue import branch as branch_table
from schemas.tables.headquarters import branch_group_member, proposal
from schemas.tables.journal import stream
from schemas.wire.delivery import Delivery, DeliveryLine
from schemas.wire.pickup import PickupLine, PickupOrder
from schemas.wire.records import BODIES, Operator, Price, PriceChange, Promotion, RecordBody

_WHOLE = msgid("Proposal %(number)s is accepted whole, or not at all.")
_TWINS = msgid(
    "Branches told different contents for record %(record)s: dismiss the wrong one first."
)
_UNKNOWN = msgid("This release does not know records of kind %(kind)s: upgrade headquarters first.")
_UNREADABLE = msgid(
    "Record %(record)s does not read: dismiss it, with what is wrong as the reason."
)
_NO_BRANCH = msgid("There is no branch %(branch)s here: accept the branch first.")
_OTHER_ROLE = msgid(
    "%(operator)s is %(role)s here by now: import the person anew, then dismiss this."
)


def accept(
    connection: Connection, one: Bundle, ids: Collection[int], actor: User, at: datetime
) -> int:
    """Publish records of a bundle again, all unless named; how many. Raises RefusalError."""
    must_may(one, actor)
    chosen = choose(connection, one, ids)
    if not one.may_be_parted and len(chosen) != one.records:
        raise ProposalError(_WHOLE, number=one.number)
    bodies = {lost.id: _body(lost) for lost in chosen}
    # Decided first: what is published must not be settled by its own publication.
    decide(connection, chosen, "accepted", actor, at)
    match one.kind:
        case "document":
            number = _take_back_document(connection, one, chosen, bodies, actor, at)
        case "goods":
            number = _take_back_goods(connection, one, chosen, bodies, actor, at)
        case "pickup":
            number = _take_back_pickup(connection, one, chosen, bodies, actor, at)
        case "promotion":
            number = _take_back_promotions(connection, one.feed, chosen, bodies, actor, at)
        case "operator":
            number = _take_back_operator(connection, one, chosen[0], bodies[chosen[0].id])
        case "subscription":
            number = _take_back_subscription(connection, one, chosen[0], bodies[chosen[0].id])
        case _:
            number = _publish(connection, one.feed, chosen)
    connection.execute(
        update(proposal)
        .where(proposal.c.id.in_([lost.id for lost in chosen]))
        .values(published=number)
    )
    audit.note(connection, at, actor.operator, "proposal.accept", name_of(one), str(len(chosen)))
    return len(chosen)


def _body(lost: Lost) -> RecordBody | None:
    """What a record says, None of a tombstone. Raises ProposalError."""
    if lost.differing:
        raise ProposalError(_TWINS, record=lost.number)
    known = BODIES.get(lost.kind)
    if known is None:
        raise ProposalError(_UNKNOWN, kind=lost.kind)
    if lost.deleted:
        return None
    try:
        body = known.model_validate_json(lost.body)
    except ValidationError as error:
        raise ProposalError(_UNREADABLE, record=lost.number) from error
    if body.record_key() != lost.key:
        raise ProposalError(_UNREADABLE, record=lost.number)
    return body


def _publish(connection: Connection, feed: str, chosen: Sequence[Lost]) -> int:
    """As they came: fields that this release does not know are kept."""
    drafts = [Draft(one.kind, one.key, one.version, one.body, one.deleted) for one in chosen]
    return publication.publish(connection, {feed: drafts})


def _take_back_document(
    connection: Connection, one: Bundle, chosen: Sequence[Lost],
    bodies: dict[int, RecordBody | None], actor: User, at: datetime,
) -> int:  # fmt: skip
    told = [body for body in bodies.values() if body is not None]
    gone = [lost for lost in chosen if lost.deleted]
    # Rows that are taken back for good: their document prices nothing any more.
    number = _publish(connection, one.feed, gone)
    if not told:
        return number
    header = next((body for body in told if isinstance(body, PriceChange)), None)
    rows = [body for body in told if isinstance(body, Price)]
    return lost_documents.take_back(connection, one.feed, one.key, header, rows, actor, at)


def _take_back_goods(
    connection: Connection, one: Bundle, chosen: Sequence[Lost],
    bodies: dict[int, RecordBody | None], actor: User, at: datetime,
) -> int:  # fmt: skip
    told = [body for body in bodies.values() if body is not None]
    number = _publish(connection, one.feed, [lost for lost in chosen if lost.deleted])
    if not told:
        return number
    header = next((body for body in told if isinstance(body, Delivery)), None)
    lines = [body for body in told if isinstance(body, DeliveryLine)]
    return lost_goods.take_back(connection, one.feed, one.key, header, lines, actor, at)


def _take_back_pickup(
    connection: Connection, one: Bundle, chosen: Sequence[Lost],
    bodies: dict[int, RecordBody | None], actor: User, at: datetime,
) -> int:  # fmt: skip
    told = [body for body in bodies.values() if body is not None]
    number = _publish(connection, one.feed, [lost for lost in chosen if lost.deleted])
    if not told:
        return number
    header = next((body for body in told if isinstance(body, PickupOrder)), None)
    lines = [body for body in told if isinstance(body, PickupLine)]
    return lost_pickups.take_back(connection, one.feed, one.key, header, lines, actor, at)


def _take_back_promotions(
    connection: Connection, feed: str, chosen: Sequence[Lost],
    bodies: dict[int, RecordBody | None], actor: User, at: datetime,
) -> int:  # fmt: skip
    number = 0
    for lost in chosen:
        body = bodies[lost.id]
        number = (
            lost_promotions.take_back(connection, feed, body, actor, at)
            if isinstance(body, Promotion)
            else _publish(connection, feed, [lost])
        )
    return number


def _take_back_subscription(
    connection: Connection, one: Bundle, lost: Lost, body: RecordBody | None
) -> int:
    branch, group = _branch_of(connection, one), one.key.removeprefix(group_feed(""))
    if one.key.startswith(group_feed("")):
        member = branch_group_member.c
        if body is None:
            connection.execute(
                delete(branch_group_member).where(
                    member.branch == branch, member.branch_group == group
                )
            )
        else:
            row = {"branch_group": group, "branch": branch}
            connection.execute(insert(branch_group_member).values(row).on_conflict_do_nothing())
    return _publish(connection, one.feed, [lost])


def _take_back_operator(
    connection: Connection, one: Bundle, lost: Lost, body: RecordBody | None
) -> int:
    """A person at one branch: `staff` publishes to every branch where they then work."""
    branch = _branch_of(connection, one)
    here = {held.operator: held for held in staff.employees(connection)}.get(lost.key)
    if here is not None and here.role not in BRANCH_ROLES:
        raise ProposalError(_OTHER_ROLE, operator=lost.key, role=here.role)
    if isinstance(body, Operator):
        staff.save(connection, [_employed(here, branch, body)])
    elif here is not None:
        left = tuple(code for code in here.branches if code != branch)
        # Nobody works nowhere: an empty scope would be the whole chain.
        gone = replace(here, branches=left) if left else replace(here, active=False)
        staff.save(connection, [gone])
    return _number_of(connection, one.feed)


def _employed(here: Employee | None, branch: str, body: Operator) -> Employee:
    before = here.branches if here is not None and here.active else ()
    # A branch is told no cashier's password, so the one that is known here stays.
    known = "" if here is None else here.password_hash
    return Employee(
        body.operator, body.name, body.role, tuple(dict.fromkeys([*before, branch])),
        body.pin_hash, body.password_hash or known,
    )  # fmt: skip


def _branch_of(connection: Connection, one: Bundle) -> str:
    branch = one.feed.removeprefix(branch_feed(""))
    known = select(branch_table.c.branch).where(branch_table.c.branch == branch)
    if connection.execute(known).first() is None:
        raise ProposalError(_NO_BRANCH, branch=branch)
    return branch


def _number_of(connection: Connection, feed: str) -> int:
    head = select(stream.c.head).where(stream.c.name == feed)
    return int(connection.execute(head).scalar_one())
