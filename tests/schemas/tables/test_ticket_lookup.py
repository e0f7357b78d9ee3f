"""One ticket out of many, by its receipt number or uuid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from schemas.tables.base import open_postgres
from schemas.tables.ticket_lookup import answer
from schemas.wire.inquiries import read_through, read_ticket
from tests.pos_frontend.chain import FAR, far_ticket, hold


@pytest.fixture
def engine(branch_database: str) -> Iterator[Engine]:
    made = open_postgres(branch_database)
    days = [date(2026, 2, day) for day in range(1, 4)]
    tickets = [
        replace(far_ticket(2 * place + n), business_date=day)
        for place, day in enumerate(days)
        for n in (1, 2)
    ]
    hold(made, *tickets)
    yield made
    made.dispose()


@pytest.mark.parametrize("counter", [1, 4, 6])
def test_a_ticket_is_found_as_it_rests(engine: Engine, counter: int) -> None:
    wrote = far_ticket(counter)
    for key in (wrote.receipt, f"{FAR}-{counter}", wrote.uuid, wrote.uuid.upper()):
        with engine.connect() as connection:
            held, body = answer(connection, {"key": key})
        assert held
        found = read_ticket(body)
        day = found.ticket.business_date
        assert found.ticket == replace(
            wrote, business_date=day, zone="UTC", started=wrote.committed
        )
        assert found.shop == "N002"


@pytest.mark.parametrize(
    ("key", "through"),
    [(f"{FAR}-7", 6), ("N002.09-000001", 0), ("N009.01-000001", 0)],
)
def test_of_a_receipt_that_is_not_held_is_told_how_far_its_lane_is(
    engine: Engine, key: str, through: int
) -> None:
    with engine.connect() as connection:
        held, body = answer(connection, {"key": key})
    told = read_through(body)
    assert not held
    assert told is not None
    assert told.counter == through


def test_of_an_unknown_uuid_nothing_is_told(engine: Engine) -> None:
    with engine.connect() as connection:
        assert answer(connection, {"key": "00000000-0000-4000-8000-00000000abcd"}) == (False, {})
    assert read_through({}) is None


@pytest.mark.parametrize("key", [None, 7, "", "N002", "N002-1", "N002.01-", "N002.01-1x", "zz-zz"])
def test_what_is_no_key_is_refused(engine: Engine, key: object) -> None:
    with engine.connect() as connection, pytest.raises(ValueError, match="neither a receipt"):
        answer(connection, {"key": key})
