"""What reports must come to, summed from the file alone: by any keys, what is told of lines and of baskets.

Nothing here is shared with the product, and nothing is read from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
from pandas import DataFrame

from tests.journeys import chain_file
from tests.journeys.chain_file import FIRST, LAST
from tests.journeys.chain_journals import Chosen

#: By keys, the figures in the order of their names.
Sums = Mapping[tuple[str, ...], tuple[int, ...]]
_OF_LINES = ("lines", "quantity", "list_amount", "sales", "tax")
LINES = ("receipts", *_OF_LINES, "member_receipts", "uncosted", "uncosted_tax", "uncosted_lines")
BASKETS = (*LINES, "total", "change")
DISCOUNTS = ("receipts", *_OF_LINES, "discount")
TENDERS = ("receipts", "payments", "taken", "change")
SUPPLIERS = tuple(name for name in LINES if name not in {"receipts", "member_receipts"})


@dataclass(frozen=True)
class Traded:
    """What was sold, how it was paid, and the days on which that was."""

    lines: DataFrame
    baskets: DataFrame
    tenders: DataFrame
    days: DataFrame

    @classmethod
    def of(cls, lines: DataFrame) -> Traded:
        """The lines of a chain, or of some stores."""
        baskets = chain_file.baskets(lines)
        days = baskets[["branch", "day"]].drop_duplicates()
        return cls(lines, baskets, chain_file.tenders(baskets), days)

    def without(self, late: Chosen) -> Traded:
        """The same before these baskets came."""
        lines, baskets, tenders = (
            rows[~rows["basket"].isin(list(late.values()))]
            for rows in (self.lines, self.baskets, self.tenders)
        )
        return replace(self, lines=lines, baskets=baskets, tenders=tenders)

    def paid_by_card(self, chosen: Chosen) -> Traded:
        """The same after the cash of these baskets was moved to cards, which is a payment each and no receipt."""
        paid = self.tenders[self.tenders["basket"].isin(list(chosen.values()))]
        cash = paid[paid["tender"] == "cash"]
        net = cash["taken"] - cash["change"]
        moved = [
            cash.assign(tender=kind, taken=sign * net, change=0, receipts=0)
            for kind, sign in (("cash", -1), ("card", 1))
        ]
        return replace(self, tenders=pd.concat([self.tenders, *moved]))

    def days_without_sales(self) -> int:
        """The dates between a store's first and the last of all on which it sold nothing, the last one aside."""
        count = 0
        for _, days in self.days.groupby("branch", observed=True)["day"]:
            dates = {date.fromisoformat(one) for one in days}
            count += (LAST - max(FIRST, min(dates))).days + 1 - len(dates | {LAST})
        return count

    def by(self, keys: Sequence[str], names: Sequence[str]) -> Sums:
        """The sums of these figures by keys; what they are of follows from their names."""
        if "payments" in names:
            return sums(self.tenders, keys, names)
        if "discount" in names:
            return self._discounts(keys, names)
        found = self._counted(self.lines, keys)
        if "total" in names:
            of_baskets = self.baskets.groupby(list(keys), observed=True)[["total", "change"]].sum()
            found = found.join(of_baskets)
        return _told(found, names)

    def _counted(self, lines: DataFrame, keys: Sequence[str], *more: str) -> DataFrame:
        found = lines.groupby(list(keys), observed=True)[[*_OF_LINES, *more]].sum()
        once = lines.drop_duplicates([*keys, "basket"])
        found["receipts"] = once.groupby(list(keys), observed=True).size()
        found["member_receipts"] = found["receipts"]
        # Nothing of the file has a cost.
        found["uncosted"], found["uncosted_tax"] = found["sales"], found["tax"]
        found["uncosted_lines"] = found["lines"]
        return found

    def _discounts(self, keys: Sequence[str], names: Sequence[str]) -> Sums:
        lines = self.lines
        promoted = lines[lines["retail"] != 0]
        overridden = lines[lines["override"] != 0]
        told = pd.concat([
            promoted.assign(discount=promoted["retail"], kind="promotion", promotion=promoted["rule"]),
            overridden.assign(discount=overridden["override"], kind="override"),
        ])  # fmt: skip
        return _told(self._counted(told, keys, "discount"), names)


def sums(rows: DataFrame, keys: Sequence[str], names: Sequence[str]) -> Sums:
    """The sums of columns by keys."""
    return _told(rows.groupby(list(keys), observed=True)[list(names)].sum(), names)


def _told(found: DataFrame, names: Sequence[str]) -> Sums:
    values = found[list(names)]
    values = values[(values != 0).any(axis=1)]
    keys = [one if isinstance(one, tuple) else (one,) for one in values.index.to_list()]
    columns = [values[name].astype(int).to_list() for name in names]
    return dict(zip(keys, zip(*columns, strict=True), strict=True))
