"""One line of a franchise statement, with everything that its amount was made of.

    kind        amount                                                  quantity         base       rate
    delivery    + what was delivered, at the delivery price             base units       –          –
    over        + what came beyond it, at the same price                base units       –          –
    short       − what did not come of it                               base units       –          credited
    damaged     − what came damaged and was refused                     base units       –          credited
    returned    − what the franchise sent back, as it was worth there   base units       –          credited
    royalty     + base × rate                                           –                sales      per cent
    levy        + base × rate, such as a marketing levy                 –                sales      per cent
    minimum     + what the royalties fall short of the minimum          days             minimum    –
    fee         + so much a month, by the days that it was agreed       days             a month's  –
    goods_tax   + base × rate                                           –                goods      per cent
    tax         + base × rate                                           –                the rest   per cent

`less` is what a minimum was met with. Amounts are minor units, quantities thousandths, rates hundredths of a
per cent; + is what the franchise owes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Kind = Literal[
    "delivery", "over", "short", "damaged", "returned", "royalty", "levy", "minimum", "fee",
    "goods_tax", "tax",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
GOODS: frozenset[Kind] = frozenset({"delivery", "over", "short", "damaged", "returned"})

#: 100 %, in hundredths of a per cent.
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Term:
    """A line. `key` says what it is of and is the same whenever it is computed; `source` is the delivery note or
    the rule, `answer` the receipt. `priced` is False where nobody knows what the goods are sold for.
    """

    kind: Kind
    key: str
    amount: int
    source: str = ""
    answer: str = ""
    on: date | None = None
    item: str = ""
    quantity: int = 0
    base: int = 0
    less: int = 0
    rate: int = 0
    priced: bool = True


def due(terms: Iterable[Term]) -> int:
    """What the terms come to."""
    return sum(one.amount for one in terms)


def subtotals(terms: Iterable[Term]) -> Mapping[Kind, int]:
    """The sum of each kind that there is, in the order of the statement."""
    sums: dict[Kind, int] = {}
    for one in terms:
        sums[one.kind] = sums.get(one.kind, 0) + one.amount
    return {kind: sums[kind] for kind in KINDS if kind in sums}
