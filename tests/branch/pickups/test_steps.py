"""A pick-up order at the branch, from headquarters' record to the customer: what is stated, and what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from branch import directives
from branch.pickups import orders, steps
from branch.pickups.orders import PickupError
from branch.pickups.steps import Found
from branch.wording import RefusalError
from schemas.domain.pickup import PickupState, hash_code, settle
from schemas.domain.ticket import TenderLine
from schemas.tables import pickup_store
from schemas.tables.pickup_store import pickup_step
from schemas.tables.staff import audit
from tests.branch.pickups.scene import CUSTOMERS_CODE, W, order, stock_up
from tests.branch.shop import CODE, MANAGER, Shop, piece


@pytest.fixture
def shop(shop: Shop) -> Shop:
    stock_up(shop)
    shop.open_day()
    order(shop)
    return shop


def pick(shop: Shop, *found: Found, number: str = W) -> None:
    with shop.engine.begin() as connection:
        lines = found or (Found(1, 2000), Found(2, 3000))
        steps.pick(connection, CODE, number, lines, MANAGER, shop.clock())


def lay_ready(shop: Shop, number: str = W) -> None:
    with shop.engine.begin() as connection:
        steps.lay_ready(connection, CODE, number, MANAGER, shop.clock())


def hand_over(shop: Shop, receipt: str, code: str = CUSTOMERS_CODE, reason: str = "") -> None:
    with shop.engine.begin() as connection:
        steps.hand_over(connection, CODE, W, code, receipt, reason, MANAGER, shop.clock())


def put_back(shop: Shop, reason: str = "") -> None:
    with shop.engine.begin() as connection:
        steps.put_back(connection, CODE, W, reason, MANAGER, shop.clock())


def state(shop: Shop, number: str = W) -> PickupState:
    """Its state at the branch, which headquarters reads alike once the journal is there."""
    shop.deliver()
    with shop.engine.connect() as here, shop.headquarters.engine.connect() as there:
        held = orders.find(here, number).state
        assert settle(pickup_store.steps(there, [number]).get(number, ())).state == held
    return held


def test_an_order_is_picked_short_with_a_substitute_and_fetched(shop: Shop) -> None:
    assert state(shop) == "to_pick"
    pick(shop, Found(1, 1000), Found(2, 0, "bread", 3000))
    assert state(shop) == "picked"
    lay_ready(shop)
    lane = shop.lane(1)
    lane.open_shift()
    sold = lane.sell(piece("milk"), piece("bread", 200, 3000, number=2))
    lane.push()
    hand_over(shop, f" {sold.receipt} ")
    assert state(shop) == "handed_over"
    with shop.headquarters.engine.connect() as connection:
        picked, _, handed = connection.execute(select(pickup_step).order_by(pickup_step.c.number))
        noted = connection.execute(select(audit.c.act)).all()
    found = [(one["number"], one["item"], one["quantity"]) for one in picked.lines]
    assert found == [(1, "milk", 1000), (2, "soap", 0), (2, "bread", 3000)]
    assert (handed.ticket, handed.remark) == (sold.uuid, "")
    assert not noted
    with shop.engine.connect() as connection:
        assert orders.waiting(connection) == []
        assert [one.order for one in orders.ended(connection, 5)] == [W]


def test_what_does_not_fit_needs_a_reason(shop: Shop) -> None:
    pick(shop)
    lay_ready(shop)
    lane = shop.lane(1)
    lane.open_shift()
    short = lane.sell(piece("milk", quantity=2000))
    lane.push()
    for receipt, code, words in (
        ("17", CUSTOMERS_CODE, "is no receipt number"),
        ("N002.01-000001", CUSTOMERS_CODE, "not of this branch"),
        ("N001.01-000099", CUSTOMERS_CODE, "has not come here"),
        (short.receipt, "654321", "ask the customer again"),
        (short.receipt, CUSTOMERS_CODE, "less of Soap"),
    ):
        with pytest.raises(PickupError, match=words):
            hand_over(shop, receipt, code)
    assert state(shop) == "ready"
    hand_over(shop, "N001.01-000099", "", "the lane is cut off")
    assert state(shop) == "handed_over"
    with shop.engine.connect() as connection:
        noted = connection.execute(select(audit).where(audit.c.act == "pickup.hand_over")).one()
    assert noted.reason.startswith("the lane is cut off; ")
    assert (noted.operator, noted.subject) == (MANAGER, W)


def test_what_was_paid_online_is_a_voucher_at_the_till(shop: Shop) -> None:
    other = "W0000000002"
    order(shop, other, payment="online")
    pick(shop, number=other)
    lay_ready(shop, other)
    lane = shop.lane(1)
    lane.open_shift()
    goods = piece("milk", quantity=2000), piece("soap", 300, 3000, number=2)
    paid_again = lane.sell(*goods)
    voucher = TenderLine("voucher", 1600, other, face_value=1600)
    once = lane.sell(*goods, tenders=(voucher,))
    lane.push()
    with shop.engine.begin() as connection, pytest.raises(PickupError, match="has no voucher"):
        steps.hand_over(
            connection, CODE, other, CUSTOMERS_CODE, paid_again.receipt, "", MANAGER, shop.clock()
        )
    with shop.engine.begin() as connection:
        steps.hand_over(
            connection,
            CODE,
            other,
            hash_code("", ""),
            once.receipt,
            "no code",
            MANAGER,
            shop.clock(),
        )
    assert state(shop, other) == "handed_over"
    pick(shop)
    lay_ready(shop)
    with pytest.raises(PickupError, match=f"is that of order {other}"):
        hand_over(shop, once.receipt)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((Found(1, 2000),), "has other lines"),
        ((Found(1, 2001), Found(2, 0)), "no more than was ordered"),
        ((Found(1, 0), Found(2, 0)), "Nothing of order"),
        ((Found(1, 0, "nonesuch", 1000), Found(2, 0)), "There is no item nonesuch"),
    ],
)
def test_what_cannot_be_picked_is_refused(shop: Shop, found: list[Found], words: str) -> None:
    with pytest.raises(RefusalError, match=words):
        pick(shop, *found)
    assert state(shop) == "to_pick"


def test_steps_go_one_way(shop: Shop) -> None:
    with pytest.raises(PickupError, match="moved on"):
        lay_ready(shop)
    with pytest.raises(PickupError, match="Say why"):
        put_back(shop)
    put_back(shop, "nothing is left of it")
    with pytest.raises(PickupError, match="moved on"):
        pick(shop)
    with pytest.raises(PickupError, match="no pick-up order W9"):
        pick(shop, number="W9")
    assert state(shop) == "given_back"


def test_a_cancellation_is_answered_by_itself_until_somebody_picked(shop: Shop) -> None:
    order(shop, withdrawn="cancelled")
    with pytest.raises(PickupError, match="wants order"):
        pick(shop)
    assert directives.put_back(shop.engine, CODE, shop.clock()) == 1
    assert directives.put_back(shop.engine, CODE, shop.clock()) == 0
    assert state(shop) == "given_back"
    begun = "W0000000003"
    order(shop, begun)
    pick(shop, number=begun)
    order(shop, begun, withdrawn="expired")
    assert directives.put_back(shop.engine, CODE, shop.clock()) == 0
    with pytest.raises(PickupError, match="wants order"):
        lay_ready(shop, begun)
    assert state(shop, begun) == "picked"
