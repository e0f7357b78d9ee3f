"""Headquarters' answer to a branch that compares its stock (`schemas.wire.stock_questions`).

Each answer is of one state of the database, and names how far the branch's journal is applied in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from replication import position
from replication.digest import snapshot
from replication.streams import journal_of
from schemas.tables.stock_digest import held
from schemas.wire.stock_questions import StockAnswer, StockAsk

_AT_ONCE = 5_000


def answer_stock(engine: Engine, branch: str, question: Mapping[str, Any]) -> bytes:
    """What is held here of the stock of the branch that asks."""
    ask = StockAsk.model_validate(question)
    with snapshot(engine) as connection:
        through = position.find(connection, journal_of(branch), ask.epoch).through
        items = held(connection, branch, ask.after, limit=_AT_ONCE + 1)
    last = len(items) <= _AT_ONCE
    shown = dict(list(items.items())[:_AT_ONCE])
    return StockAnswer(through=through, items=shown, last=last).model_dump_json().encode()
