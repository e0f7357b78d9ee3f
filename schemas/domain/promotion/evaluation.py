"""What a basket costs under promotions: a pure function (rules 12 to 16).

    1  lines that qualify find their rules; those in force are made ready for this customer
    2  lines that rules connect, directly or through others, are settled by themselves
    3  gifts and points follow from what lines cost in the end

Nothing depends on the order of lines or of promotions, or on the clock of the machine.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

from schemas.domain.promotion.connection import connected
from schemas.domain.promotion.counted import is_possible
from schemas.domain.promotion.effect import Effect, PercentOff, TierPercent
from schemas.domain.promotion.eligibility import Eligibility, eligibility
from schemas.domain.promotion.presented import used_up
from schemas.domain.promotion.reward import Rewards, rewards
from schemas.domain.promotion.ruleset import Rule, RuleSet
from schemas.domain.promotion.sale import Context, Line, Outcome, PricedLine, Share
from schemas.domain.promotion.settlement import Settled, settled
from schemas.domain.promotion.threshold import most_off
from schemas.domain.promotion.unit import Active, Place, is_splittable, pieces_of


def evaluate(lines: Iterable[Line], rules: RuleSet, context: Context) -> Outcome:
    """Return what each line costs and why, what is due besides, and what was used up."""
    given = sorted(lines, key=lambda line: line.number)
    ready = _Ready(eligibility(context))
    found = [ready.place(line, rules) if _qualifies(line) else None for line in given]
    places = _possible([place for place in found if place is not None])
    return _Evaluation(given, places, context).outcome()


def _qualifies(line: Line) -> bool:
    return not line.excluded and line.amount >= 0 and line.quantity > 0


def _possible(places: Sequence[Place]) -> list[Place]:
    """Take off lines the rules that this basket can never get, so that they connect nothing.

    That are sets which it cannot make up, and thresholds which it does not even reach before all
    promotions.
    """
    units: dict[Active, list[int]] = {}
    amounts: dict[Active, int] = {}
    for place in places:
        for active, group in place.counted:
            units.setdefault(active, [0] * len(active.rule.groups))[group] += place.pieces
        for active in place.basket:
            amounts[active] = amounts.get(active, 0) + place.line.amount
    never = {active for active, there in units.items() if not is_possible(active.effect, there)}
    never |= {
        active
        for active, amount in amounts.items()
        if active.rule.takes_money and not most_off(active.effect, amount)
    }
    if not never:
        return list(places)
    return [
        Place(
            place.line,
            place.pieces,
            place.units,
            tuple([one for one in place.counted if one[0] not in never]),
            tuple([one for one in place.basket if one not in never]),
        )
        for place in places
    ]


class _Ready:
    """The rules in force for one customer, each made ready once."""

    def __init__(self, eligible: Eligibility) -> None:
        self._eligible = eligible
        self._known: dict[Rule, Active | None] = {}

    def place(self, line: Line, rules: RuleSet) -> Place | None:
        """Prepare a line; None if no rule in force wants it."""
        units: list[Active] = []
        counted: list[tuple[Active, int]] = []
        basket: list[Active] = []
        splittable = is_splittable(line)
        known = self._known
        for rule, group in rules.wanting(line):
            if rule not in known:
                known[rule] = self._made(rule)
            active = known[rule]
            if active is None:
                continue
            if rule.level == "basket":
                basket.append(active)
            elif not rule.is_counted:
                units.append(active)
            elif splittable or rule.level == "unit":
                counted.append((active, group))
        if not units and not counted and not basket:
            return None
        counted.sort(key=_by_id)
        return Place(line, pieces_of(line), tuple(units), tuple(counted), tuple(basket))

    def _made(self, rule: Rule) -> Active | None:
        promotion = rule.promotion
        cap = self._eligible.remaining(promotion)
        effect = self._own(promotion.effect)
        if cap == 0 or effect is None:
            return None
        return Active(promotion.id, rule.order, rule, effect, promotion.mode, promotion.group, cap)

    def _own(self, effect: Effect) -> Effect | None:
        """This customer's own effect, where tiers differ."""
        if not isinstance(effect, TierPercent):
            return effect
        context = self._eligible.context
        rates = {rate.tier: rate.percent for rate in effect.rates}
        if context.member is None or context.tier not in rates:
            return None
        return PercentOff(rates[context.tier])


class _Evaluation:
    """Puts together what lines cost; places are numbered as they stand."""

    def __init__(self, lines: Sequence[Line], places: Sequence[Place], context: Context) -> None:
        self._lines = lines
        self._places = places
        self._context = context
        self._left = [place.line.amount for place in places]
        self._shares: list[list[tuple[Active, int]]] = [[] for _ in places]
        self._uses: dict[Active, int] = {}

    def outcome(self) -> Outcome:
        """Settle what is connected, then reward."""
        places = self._places
        for whole in connected([list(_ties(place)) for place in places]):
            parts = connected([[one for one, _ in places[number].counted] for number in whole])
            found = settled([places[number] for number in whole], parts)
            self._note(whole, found)
        taking = [one for one in self._uses if one.rule.takes_money]
        scopes: dict[Active, list[int]] = {}
        for number, place in enumerate(self._places):
            for active in place.basket:
                scopes.setdefault(active, []).append(number)
        rewarded = rewards(scopes, self._left, taking)
        self._uses.update(rewarded.uses)
        return self._told(rewarded)

    def _note(self, whole: Sequence[int], found: Settled) -> None:
        for number, taken in zip(whole, found.lines, strict=True):
            self._left[number] = taken.left
            for active in sorted(taken.shares, key=_by_level):
                self._shares[number].append((active, taken.shares[active]))
            for active, units in taken.units.items():
                self._uses[active] = self._uses.get(active, 0) + units
        self._uses.update(found.counts)
        for used in found.used:
            self._uses[used.active] = used.times
            for line, part in used.shares:
                number = whole[line]
                self._left[number] -= part
                self._shares[number].append((used.active, part))

    def _told(self, rewarded: Rewards) -> Outcome:
        priced = {line.number: PricedLine(line.number, line.amount) for line in self._lines}
        for number, place in enumerate(self._places):
            factor, by = rewarded.points.get(number, (100, None))
            shares = tuple(
                Share(active.id, active.rule.promotion.title, amount)
                for active, amount in self._shares[number]
            )
            priced[place.line.number] = PricedLine(
                place.line.number, self._left[number], shares, factor, by.id if by else None
            )
        return Outcome(
            lines=tuple(priced.values()),
            total=sum(line.amount for line in priced.values()),
            gifts=rewarded.gifts,
            coupons=self._coupons(),
            uses={active.id: self._uses[active] for active in sorted(self._uses, key=_id)},
        )

    def _coupons(self) -> tuple[str, ...]:
        """Of each kind that a rule in use asks for, the coupon with the lowest number."""
        kinds = {active.rule.promotion.who.coupon for active in self._uses}
        return used_up(kinds, self._context.coupons)


def _ties(place: Place) -> Iterator[Hashable]:
    """What connects a line with others: counted rules, rules that take money off, their groups."""
    for active, _ in place.counted:
        yield active
    for active in place.basket:
        if active.rule.takes_money:
            yield active
            if active.mode == "best_price":
                yield active.group


def _by_id(counted: tuple[Active, int]) -> str:
    return counted[0].id


def _id(active: Active) -> str:
    return active.id


def _by_level(active: Active) -> tuple[bool, int]:
    """Unit rules before set rules, each in their order, as they were computed."""
    return active.rule.level == "set", active.order
