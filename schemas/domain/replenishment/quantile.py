"""Quantiles: the quantity that demand does not exceed in so many of 10,000 cases.

    demand over the interval     is taken for
    up to 60 steps               negative binomial; Poisson where it spreads no further than that
    more                         gamma, by Wilson and Hilferty's cube

Both keep to what demand is: never below nought, with a longer tail upwards, the longer the rarer it is.

The figures are the same on every machine: nothing but + − × ÷ and the square root of IEEE 754 doubles, which
are rounded correctly everywhere, in a written order. No exp, log or pow, which are the C library's, and no
sum of floats, whose algorithm changed with Python 3.12.
"""

from __future__ import annotations

from math import sqrt

#: Service levels and how many standard deviations of a normal distribution they lie above its middle.
_DEVIATES = (
    (5000, 0.0), (5500, 0.125661), (6000, 0.253347), (6500, 0.385320), (7000, 0.524401), (7500, 0.674490),
    (8000, 0.841621), (8500, 1.036433), (9000, 1.281552), (9300, 1.475791), (9500, 1.644854), (9700, 1.880794),
    (9800, 2.053749), (9900, 2.326348), (9950, 2.575829), (9980, 2.878162), (9990, 3.090232), (9999, 3.719016),
)  # fmt: skip
LEAST_LEVEL = _DEVIATES[0][0]
MOST_LEVEL = _DEVIATES[-1][0]
_CASES = 10_000
#: Up to so many steps are counted one by one.
_COUNTED = 60.0
#: e to the power of −1.
_ONE_OVER_E = 0.36787944117144233
#: As good as no spread beyond Poisson's.
_POISSON = 1.001
#: Bits behind the point of an exponent.
_FRACTION = 40


def quantile(mean: float, variance: float, level: int) -> float:
    """The quantity, in the unit of `mean`, that demand does not exceed in `level` of 10,000 cases.

    `level` lies between LEAST_LEVEL and MOST_LEVEL. A mean of nought is never exceeded.
    """
    if mean <= 0.0:
        return 0.0
    if mean <= _COUNTED:
        return float(_counted(mean, variance, level / _CASES))
    return _cube(mean, variance, _deviate(level))


def _counted(mean: float, variance: float, level: float) -> int:
    if variance <= _POISSON * mean:
        at, size, ratio = _power(_ONE_OVER_E, mean), mean, 0.0
    else:
        size = mean * mean / (variance - mean)
        ratio = 1.0 - mean / variance
        at = _power(mean / variance, size)
        size *= ratio
    count, reached = 0, at
    while reached < level:
        at *= (size + ratio * count) / (count + 1)
        count += 1
        before = reached
        reached += at
        if reached == before and count > mean:
            break
    return count


def _cube(mean: float, variance: float, deviate: float) -> float:
    ninth = max(variance, mean) / (mean * mean) / 9.0
    root = 1.0 - ninth + deviate * sqrt(ninth)
    return max(mean * root * root * root, 0.0)


def _deviate(level: int) -> float:
    below = _DEVIATES[0]
    for above in _DEVIATES[1:]:
        if level <= above[0]:
            share = (level - below[0]) / (above[0] - below[0])
            return below[1] + share * (above[1] - below[1])
        below = above
    return below[1]


def _power(base: float, exponent: float) -> float:
    """`base` between nought and one to an exponent of nought or more, by squares and square roots."""
    whole = int(exponent)
    fraction = exponent - whole
    found, square = 1.0, base
    while whole:
        if whole & 1:
            found *= square
        whole >>= 1
        square *= square
    root = base
    for _ in range(_FRACTION):
        if fraction == 0.0:
            break
        root = sqrt(root)
        fraction *= 2.0
        if fraction >= 1.0:
            found *= root
            fraction -= 1.0
    return found
