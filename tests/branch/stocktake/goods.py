"""What the shop of these tests sells, and how it is counted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from branch import own_journal
from branch.stocktake import approval, counting, decisions, session
from branch.stocktake.counting import Counter
from branch.stocktake.review import Review, review
from branch.stocktake.session import Plan
from replication.streams import CHAIN_FEED, branch_feed
from schemas.domain.barcode import normalise
from schemas.domain.stock.document import StockDocument, StockLine
from schemas.domain.stock.move import StockMove
from schemas.tables.stock import stock_on_hand
from schemas.wire import records
from tests.branch.shop import CODE, DAY, MANAGER, Shop, load, publish

#: One manager more, who may approve what the other opened.
OTHER = "N001-N"
COKE = "6901234567892"
CRATE = "6901234567908"


def stock_up(shop: Shop) -> None:
    """Let headquarters tell of goods, and let them come: 100 milk at 2.00, 100 bread at 3.00, 20 kg of pears at 5.00."""
    found: list[records.RecordBody] = [
        records.Category(category="food", name="食品 Food"),
        records.Category(category="fruit", name="水果 Fruit", parent="food"),
        records.Category(category="care", name="日化 Care"),
        records.Item(item="milk", name="牛奶 Milk", category="food", unit="piece"),
        records.Item(item="bread", name="面包 Bread", category="food", unit="piece"),
        records.Item(item="pear", name="梨 Pears", category="fruit", unit="kg"),
        records.Item(item="soap", name="香皂 Soap", category="care", unit="piece"),
        records.Item(
            item="bag", name="送货 Delivery", category="food", unit="piece", stocked=False
        ),
        records.Unit(item="milk", unit="crate", factor=12_000),
        records.Barcode(barcode=normalise(COKE), item="milk", unit="piece"),
        records.Barcode(barcode=normalise(CRATE), item="milk", unit="crate"),
    ]
    someone = records.Operator(
        operator=OTHER, name="副店长 Deputy", role="branch_manager", pin_hash=shop_hash()
    )
    with shop.headquarters.engine.begin() as connection:
        publish(connection, CHAIN_FEED, *found)
        publish(connection, branch_feed(CODE), someone)
    load(shop.runner)
    receive(shop, milk=(100_000, 20_000), bread=(100_000, 30_000), pear=(20_000, 10_000))


def shop_hash() -> str:
    from tests.branch import shop

    return shop._HASHED


def receive(shop: Shop, **came: tuple[int, int]) -> None:
    """Let goods come: quantity and value of each item."""
    now = shop.clock()
    name = f"receipt-{now.isoformat()}-{'-'.join(came)}"
    document = StockDocument(
        name, f"{CODE}-R-{now:%H%M%S%f}", "receipt", CODE, DAY, now, MANAGER,
        tuple(
            StockLine(number, item, item, "piece", 1000, quantity, value)
            for number, (item, (quantity, value)) in enumerate(came.items(), 1)
        ),
        tuple(
            StockMove(name, number, item, quantity, value, "receipt", DAY, now)
            for number, (item, (quantity, value)) in enumerate(came.items(), 1)
        ),
    )  # fmt: skip
    with shop.engine.begin() as connection:
        own_journal.state(connection, CODE, document, now)


def begin(
    shop: Shop,
    *,
    scope: session.Scope = "everything",
    tolerance: int = 10_000_000,
    **more: Sequence[str],
) -> str:
    """Open a stocktake of one sheet, by the manager; by default every count is near enough."""
    plan = Plan("Saturday", scope, more.pop("sheets", ["A"]), tolerance, **more)
    with shop.engine.begin() as connection:
        return session.open_stocktake(connection, plan, MANAGER, shop.clock())


def scan(shop: Shop, name: str, *texts: str, sheet: int = 1, who: str = "C1") -> list[int]:
    """Count by scanning; each scan has a name of its own."""
    numbers = []
    for text in texts:
        with shop.engine.begin() as connection:
            held = counting.of_stocktake(connection, name)
            counter = Counter(name, sheet, who, shop.clock())
            numbers.append(
                counting.enter(connection, counter, counting.read(text), f"scan-{len(held)}")
            )
    return numbers


def look(shop: Shop, name: str) -> Review:
    with shop.engine.connect() as connection:
        return review(connection, CODE, name)


def leave_the_rest(shop: Shop, name: str) -> None:
    """Leave alone what nobody counted."""
    rest = [one.goods.item for one in look(shop, name).lines if not one.counts]
    if rest:
        with shop.engine.begin() as connection:
            decisions.decide(connection, CODE, name, rest, None, MANAGER, "", shop.clock())


def approve(shop: Shop, name: str, who: str = OTHER, reason: str = "") -> list[StockDocument]:
    with shop.engine.begin() as connection:
        return approval.approve(connection, CODE, name, who, reason, shop.clock())


def on_hand(shop: Shop, *, above: bool = False) -> dict[str, tuple[int, int]]:
    """Quantity and value of what there is, at the branch or at headquarters."""
    engine = shop.headquarters.engine if above else shop.engine
    with engine.connect() as connection:
        rows = connection.execute(select(stock_on_hand))
        return {row.item: (row.quantity, row.value) for row in rows if row.branch == CODE}
