"""The cheapest permitted basket by trying everything, for baskets of a few lines and rules.

Written from the package's docstring, not from its code: every way to give units to counted rules,
every subset of line-level rules left out, every subset of basket rules, for each part of the basket
that counted and basket rules connect. All promotions given are in force.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from schemas.domain.promotion.effect import (
    AmountOff,
    Bundle,
    BuyGet,
    CouponOff,
    FixedPrice,
    MixAndMatch,
    NthOff,
    PercentOff,
    QuantityBreak,
    SpendOff,
    level_of,
)
from schemas.domain.promotion.promotion import Promotion
from schemas.domain.promotion.sale import Line

Way = tuple[tuple[int, ...], ...]


def rounded(value: Fraction) -> int:
    """Half away from nought, for what is not negative."""
    return int(value + Fraction(1, 2))


def group_of(promotion: Promotion, line: Line) -> int | None:
    """The group of the promotion that a line belongs to."""
    effect, scope = promotion.effect, promotion.scope
    wanted: list[tuple[tuple[str, ...], tuple[str, ...]]]
    if isinstance(effect, Bundle):
        wanted = [((part.item,), ()) for part in effect.parts]
    elif isinstance(effect, MixAndMatch):
        wanted = [(group.items, group.categories) for group in effect.groups]
    else:
        wanted = [(scope.items, scope.categories)]
    if line.excluded or (line.weighed and level_of(effect) == "set"):
        return None
    for place, (items, categories) in enumerate(wanted):
        everything = not items and not categories
        if everything or line.item in items or set(categories) & set(line.category):
            return place
    return None


def cheapest_total(lines: Sequence[Line], promotions: Sequence[Promotion]) -> int:
    """The least that the basket can cost."""
    connecting = [one for one in promotions if connects(one, lines)]
    parts: list[tuple[list[Line], set[str]]] = []
    for line in lines:
        ties = {one.id for one in connecting if group_of(one, line) is not None}
        ties |= {
            f"group {one.group}" for one in connecting
            if one.id in ties and one.mode == "best_price" and level_of(one.effect) == "basket"
        }  # fmt: skip
        near = [part for part in parts if part[1] & ties]
        parts = [part for part in parts if not part[1] & ties]
        together = [one for part in near for one in part[0]]
        parts.append(([*together, line], ties.union(*(part[1] for part in near))))
    return sum(cheapest_part(part, promotions) for part, _ in parts)


def connects(promotion: Promotion, lines: Sequence[Line]) -> bool:
    """Whether a promotion connects lines: a counted one or a threshold that the basket can get."""
    effect = promotion.effect
    wanted = [line for line in lines if group_of(promotion, line) is not None]
    if isinstance(effect, SpendOff | CouponOff):
        return basket_off(effect, sum(line.amount for line in wanted), None) > 0
    units = [group_of(promotion, line) for line in wanted for _ in range(pieces(line))]
    if isinstance(effect, Bundle | MixAndMatch):
        needed = [
            one.count for one in (effect.parts if isinstance(effect, Bundle) else effect.groups)
        ]
    elif isinstance(effect, QuantityBreak):
        needed = [effect.steps[0].quantity]
    elif isinstance(effect, NthOff):
        needed = [effect.nth]
    else:
        needed = [effect.buy + effect.get if isinstance(effect, BuyGet) else 0]
    enough = all(units.count(group) >= count for group, count in enumerate(needed))
    return promotion.is_counted and enough


def cheapest_part(lines: Sequence[Line], promotions: Sequence[Promotion]) -> int:
    """The least that a part can cost."""
    line_level = [one for one in promotions if level_of(one.effect) != "basket"]
    basket = sorted(
        (one for one in promotions if level_of(one.effect) == "basket"),
        key=lambda one: (one.priority, one.id),
    )
    totals: list[int] = []
    for size in range(len(line_level) + 1 if basket else 1):
        for left_out in itertools.combinations(line_level, size):
            rules = [one for one in line_level if one not in left_out]
            left = Cheapest(lines, rules).left()
            totals += [
                total_after(lines, left, used)
                for count in range(len(basket) + 1)
                for used in itertools.combinations(basket, count)
                if may_all_be_used(used, lines)
            ]
    return min(totals)


class Cheapest:
    """Line-level rules at their cheapest."""

    def __init__(self, lines: Sequence[Line], rules: Sequence[Promotion]) -> None:
        self.lines = sorted(
            lines, key=lambda one: (-Fraction(one.amount, pieces(one)), one.item, one.number)
        )
        self.units = [one for one in rules if not one.is_counted]
        self.counted = sorted((one for one in rules if one.is_counted), key=lambda one: one.id)

    def left(self) -> Mapping[int, int]:
        """What is left of each line, by its number."""
        best: tuple[tuple[int, int, tuple[int, ...]], Mapping[int, int]] | None = None
        for way in itertools.product(*(self.splits(line) for line in self.lines)):
            found = self.charged(way)
            if found is not None and (best is None or found[0] < best[0]):
                best = found
        assert best is not None
        return best[1]

    def splits(self, line: Line) -> Iterator[tuple[int, ...]]:
        """Every number of units for each counted rule."""
        wanted = [
            range(pieces(line) + 1) if group_of(one, line) is not None else (0,)
            for one in self.counted
        ]
        return (one for one in itertools.product(*wanted) if sum(one) <= pieces(line))

    def charged(
        self, way: Way
    ) -> tuple[tuple[int, int, tuple[int, ...]], Mapping[int, int]] | None:
        left: dict[int, int] = {}
        joins = 0
        runs: dict[str, list[tuple[Line, int, int]]] = {one.id: [] for one in self.counted}
        for line, split in zip(self.lines, way, strict=True):
            start = 0
            left[line.number] = 0
            for rule, taken in zip(self.counted, split, strict=True):
                if taken:
                    amount, took = self.chain(line, rule)
                    amount = sum(parts(amount, pieces(line))[start : start + taken])
                    runs[rule.id].append((line, taken, amount))
                    left[line.number] += amount
                    joins += took + 1
                    start += taken
            if start < pieces(line):
                amount, took = self.chain(line, None)
                left[line.number] += sum(parts(amount, pieces(line))[start:])
                joins += took
        path = [-taken for split in way for taken in split]
        for rule in self.counted:
            off = self.off(rule, runs[rule.id])
            if off is None:
                return None
            for (line, _, _), part in zip(runs[rule.id], off, strict=True):
                left[line.number] -= part
        return (sum(left.values()), joins, tuple(path)), left

    def chain(self, line: Line, counted: Promotion | None) -> tuple[int, int]:
        """What unit rules leave of a whole line at best, beside a counted rule or without."""
        wanting = [one for one in self.units if group_of(one, line) is not None]
        found: list[tuple[int, int]] = []
        for size in range(len(wanting) + 1):
            for chosen in itertools.combinations(wanting, size):
                if self.may_stack(chosen, counted, wanting):
                    rules = list(chosen)
                    if counted is not None and level_of(counted.effect) == "unit":
                        rules.append(counted)
                    found.append(self.apply(rules, line))
        return min(found)

    @staticmethod
    def may_stack(
        chosen: Sequence[Promotion], counted: Promotion | None, wanting: Sequence[Promotion]
    ) -> bool:
        together = [*chosen, counted] if counted is not None else list(chosen)
        if any(one.mode == "exclusive" for one in together):
            return len(together) == 1
        groups = [one.group for one in together if one.mode == "best_price"]
        compound = {one.id for one in wanting if one.mode == "compound"}
        return len(set(groups)) == len(groups) and compound <= {one.id for one in chosen}

    @staticmethod
    def apply(rules: Sequence[Promotion], line: Line) -> tuple[int, int]:
        amount, took = line.amount, 0
        units = Fraction(line.quantity, 1000)
        for rule in sorted(rules, key=lambda one: (one.priority, one.id)):
            before, effect = amount, rule.effect
            if isinstance(effect, PercentOff):
                amount -= rounded(Fraction(amount * effect.percent, 10_000))
            elif isinstance(effect, AmountOff):
                amount = max(0, amount - rounded(effect.amount * units))
            else:
                assert isinstance(effect, FixedPrice)
                amount = min(amount, rounded(effect.price * units))
            took += amount != before
        return amount, took

    @staticmethod
    def off(rule: Promotion, runs: Sequence[tuple[Line, int, int]]) -> list[int] | None:
        """What a counted rule takes off its runs; None if they do not fit it."""
        units = sum(taken for _, taken, _ in runs)
        cap, effect = rule.limits.basket, rule.effect
        if not units:
            return [0 for _ in runs]
        if level_of(effect) == "unit":
            return [0 for _ in runs] if cap is not None and units <= cap else None
        if isinstance(effect, QuantityBreak):
            if cap is not None and units > cap:
                return None
            ways = [
                [
                    rounded(Fraction(amount * step.percent, 10_000))
                    if step.price is None
                    else max(0, amount - step.price * taken)
                    for _, taken, amount in runs
                ]
                for step in effect.steps
                if step.quantity <= units
            ]
            return max(ways, key=sum, default=None)
        if isinstance(effect, NthOff | BuyGet):
            return cycle_off(effect, runs, cap)
        assert isinstance(effect, Bundle | MixAndMatch)
        return sets_off(rule, effect, runs, cap)


def cycle_off(
    effect: NthOff | BuyGet, runs: Sequence[tuple[Line, int, int]], cap: int | None
) -> list[int] | None:
    """Every unit in a row, dearest first; the last ones of each set are the cheaper ones."""
    if isinstance(effect, NthOff):
        length, cheaper, percent = effect.nth, 1, effect.percent
    else:
        length, cheaper, percent = effect.buy + effect.get, effect.get, 10_000
    row = [place for place, (_, taken, _) in enumerate(runs) for _ in range(taken)]
    if len(row) % length or (cap is not None and len(row) // length > cap):
        return None
    hits = [place for at, place in enumerate(row) if at % length >= length - cheaper]
    return [
        rounded(Fraction(amount * hits.count(place) * percent, taken * 10_000))
        for place, (_, taken, amount) in enumerate(runs)
    ]


def sets_off(
    rule: Promotion,
    effect: Bundle | MixAndMatch,
    runs: Sequence[tuple[Line, int, int]],
    cap: int | None,
) -> list[int] | None:
    """As many of each group as the sets need."""
    counts = [one.count for one in (effect.parts if isinstance(effect, Bundle) else effect.groups)]
    given = [0] * len(counts)
    for line, taken, _ in runs:
        place = group_of(rule, line)
        assert place is not None
        given[place] += taken
    sets = given[0] // counts[0]
    if any(one != sets * count for one, count in zip(given, counts, strict=True)):
        return None
    if cap is not None and sets > cap:
        return None
    if effect.price is not None:
        amounts = [amount for _, _, amount in runs]
        off = sum(amounts) - sets * effect.price
        return spread_over(off, amounts) if off > 0 else None
    assert isinstance(effect, MixAndMatch)
    return [
        rounded(Fraction(amount * effect.groups[group_of(rule, line) or 0].percent, 10_000))
        for line, _, amount in runs
    ]


def may_all_be_used(used: Sequence[Promotion], lines: Sequence[Line]) -> bool:
    """Whether basket rules go together."""
    for one, other in itertools.combinations(used, 2):
        if one.mode == "best_price" == other.mode and one.group == other.group:
            return False
        share = any(
            group_of(one, line) is not None and group_of(other, line) is not None for line in lines
        )
        if share and "exclusive" in {one.mode, other.mode}:
            return False
    return True


def total_after(lines: Sequence[Line], given: Mapping[int, int], used: Sequence[Promotion]) -> int:
    """What is left after basket rules, each on what the one before left."""
    left = dict(given)
    full = {line.number for line in lines if line.amount == given[line.number]}
    for rule in used:
        effect = rule.effect
        assert isinstance(effect, SpendOff | CouponOff)
        scope = [
            line.number
            for line in lines
            if group_of(rule, line) is not None
            and (line.number in full or not effect.full_price_only)
        ]
        amounts = [left[number] for number in scope]
        off = basket_off(effect, sum(amounts), rule.limits.basket)
        if off:
            for number, part in zip(scope, spread_over(off, amounts), strict=True):
                left[number] -= part
    return sum(left.values())


def basket_off(effect: SpendOff | CouponOff, amount: int, cap: int | None) -> int:
    """What a basket rule takes off an amount."""
    if isinstance(effect, CouponOff):
        if amount < effect.minimum:
            return 0
        return min(amount, effect.amount) or rounded(Fraction(amount * effect.percent, 10_000))
    if effect.every:
        times = amount // effect.steps[0].minimum
        return effect.steps[0].amount * (times if cap is None else min(times, cap))
    reached = [step for step in effect.steps if step.minimum <= amount]
    if not reached:
        return 0
    return reached[-1].amount or rounded(Fraction(amount * reached[-1].percent, 10_000))


def pieces(line: Line) -> int:
    """How many units a line has."""
    return 1 if line.weighed or line.quantity % 1000 else line.quantity // 1000


def parts(amount: int, count: int) -> list[int]:
    """An amount over pieces as evenly as can be, the larger first."""
    return [amount // count + (place < amount % count) for place in range(count)]


def spread_over(amount: int, weights: Sequence[int]) -> list[int]:
    """By largest remainder (rule 4)."""
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    found = [int(one) for one in exact]
    order = sorted(range(len(exact)), key=lambda place: found[place] - exact[place])
    for place in order[: amount - sum(found)]:
        found[place] += 1
    return found
