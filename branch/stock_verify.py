"""The branch's stock against headquarters', item by item in quantity and value, and against its own ledger.

    what differs                            what is told             what a repair does
    the sums here and the moves here        the item, both figures   nothing: a person looks
    an item here and at headquarters        the item, both figures   nothing: both follow from the journal

Compared is what headquarters has applied: of the stock here, what was stated behind its position is taken away
first. Where an entry was set aside at headquarters the stock there lacks it, and differs until it is applied.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Engine, select

from replication import journal
from replication.digest import snapshot
from replication.digest_messages import Asked, read_answer
from replication.errors import RefusedError
from replication.findings import Found, Report
from replication.streams import journal_of
from replication.transport.base import Online
from schemas.domain.stock.document import StockDocument
from schemas.domain.stock.move import StockMove, StockMoved
from schemas.tables.journal import journal_entry
from schemas.tables.stock import stock_move
from schemas.tables.stock_digest import Stock, held, untrue_sums
from schemas.wire.entries import decode
from schemas.wire.stock_questions import STOCK_TOPIC, StockAnswer, StockAsk

_KINDS = ("stock.moved", "stock.document")
_NOT_COMPARED = "stock: headquarters does not compare it yet: upgrade headquarters first"


def verify_stock(engine: Engine, branch: str, parent: Online) -> Report:
    """Compare every item with headquarters. Raises LinkDownError, or RefusedError that says no else."""
    after, found, compared = "", list[Found](), 0
    while True:
        with snapshot(engine) as connection:
            epoch = journal.head_of(connection, journal_of(branch)).epoch
        ask = StockAsk(epoch=epoch, after=after).model_dump(mode="json")
        try:
            answer = read_answer(StockAnswer, parent.ask(Asked(topic=STOCK_TOPIC, question=ask)))
        except RefusedError as error:
            if error.code != "malformed":
                raise
            return Report(skipped=(_NOT_COMPARED,))
        until = "" if answer.last else list(answer.items)[-1]
        # Behind the answer: whatever headquarters has is held here by now.
        with snapshot(engine) as connection:
            here = held(connection, branch, after, through=until)
            _take_away(here, _unsent(connection, branch, epoch, answer.through), after, until)
        found += _differences(here, answer)
        compared += len({*here, *answer.items})
        if answer.last:
            return Report(tuple(found), compared={"stock items": compared})
        after = until


def verify_sums(engine: Engine) -> Report:
    """Compare what is held of each item with the sum of its moves; reads the whole ledger."""
    with snapshot(engine) as connection:
        return Report(tuple(Found("stock", str(one)) for one in untrue_sums(connection)))


def _unsent(
    connection: Connection, branch: str, epoch: str, through: int
) -> Iterator[tuple[str, int, int]]:
    """Item, quantity and value of each move that stands here and that headquarters has not applied."""
    entry = journal_entry.c
    rows = connection.execute(
        select(entry.kind, entry.version, entry.body)
        .where(
            entry.stream == journal_of(branch), entry.epoch == epoch, entry.sequence > through,
            entry.kind.in_(_KINDS),
        )
        .order_by(entry.sequence)
    ).all()  # fmt: skip
    for row in rows:
        fact = decode(row.kind, row.version, bytes(row.body))
        if isinstance(fact, StockDocument):
            yield from ((one.item, one.quantity, one.value or 0) for one in fact.moves)
        elif isinstance(fact, StockMoved):
            stated = _stated(connection, fact)
            yield from (
                (one.item, one.quantity, one.value or 0)
                for one in stated
                if one.quantity or one.value
            )


def _stated(connection: Connection, fact: StockMoved) -> list[StockMove]:
    """Those of the moves that stand in the ledger as this fact states them: an earlier statement counts."""
    move = stock_move.c
    query = select(move.reference).where(
        move.reference.in_({one.reference for one in fact.moves}), move.stated == fact.at
    )
    counting = set(connection.execute(query.distinct()).scalars())
    return [one for one in fact.moves if one.reference in counting]


def _take_away(here: Stock, unsent: Iterator[tuple[str, int, int]], after: str, until: str) -> None:
    for item, quantity, value in unsent:
        key = item.encode()
        if key <= after.encode() or (until and key > until.encode()):
            continue
        before = here.get(item, (0, 0))
        left = (before[0] - quantity, before[1] - value)
        if any(left):
            here[item] = left
        else:
            here.pop(item, None)


def _differences(here: Stock, answer: StockAnswer) -> Iterator[Found]:
    for item in sorted({*here, *answer.items}):
        mine, theirs = here.get(item, (0, 0)), answer.items.get(item, (0, 0))
        if mine != tuple(theirs):
            what = (
                f"{item}: {mine[0]} worth {mine[1]} here, {theirs[0]} worth {theirs[1]} at"
                " headquarters"
            )
            yield Found("stock", what)
