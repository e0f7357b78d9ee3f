"""A branch prints labels of what changes on one of its days, whatever audience it was published for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pypdfium2
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from branch import shelf_labels
from branch.web.console import back_office
from schemas.tables.catalogue_store import CatalogueStore
from schemas.wire.record import Record
from schemas.wire.records import Barcode, Price, PriceChange, RecordBody
from tests.branch.shop import MANAGER, PASSWORD, MakeDatabase, Shop, make_shop

ZONE = "Asia/Shanghai"
#: The branch's 24 November begins at 16:00 UTC of the 23rd.
TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)


def change(
    engine: Engine, stream: str, document: str, starts: datetime, rows: dict[str, int], *,
    ends: datetime | None = None, number: int = 1,
) -> None:  # fmt: skip
    bodies: list[RecordBody] = [
        Price(document=document, item=item, unit="piece", tier="", price=price)
        for item, price in rows.items()
    ]
    bodies.append(
        PriceChange(
            document=document, title="x", starts=starts, ends=ends, published=number, rows=len(rows)
        )
    )
    records = [
        Record(0, one.kind, one.record_key(), one.version, one.encode(), deleted=False)
        for one in bodies
    ]
    with engine.begin() as connection:
        CatalogueStore().apply(connection, stream, 1, records)


@pytest.fixture
def shop(new_database: MakeDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = make_shop(new_database, tmp_path_factory.mktemp("shop"))
    yield made
    made.engine.dispose()
    made.headquarters.engine.dispose()


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_what_changes_between_a_day_and_the_next(shop: Shop) -> None:
    engine = shop.engine
    change(
        engine,
        "feed:chain",
        "L1",
        at(1, 0),
        {"milk": 350, "bread": 420, "wine": 1290, "rice": 2580},
    )
    # Tomorrow from its first moment, at noon, and only for the evening; and what the branch itself holds back.
    change(engine, "feed:chain", "L2", at(23, 16), {"milk": 330, "rice": 2600}, number=2)
    change(engine, "feed:group:a", "L3", at(24, 4), {"bread": 400}, number=3)
    change(engine, "feed:chain", "L4", at(24, 10), {"wine": 990}, ends=at(24, 14), number=4)
    change(engine, f"feed:branch:{shop.branch.code}", "L5", at(2, 0), {"rice": 2580}, number=5)
    with engine.connect() as connection:
        found = {
            on: [
                (one.moved.item, one.moved.old, one.moved.new)
                for one in shelf_labels.changing(connection, on, ZONE)
            ]
            for on in (TODAY, TOMORROW)
        }
    assert found == {TODAY: [], TOMORROW: [("bread", 420, 400), ("milk", 350, 330)]}


def test_the_manager_takes_them_as_a_file(shop: Shop) -> None:
    shop.runner.report_once()
    change(shop.engine, "feed:chain", "L1", at(1, 0), {"oolong": 350})
    change(shop.engine, "feed:chain", "L2", at(24, 18), {"oolong": 330}, number=2)
    with shop.engine.begin() as connection:
        body = Barcode(barcode="06901234567892", item="oolong", unit="piece")
        CatalogueStore().apply(
            connection, "feed:chain", 1,
            [Record(0, "barcode", body.record_key(), 1, body.encode(), deleted=False)],
        )  # fmt: skip
    with TestClient(
        back_office(shop.branch).application(), headers={"Accept-Language": "zh"}
    ) as client:
        client.post(
            "/sign-in", data={"operator": MANAGER, "password": PASSWORD, "next": "/labels"},
            headers={"Origin": "http://testserver"},
        )  # fmt: skip
        page = client.get(f"/labels?on={TOMORROW}")
        assert "6901234567892" in page.text
        answer = client.get(f"/labels.pdf?on={TOMORROW}&layout=roll_60x40")
        assert client.get(f"/labels.pdf?on={TODAY}&layout=roll_60x40").status_code == 422
        assert client.get(f"/labels.pdf?on={TOMORROW}&layout=wall").status_code == 404
        assert "没有售价变动" in client.get(f"/labels?on={TODAY}").text
    text = pypdfium2.PdfDocument(answer.content)[0].get_textpage().get_text_bounded()
    assert "$3.30" in text
    assert "$3.50" in text
    assert "901234" in text
