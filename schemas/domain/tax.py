"""Tax out of prices that include it (rules 2 and 3). Rates are in basis points: 20 % is 2000.

    policy    the tax of a receipt
    line      each line's tax is rounded, and the receipt's is their sum
    receipt   the tax on the sum of all lines of one code and rate is rounded

    7 × 3.50 at 13 %:   line 7 × 0.40 = 2.80    receipt 24.50 × 13 / 113 = 2.82

Either way the tax is stored on the lines and their sum is the receipt's, so that a return can
reverse what was stored. Net is gross less tax and is never rounded by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from schemas.domain.money import divide
from schemas.domain.ticket import SaleLine

TaxPolicy = Literal["line", "receipt"]


def tax_in_gross(gross: int, rate_bp: int) -> int:
    """Return the tax within `gross` minor units at `rate_bp` basis points (8.01 at 20 %: 1.34)."""
    return divide(gross * rate_bp, 10_000 + rate_bp)


def taxed(lines: Iterable[SaleLine], policy: TaxPolicy) -> tuple[SaleLine, ...]:
    """Return the lines in their order, each with its tax; a voided line bears none, and a return line
    keeps the one that it reverses (rule 3).

    Under the receipt policy a line bears what it adds to the rounded tax of the lines before it,
    so the residue of rounding falls where it arises and the lines sum to the receipt's tax.
    """
    sums: dict[tuple[str, int], int] = {}
    result: list[SaleLine] = []
    for line in lines:
        if line.voided:
            result.append(replace(line, tax=0))
            continue
        if line.returned is not None:
            result.append(line)
            continue
        key = (line.tax_code, line.tax_rate)
        before = sums.get(key, 0) if policy == "receipt" else 0
        sums[key] = before + line.amount
        tax = tax_in_gross(sums[key], line.tax_rate) - tax_in_gross(before, line.tax_rate)
        result.append(replace(line, tax=tax))
    return tuple(result)
