"""What a batch writes of its sums reads back as it was, and asks of the catalogue what the whole would say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain

import pytest
from sqlalchemy import Engine, insert, text

from hq.consolidation.contributions import Place, Rows
from hq.consolidation.held import category_tree
from hq.consolidation.writing import write
from schemas.tables.base import open_postgres
from schemas.tables.catalogue import category
from schemas.tables.consolidation import EACH_FRESH, FIGURES, fresh


@pytest.fixture
def engine(hq_database: str) -> Iterator[Engine]:
    opened = open_postgres(hq_database)
    yield opened
    opened.dispose()


def test_any_key_reads_back_with_its_own_figures(engine: Engine) -> None:
    keys = [
        "",
        "plain",
        'a"b',
        "a\\b",
        "a,b",
        "{a}",
        "NULL",
        "tab\there",
        "line\nthere",
        "牛奶",
        " ",
    ]
    rows = Rows()
    for number, key in enumerate(keys):
        begins = rows.row(key)
        rows.figures[begins] = -number
        rows.figures[begins + 1] = number * 10**15
    with engine.begin() as connection:
        write(connection, fresh, [(Place("N\\1", date(2026, 3, 2), 1), "item", rows)])
        held = connection.execute(text(f"SELECT {EACH_FRESH} FROM {fresh.name}")).all()  # noqa: S608 - names of our own
    assert {row.branch for row in held} == {"N\\1"}
    assert [(row.key, row.receipts, row.lines) for row in held] == [
        (key, -number, number * 10**15) for number, key in enumerate(keys)
    ]
    assert {getattr(row, name) for row in held for name in FIGURES[2:]} == {None}


def test_the_tree_above_some_is_that_of_the_whole(engine: Engine) -> None:
    parents = {
        "01": "", "01-1": "01", "01-1-1": "01-1", "01-2": "01", "02": "", "lost": "gone",
        "below": "lost", "round": "about", "about": "round", "self": "self",
    }  # fmt: skip
    shared = {"stream": "feed:chain", "generation": 1}
    rows = [
        shared | {"key": code, "category": code, "name": code, "parent": parent}
        for code, parent in parents.items()
    ]
    with engine.begin() as connection:
        connection.execute(insert(category), rows)
        whole = category_tree(connection)
        for asked in chain([set(parents), {"unknown"}, set[str]()], [{one} for one in parents]):
            some = category_tree(connection, asked)
            assert {code: set(above) for code, above in some.items()} == {
                code: set(above) for code, above in whole.items() if code in asked
            }
