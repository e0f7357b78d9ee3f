"""Every report that there is, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Mapping

from hq.reporting.definition import Definition
from hq.reporting.definitions.best_sellers import BEST_SELLERS
from hq.reporting.definitions.consolidated import FOOTFALL, MARGINS, PROMOTIONS, TENDERS
from hq.reporting.definitions.members import MEMBERS
from hq.reporting.definitions.prices import PRICE_DISCREPANCIES
from hq.reporting.definitions.sales import SALES
from hq.reporting.definitions.stock import STOCK, VARIANCE
from hq.reporting.definitions.stock_history import AGES, MOVERS, TURNOVER
from hq.reporting.definitions.tills import CASHIERS, EXCEPTIONS, OVER_SHORT

_EVERY: tuple[Definition, ...] = (
    SALES, BEST_SELLERS, MARGINS, FOOTFALL, TENDERS, PROMOTIONS, STOCK, TURNOVER, AGES, MOVERS, VARIANCE, CASHIERS,
    OVER_SHORT, EXCEPTIONS, MEMBERS, PRICE_DISCREPANCIES,
)  # fmt: skip

REPORTS: Mapping[str, Definition] = {one.code: one for one in _EVERY}


def groups(role: str) -> dict[str, list[Definition]]:
    """The reports that a role may see, by what they are about."""
    found: dict[str, list[Definition]] = {}
    for one in _EVERY:
        if role in one.roles:
            found.setdefault(one.group, []).append(one)
    return found
