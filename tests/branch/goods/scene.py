"""A shop with goods in its catalogue, a supplier, other branches, and deliveries to come."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from branch.goods import drafts, posting
from branch.goods.drafts import Change, Scan
from branch.goods.posting import Asked
from replication.streams import CHAIN_FEED, branch_feed
from schemas.domain.stock.document import DocumentKind, StockDocument
from schemas.domain.stock.scanned import read_counted
from schemas.tables.stock import stock_on_hand
from schemas.wire import records
from schemas.wire.delivery import Delivery, DeliveryLine, StockMinimum, Supplier
from tests.branch.shop import CODE, MANAGER, Shop, load, publish

Line = tuple[str, str, int, int, int | None]
MILK = ("milk", "case", 12_000, 5000, 12_000)
BREAD = ("bread", "piece", 1000, 20_000, 4000)


def goods() -> list[records.RecordBody]:
    """What the chain sells, who it buys of, and its other branches."""
    items = [
        records.Item(item=code, name=name, category="food", unit=unit, tax_code="A")
        for code, name, unit in (
            ("milk", "牛奶 Milk 1 l", "piece"), ("bread", "面包 Bread", "piece"),
            ("apple", "苹果 Apple", "kg"), ("soap", "肥皂 Soap", "piece"),
        )
    ]  # fmt: skip
    return [
        records.Category(category="food", name="食品 Food"),
        *items,
        records.Item(
            item="bag", name="Gift wrapping", category="food", unit="piece", stocked=False
        ),
        records.Unit(item="milk", unit="case", factor=12_000),
        records.Barcode(barcode="06901028075831", item="milk", unit="piece"),
        records.Barcode(barcode="16901028075838", item="milk", unit="case"),
        records.LabelLayout(
            layout="weighed", prefix="21", item_digits=5, value="weight", value_digits=5
        ),
        records.Barcode(barcode="00000000000042", item="apple", unit="kg"),
        records.Branch(branch="N002", name="人民路店 Renmin Road", zone="UTC", currency="USD"),
        records.Branch(
            branch="N003", name="Closed Street", zone="UTC", currency="USD", closed=True
        ),
        Supplier(supplier="S1", name="好供应商 Good Supplier"),
        Supplier(supplier="S2", name="Former Supplier", closed=True),
        StockMinimum(item="soap", minimum=6000),
    ]


def stock_up(shop: Shop) -> None:
    """Let the branch know the chain's goods."""
    with shop.headquarters.engine.begin() as connection:
        publish(connection, CHAIN_FEED, *goods())
    load(shop.runner)


def expect(
    shop: Shop, document: str, direction: str, *lines: Line, partner: str = "S1",
    withdrawn: bool = False,
) -> None:  # fmt: skip
    """Let headquarters tell the branch of a delivery."""
    rows = [
        DeliveryLine(
            document=document, number=number, item=item, unit=unit, factor=factor,
            quantity=quantity, value=value,
        )
        for number, (item, unit, factor, quantity, value) in enumerate(lines, 1)
    ]  # fmt: skip
    body = {
        "document": document, "direction": direction, "partner": partner,
        "expected": date(2026, 3, 2), "rows": len(rows), "withdrawn": withdrawn,
    }  # fmt: skip
    with shop.headquarters.engine.begin() as connection:
        publish(connection, branch_feed(CODE), *rows, Delivery.model_validate(body))
    load(shop.runner)


def answer(shop: Shop, document: str) -> str:
    with shop.engine.begin() as connection:
        return drafts.answer(connection, CODE, document, MANAGER, shop.clock())


def begin(shop: Shop, kind: DocumentKind, partner: str = "") -> str:
    with shop.engine.begin() as connection:
        return drafts.begin(connection, CODE, kind, partner, MANAGER, shop.clock())


def scan(shop: Shop, draft: str, *texts: str, reason: str = "") -> None:
    """Scan one after another, each in a transaction of its own."""
    for text in texts:
        with shop.engine.begin() as connection:
            one = Scan(read_counted(text), reason)
            drafts.add(connection, CODE, draft, one, MANAGER, shop.clock())


def change(shop: Shop, draft: str, number: int, changed: Change) -> None:
    with shop.engine.begin() as connection:
        drafts.change(connection, CODE, draft, number, changed, MANAGER, shop.clock())


def post(
    shop: Shop, draft: str, *, final: bool = True, business_date: date | None = None
) -> StockDocument:
    asked = Asked(MANAGER, shop.clock(), final, business_date)
    with shop.engine.begin() as connection:
        return posting.post_draft(connection, CODE, draft, asked)


def received(shop: Shop, *texts: str, **costs: int) -> StockDocument:
    """Receive goods of somebody's own accord; `costs` are those of items."""
    draft = begin(shop, "receipt", "S1")
    scan(shop, draft, *texts)
    with shop.engine.connect() as connection:
        lines = drafts.find(connection, CODE, draft).lines
    for one in lines:
        cost = costs.get(one.line.item)
        change(shop, draft, one.line.number, Change(one.line.quantity, 0, cost))
    return post(shop, draft)


def on_hand(shop: Shop, *, at_headquarters: bool = False) -> dict[str, tuple[int, int]]:
    """Quantity and value of each item."""
    engine = shop.headquarters.engine if at_headquarters else shop.engine
    row = stock_on_hand.c
    with engine.connect() as connection:
        rows = connection.execute(select(row.item, row.quantity, row.value).order_by(row.item))
        return {one.item: (one.quantity, one.value) for one in rows}
