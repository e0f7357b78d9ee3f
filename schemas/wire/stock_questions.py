"""What a branch asks headquarters to compare its stock, and what it is answered.

    topic   question   answer
    stock   StockAsk   StockAnswer: quantity and value of the branch's items, so many at a time

Whoever asks is asked about. `through` is how far the journal of the branch is applied there, in the epoch that it
named: what the branch stated behind it is in none of the figures. Items come in the order of their bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

STOCK_TOPIC = "stock"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class StockAsk(_Message):
    """The items behind `after`."""

    epoch: str
    after: str = ""


class StockAnswer(_Message):
    """Quantity in thousandths and value in minor units by item; `last` when no further ones follow."""

    through: int
    items: Mapping[str, tuple[int, int]]
    last: bool
