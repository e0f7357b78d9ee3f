"""Replacing many rows does what the ordinary upsert does, in both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, select

from schemas.tables.base import open_postgres, open_sqlite
from schemas.tables.bulk import replace_rows
from schemas.tables.catalogue import business_day_record, item, price_change
from schemas.tables.migrate import upgrade

NOON = datetime(2026, 3, 2, 4, 0, 0, 123456, tzinfo=UTC)
MANY = 200


@pytest.fixture(params=["postgresql", "sqlite"])
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[..., str]
) -> Iterator[Engine]:
    if request.param == "postgresql":
        made = open_postgres(new_database("hq"))
    else:
        path = str(tmp_path / "catalogue.db")
        upgrade(path, "lane_catalogue")
        made = open_sqlite(path)
    yield made
    made.dispose()


def columns(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def held(engine: Engine, table: Table) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(table.c.key))]


@pytest.mark.parametrize("count", [1, MANY])
def test_rows_are_added_and_replaced(engine: Engine, count: int) -> None:
    def rows(name: str, numbers: range) -> list[tuple[Any, ...]]:
        return [
            ("feed:chain", f"{n:04}", 1, f"{n:04}", f"{name}\t\\N {n} 名", "01", "piece", "", True)
            for n in numbers
        ]

    with engine.begin() as connection:
        replace_rows(connection, item, columns(item), rows("old", range(count)))
    with engine.begin() as connection:
        replace_rows(connection, item, columns(item), rows("new", range(count // 2, count + 5)))
    assert held(engine, item) == rows("old", range(count // 2)) + rows(
        "new", range(count // 2, count + 5)
    )


def test_instants_dates_and_truths_come_back_as_they_went(engine: Engine) -> None:
    headers = [
        ("feed:chain", f"P{n:04}", 1, f"P{n:04}", "t", NOON, None if n % 2 else NOON, n, 3, n % 3 == 0)
        for n in range(MANY)
    ]  # fmt: skip
    days = [("feed:local:N1", f"{n:04}", 1, date(2026, 3, 1), "open") for n in range(MANY)]
    with engine.begin() as connection:
        replace_rows(connection, price_change, columns(price_change), headers)
        replace_rows(connection, business_day_record, columns(business_day_record), days)
    assert held(engine, price_change) == headers
    assert held(engine, business_day_record) == days


def test_two_loads_in_one_transaction_do_not_meet(engine: Engine) -> None:
    rows = [("feed:chain", f"{n}", 1, f"{n}", "a", "01", "piece", "", True) for n in range(MANY)]
    with engine.begin() as connection:
        replace_rows(connection, item, columns(item), rows)
        replace_rows(connection, item, columns(item), rows)
    assert len(held(engine, item)) == MANY


def test_nothing_to_replace_is_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        replace_rows(connection, item, columns(item), [])
    assert held(engine, item) == []


def test_a_row_in_the_middle_that_is_there_already_is_replaced(engine: Engine) -> None:
    def row(name: str, number: int) -> tuple[Any, ...]:
        return ("feed:chain", f"{number:04}", 1, f"{number:04}", name, "01", "piece", "", True)

    with engine.begin() as connection:
        replace_rows(connection, item, columns(item), [row("old", MANY // 2)])
        replace_rows(connection, item, columns(item), [row("new", n) for n in range(MANY)])
    assert held(engine, item) == [row("new", n) for n in range(MANY)]
