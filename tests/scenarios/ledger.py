"""A branch's stock ledger at a site, compared with the model."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from schemas.tables.stock import stock_move, stock_on_hand
from tests.scenarios.model import Model


def agrees_in_stock(engine: Engine, code: str, model: Model) -> None:
    """What a site holds of a branch's goods is what the model says: per item, and per reason."""
    row = stock_move.c
    value = func.sum(row.value).label("value")
    by_item = (
        select(row.item, func.sum(row.quantity).label("quantity"), value)
        .where(row.branch == code)
        .group_by(row.item)
    )
    by_reason = (
        select(row.reason, value).where(row.branch == code, row.value != 0).group_by(row.reason)
    )
    on_hand = select(stock_on_hand).where(stock_on_hand.c.branch == code)
    with engine.connect() as connection:
        held = {one.item: (one.quantity, one.value) for one in connection.execute(on_hand)}
        sums = {
            one.item: (int(one.quantity), int(one.value or 0))
            for one in connection.execute(by_item)
        }
        reasons = {one.reason: int(one.value) for one in connection.execute(by_reason)}
    assert held == sums
    wanted = {
        item: (one.quantity, one.value)
        for item, one in model.goods.items()
        if item in held or one.quantity or one.value
    }
    assert held == wanted, f"held {held}, wanted {wanted}"
    assert {k: v for k, v in reasons.items() if v} == {k: v for k, v in model.reasons.items() if v}
