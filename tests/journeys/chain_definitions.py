"""The reports that read what was sold, each as it is asked for the whole chain, and what the file comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from pandas import DataFrame

from tests.journeys.chain_file import LAST
from tests.journeys.chain_journals import has_till, short
from tests.journeys.chain_sums import Sums, Traded, sums

_SALES = ("receipts", "lines", "quantity", "list_amount", "discounts", "sales")
#: From here on an item costs another price, past which the file goes on selling.
NEW_PRICE_ITEM, NEW_PRICE, NEW_PRICE_FROM = "1082185", 107, date(2017, 3, 1)
_FIFTHS = 5


@dataclass(frozen=True)
class Asked:
    """A report, what is chosen of it, the columns that are compared, and what these come to."""

    code: str
    names: tuple[str, ...]
    expected: Callable[[Traded], Sums]
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it is called in the table of results."""
        chosen = ", ".join(f"{name} {value}" for name, value in self.choices.items())
        return f"{self.code} {chosen}"


def _sales(by: str, column: str, *, level: str | None = None) -> Asked:
    names = tuple(one for one in _SALES if one != "receipts" or by != "supplier")
    figures = tuple(one for one in names if one != "discounts")
    choices = {"by": by} | ({} if level is None else {"level": level})

    def expected(traded: Traded) -> Sums:
        found = traded.by([column], figures)
        place = {name: number for number, name in enumerate(figures)}
        return {
            key: tuple(
                row[place["list_amount"]] - row[place["sales"]] if name == "discounts"
                else row[place[name]]
                for name in names
            )
            for key, row in found.items()
        }  # fmt: skip

    return Asked("sales", names, expected, choices)


def _plain(code: str, keys: tuple[str, ...], names: tuple[str, ...], **choices: str) -> Asked:
    return Asked(code, names, lambda traded: traded.by(keys, names), choices)


def _tenders(traded: Traded) -> Sums:
    found = traded.by(("tender", "month"), ("receipts", "payments", "taken", "change"))
    return {key: (*row, row[2] - row[3]) for key, row in found.items()}


def _margins(traded: Traded) -> Sums:
    found = traded.by(("branch",), ("uncosted", "uncosted_tax", "uncosted_lines"))
    return {key: (sales - tax, lines, 0) for key, (sales, tax, lines) in found.items()}


def _cashiers(traded: Traded) -> Sums:
    lacks: dict[str, int] = {}
    for branch, on in _tills(traded):
        lacks[f"{branch}-C0"] = lacks.get(f"{branch}-C0", 0) - short(on)
    found = traded.by(("operator",), ("receipts", "lines", "sales"))
    nothing = (0, 0, 0)
    return {
        (who,): (*found.get((who,), nothing), lacks.get(who, 0), 0, 0)
        for who in sorted({key[0] for key in found} | {who for who, much in lacks.items() if much})
    }


def _tills(traded: Traded) -> list[tuple[str, str]]:
    pairs = zip(traded.days["branch"].to_list(), traded.days["day"].to_list(), strict=True)
    return [(branch, on) for branch, on in pairs if has_till(branch)]


def _over_short(traded: Traded) -> Sums:
    found: dict[tuple[str, ...], tuple[int, ...]] = {}
    for branch, on in _tills(traded):
        tills, differing, lacks = found.get((branch,), (0, 0, 0, 0))[:3]
        lack = short(on)
        found[branch,] = (tills + 1, differing + bool(lack), lacks - lack, lacks - lack)
    return found


def _exceptions(traded: Traded) -> Sums:
    overridden = traded.lines[traded.lines["override"] != 0]
    exchanged = int((traded.tenders["receipts"] == 0).sum()) // 2
    lines = len(traded.lines)
    found: dict[tuple[str, ...], tuple[int, ...]] = {("override",): (len(overridden), lines)}
    if exchanged:
        found["tender_exchange",] = (exchanged, lines)
    return found


def _members(traded: Traded) -> DataFrame:
    baskets = traded.baskets.assign(day=traded.baskets["day"].astype(str))
    found = baskets.groupby("member", observed=True).agg(
        last=("day", "max"), frequency=("receipts", "sum"),
        money=("total", "sum"), tier=("tier", "first"),
    )  # fmt: skip
    found["recency"] = [(LAST - date.fromisoformat(one)).days for one in found["last"]]
    lately, often = _fifths(-found["recency"]), _fifths(found["frequency"])
    found["segment"] = np.select(
        [
            (lately >= 4) & (often >= 4), (lately == 3) & (often >= 4), (lately >= 4) & (often <= 2),
            lately >= 3, often >= 3,
        ],
        ["best", "loyal", "new", "promising", "at_risk"], "lost",
    )  # fmt: skip
    found["members"] = 1
    return found.reset_index()


def _fifths(values: Any) -> Any:  # noqa: ANN401 - a column
    below = np.searchsorted(np.sort(values.to_numpy()), values.to_numpy(), side="left")
    return below * _FIFTHS // len(values) + 1


def _by_member(by: str, names: tuple[str, ...]) -> Asked:
    return Asked("members", names, lambda traded: sums(_members(traded), (by,), names), {"by": by})


def _old_prices(traded: Traded) -> Sums:
    lines = traded.lines
    sold = lines[
        (lines["item"] == NEW_PRICE_ITEM) & (lines["price"] != NEW_PRICE) & (lines["quantity"] > 0)
        & (lines["day"].astype(str) >= str(NEW_PRICE_FROM))
    ]  # fmt: skip
    sold = sold.assign(difference=(NEW_PRICE - sold["price"]) * (sold["quantity"] // 1000))
    return sums(sold, ("branch",), ("lines", "quantity", "difference"))


_BY = (
    "branch", "region", "day", "week", "month", "weekday", "hour", "item", "supplier", "operator",
    "tier",
)  # fmt: skip
DEFINITIONS: tuple[Asked, ...] = (
    *(_sales(by, by) for by in _BY),
    _sales("category", "category", level=""),
    _sales("category", "department", level="1"),
    _plain("footfall", ("hour",), ("receipts", "sales", "member_receipts"), by="hour"),
    _plain("footfall", ("weekday", "hour"), ("receipts", "sales", "member_receipts"),
           by="weekday", by2="hour"),
    Asked("tenders", ("receipts", "payments", "taken", "change", "net"), _tenders,
          {"by2": "month"}),
    _plain("promotions", ("promotion",), ("receipts", "lines", "discount", "sales")),
    Asked("margins", ("uncosted_net", "uncosted_lines", "margin"), _margins, {"by": "branch"}),
    Asked("cashiers", ("receipts", "lines", "sales", "over_short", "voided", "returned"), _cashiers),
    Asked("over_short", ("tills", "differing", "short", "net"), _over_short, {"by": "branch"}),
    Asked("exceptions", ("exceptions", "lines"), _exceptions, {"by": "kind"}),
    _by_member("member", ("recency", "frequency", "money")),
    _by_member("tier", ("members", "frequency", "money")),
    _by_member("segment", ("members", "frequency", "money")),
    Asked("price_discrepancies", ("lines", "quantity", "difference"), _old_prices,
          {"by": "branch"}),
)  # fmt: skip
