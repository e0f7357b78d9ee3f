"""A small chain that orders and moves goods: a distribution centre, an own branch and a franchise.

What branches say is stated as their entries would say it, through headquarters' own projection.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from hq import sites
from hq.inbound import project
from replication import position
from replication.apply import Arrival
from replication.identity import new_epoch
from replication.position import Report
from replication.streams import branch_feed, journal_of
from schemas.domain.stock.document import DocumentKind, StockDocument, StockLine
from schemas.domain.stock.move import StockMove, StockReason
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream
from schemas.wire import entries
from schemas.wire.entries import Fact
from schemas.wire.entry import Entry
from schemas.wire.records import BODIES, BranchKind, RecordBody
from tests.hq.conftest import NOON, Chain

MONDAY = date(2026, 3, 2)
_REASONS: dict[DocumentKind, StockReason] = {
    "receipt": "receipt", "transfer_in": "transfer_in", "transfer_out": "transfer_out",
    "write_off": "write_off", "return_to_vendor": "return_to_vendor", "stocktake": "stocktake",
}  # fmt: skip


def stock_the_chain(chain: Chain) -> None:
    """N001 is a distribution centre, N003 a franchise; two suppliers, purchase and delivery prices."""
    chain.load("suppliers", "supplier,name,closed\nS1,Orchard,\nS2,Dairy,yes\n")
    chain.load("units", "item,unit,factor\n1001,box,24\n")
    chain.load("costs", "item,unit,cost\n1001,box,24.00\n1002,piece,2.00\n")
    chain.load("delivery_prices", "item,unit,price\n1001,piece,1.50\n")
    be(chain, "N001", "distribution_centre")
    be(chain, "N003", "franchise")


def be(chain: Chain, branch: str, kind: BranchKind) -> None:
    """Let a branch be of a kind."""
    with chain.hq.engine.begin() as connection:
        held = next(one for one in sites.branches(connection) if one.branch.branch == branch)
        record = held.branch.model_copy(update={"branch_kind": kind})
        sites.save_branch(connection, record, held.groups)


def line(number: int, item: str, quantity: int, value: int | None, **more: Any) -> StockLine:  # noqa: ANN401 - fields
    """A line in pieces, unless a unit and its factor are given."""
    given: dict[str, Any] = {"name": f"Item {item}", "unit": "piece", "factor": 1000} | more
    return StockLine(number=number, item=item, quantity=quantity, value=value, **given)


def posted(
    kind: DocumentKind, branch: str, number: str, lines: Sequence[StockLine], at: datetime = NOON,
    **more: Any,  # noqa: ANN401 - fields
) -> StockDocument:  # fmt: skip
    """A document as a branch posts it: every known line moves what it says at its value."""
    reference = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{branch} {number}"))
    sign = 1 if kind in ("receipt", "transfer_in", "stocktake") else -1
    moves = tuple(
        StockMove(reference, place, one.item, sign * one.quantity * one.factor // 1000,
                  None if one.value is None else sign * one.value, _REASONS[kind], MONDAY, at)
        for place, one in enumerate((one for one in lines if not one.unknown_item), 1)
    )  # fmt: skip
    return StockDocument(
        reference, number, kind, branch, MONDAY, at, f"{branch}-M", tuple(lines), moves, **more
    )


def say(connection: Connection, *facts: Fact) -> None:
    """Project what branches stated."""
    for fact in facts:
        kind, version = entries.kind_of(fact)
        body = entries.encode(fact)
        entry = Entry(
            journal_of(fact.branch), new_epoch(), 1, kind, version, "", b"", body, b""
        )  # fmt: skip
        project(connection, [Arrival(entry, fact.branch, fact.branch)])


def told(connection: Connection, branch: str, kind: str = "") -> list[RecordBody]:
    """What a branch's feed holds of goods, in the order of its numbers."""
    row = feed_record.c
    kinds = (kind,) if kind else ("delivery_line", "delivery")
    query = select(row.kind, row.body).where(
        row.stream == branch_feed(branch), row.kind.in_(kinds), ~row.deleted
    )
    rows = connection.execute(query.order_by(row.number))
    return [BODIES[one.kind].model_validate_json(bytes(one.body)) for one in rows]


def arrived(connection: Connection, branch: str, at: datetime = NOON) -> None:
    """The branch reports that it holds all of its own feed."""
    held = connection.execute(
        select(stream.c.epoch, stream.c.head).where(stream.c.name == branch_feed(branch))
    ).one()
    report = Report(branch, branch_feed(branch), held.epoch, held.head, at)
    position.report(connection, [report], at)
