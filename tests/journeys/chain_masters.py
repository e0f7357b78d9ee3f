"""What headquarters knows beforehand of the chain of `chain_file`: stores, regions, goods, sources, members, a price."""

from __future__ import annotations

from datetime import UTC, datetime, time

from pandas import DataFrame
from sqlalchemy import Engine, insert

from hq import founding, price_changes, publication, sites
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from replication.streams import CHAIN_FEED
from schemas.tables.regions import branch_region, region
from schemas.tables.sourcing import item_source
from schemas.wire.records import Branch, Category, Item, Member
from tests.hq.conftest import ADMIN, APPROVER, BUYER
from tests.journeys.chain_definitions import NEW_PRICE, NEW_PRICE_FROM, NEW_PRICE_ITEM

_BEFORE = datetime(2016, 12, 1, tzinfo=UTC)


def publish(engine: Engine, lines: DataFrame) -> None:
    """Found headquarters and tell it all that; who is without a region, a tier or a supplier is left out."""
    founding.found(engine, ADMIN.operator, ADMIN.name, "a long password", _BEFORE)
    places = _distinct(lines, "branch", "region")
    goods = _distinct(lines, "item", "category", "supplier")
    codes = _distinct(lines, "category", "department")
    tiers = _distinct(lines, "member", "tier")
    records = [
        *(Category(category=one, name=one, parent="") for one in sorted({top for _, top in codes})),
        *(Category(category=code, name=code, parent=top) for code, top in codes),
        *(Item(item=code, name=code, category=of, unit="piece") for code, of, _ in goods),
        *(Member(member=code, tier=tier, sealed="") for code, tier in tiers if tier),
    ]
    told = {"branch": "", "unit": "piece", "code": "", "main": True, "direct": False}
    sources = [told | {"item": code, "supplier": one} for code, _, one in goods if one]
    regions = sorted({one for _, one in places if one})
    with engine.begin() as connection:
        publication.publish(connection, {CHAIN_FEED: records})
        for code, _ in places:
            sites.save_branch(
                connection, Branch(branch=code, name=code, zone="UTC", currency="USD"), []
            )
        connection.execute(insert(region), [{"region": one, "name": one} for one in regions])
        connection.execute(
            insert(branch_region),
            [{"branch": code, "region": one} for code, one in places if one],
        )
        connection.execute(insert(item_source), sources)
    _change_price(engine)


def _distinct(lines: DataFrame, *columns: str) -> list[tuple[str, ...]]:
    rows = lines[list(columns)].drop_duplicates()
    return list(zip(*(rows[name].to_list() for name in columns), strict=True))


def _change_price(engine: Engine) -> None:
    at = datetime.combine(NEW_PRICE_FROM, time(), UTC)
    cells = [PriceCell(NEW_PRICE_ITEM, "piece", "", NEW_PRICE)]
    new = NewPriceChange("Dearer", CHAIN_FEED, at, None, cells)
    with engine.begin() as connection:
        document = price_changes.draft(connection, new, BUYER, at)
        price_changes.approve(connection, document, APPROVER, at)
        price_changes.publish(connection, document, BUYER, at)
