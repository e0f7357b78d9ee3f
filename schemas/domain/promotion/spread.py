"""Spreading an amount over lines by largest remainder (rule 4).

    part = amount × weight ÷ sum of the weights, rounded down
    what is missing to the whole: one each, to the largest remainders, of equals to the first

5.00 over 19.99, 8.99 and 3.50 is 3.08, 1.38 and 0.54. The parts sum to the whole, and none exceeds
its weight as long as the whole does not exceed theirs.
"""

from __future__ import annotations

from collections.abc import Sequence


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` in proportion to weights of nought or more, which must not all be nought."""
    whole = sum(weights)
    if len(weights) == 1:
        return [amount]
    exact = [amount * weight for weight in weights]
    parts = [one // whole for one in exact]
    missing = amount - sum(parts)
    if missing:
        remainders = [one % whole for one in exact]
        # Sorting keeps equals in their order, in reverse too.
        falling = sorted(range(len(parts)), key=remainders.__getitem__, reverse=True)
        for place in falling[:missing]:
            parts[place] += 1
    return parts
