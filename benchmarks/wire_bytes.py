"""(d) Bytes on the wire per ticket, against gzip of the same rows as CSV.

Ours is what a link hands to its transport, signature and all, when it sends a backlog, and when it
sends each ticket as it is sold; the request around it is counted too: every byte that goes over a
real connection to headquarters, both ways. The peer holds the rows alone, of the tables of a ticket and
of what it moved, as COPY … TO … CSV gives them, one file per table, through gzip at its default level.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks import four_branches, native
from benchmarks.counting_line import CountingLine
from benchmarks.four_branches import Chain
from benchmarks.measures import Outcome, Round, Unit, Wording, compare, p50
from benchmarks.sales import BRANCH, DATE
from benchmarks.scale import Scale
from benchmarks.shops import Shop, Sold
from replication import outbox
from replication.clock import system_clock
from replication.messages import Hello, JournalHead
from replication.transport.http import HttpTransport
from schemas.tables.base import reading
from schemas.tables.stock import stock_move
from schemas.tables.tickets import ticket
from schemas.wire.versions import WIRE_VERSION

_PEER = "gzip of the same rows as CSV"


def run(scale: Scale, place: Path) -> Outcome:
    """Measure in `place`."""
    with four_branches.running(place, [BRANCH]) as chain:
        shop = chain.shops[0]
        single = [_round(chain, shop, 1) for _ in range(scale.commits)]
        bulk = [_round(chain, shop, scale.batch) for _ in range(scale.rounds)]
    unit = Unit("bytes")
    return Outcome(
        [
            compare(bulk, p50, Wording("bytes on the wire per ticket, a backlog", _PEER, unit)),
            compare(single, p50, Wording("the same, each as it is sold", _PEER, unit)),
        ],
        [f"bytes: {scale.rounds} batches of {scale.batch}, {scale.commits} of one"],
    )


def _round(chain: Chain, shop: Shop, count: int) -> Round:
    sold = shop.sell(count, DATE)
    with shop.engine.begin() as connection:
        shop.keep(connection, sold)
    sent = _send(chain, shop)
    with native.connect(chain.server, shop.identity.site) as connection:
        rows = sum(len(gzip.compress(_csv(connection, name, sold))) for name in _TABLES)
    return Round([sent / count], [rows / count])


def _send(chain: Chain, shop: Shop) -> int:
    """Bytes over the line, both ways, of the pushes that bring headquarters up to date."""
    with CountingLine(chain.address) as line:
        transport = HttpTransport(line.address, shop.identity)
        head = shop.head()
        hello = Hello(
            site=shop.identity.site, wire=WIRE_VERSION, clock=system_clock(),
            journal=JournalHead(stream=head.stream, epoch=head.epoch, head=head.sequence),
        )  # fmt: skip
        mark = transport.hello(hello).mark
        before = line.bytes
        while mark.applied < head.sequence:
            with reading(shop.engine) as connection:
                data = outbox.next_batch(
                    connection, head.stream, {mark.epoch: mark.applied}, shop.identity.site,
                    shop.identity.sign,
                )  # fmt: skip
            if data is None:
                break
            mark = transport.push(data)
        transport.close()
        return line.bytes - before


#: The column that names the ticket; of the others it is `ticket`.
_NAMED_BY = {ticket.name: "uuid", stock_move.name: "reference"}
_TABLES = {table.name: _NAMED_BY.get(table.name, "ticket") for table in native.TABLES}


def _csv(connection: psycopg.Connection, name: str, sold: list[Sold]) -> bytes:
    wanted = sql.SQL(", ").join(sql.Literal(one.ticket.uuid) for one in sold)
    statement = sql.SQL("COPY (SELECT * FROM {} WHERE {} IN ({})) TO STDOUT (FORMAT CSV)").format(
        sql.Identifier(name), sql.Identifier(_TABLES[name]), wanted
    )
    with connection.cursor() as cursor, cursor.copy(statement) as out:
        return b"".join(bytes(piece) for piece in out)
