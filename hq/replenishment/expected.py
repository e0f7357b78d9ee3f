"""What comes to branches and what is promised by them, all branches at once: the parts of a position (rule 27).

in transit, on order   as the stock reports have them (`hq.goods.open_goods`)
instructed             what a distribution centre was told to send to the branch and has not sent; it stands
                       with what is on order, though no report of stock counts it
committed              what the branch itself was told to send and has not sent, and what online shops keep back
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BigInteger, Connection, cast, func, select

from hq.goods.open_goods import left_lines
from hq.shop import holds


@dataclass(frozen=True, slots=True)
class Expected:
    """Of one branch, by item, in thousandths of the base unit."""

    in_transit: Mapping[str, int] = field(default_factory=dict)
    on_order: Mapping[str, int] = field(default_factory=dict)
    instructed: Mapping[str, int] = field(default_factory=dict)
    committed: Mapping[str, int] = field(default_factory=dict)

    def items(self) -> set[str]:
        """The items of which anything is."""
        return {*self.in_transit, *self.on_order, *self.instructed, *self.committed}


def expected(connection: Connection, now: datetime) -> dict[str, Expected]:
    """By branch, those of which anything is."""
    left = left_lines(("order", "transfer", "send"))
    query = select(
        left.c.kind, left.c.branch, left.c.partner, left.c.item,
        cast(func.sum(left.c.quantity), BigInteger),
    ).group_by(left.c.kind, left.c.branch, left.c.partner, left.c.item)  # fmt: skip
    found: dict[str, dict[str, dict[str, int]]] = {}

    def add(branch: str, part: str, item: str, quantity: int) -> None:
        of_part = found.setdefault(branch, {}).setdefault(part, {})
        of_part[item] = of_part.get(item, 0) + quantity

    for kind, branch, partner, item, quantity in connection.execute(query):
        if kind == "send":
            add(branch, "committed", item, quantity)
            add(partner, "instructed", item, quantity)
        else:
            add(branch, "on_order" if kind == "order" else "in_transit", item, quantity)
    for branch, item, quantity in holds.kept_back(connection, now):
        add(branch, "committed", item, quantity)
    return {branch: Expected(**parts) for branch, parts in found.items()}
