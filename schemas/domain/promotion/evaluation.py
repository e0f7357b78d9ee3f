"""What a basket costs under promotions: a pure function (rules 12 to 16).

    1  lines that qualify find their rules; those in force are made ready for this customer
    2  lines that rules connect, directly or through others, are settled by themselves
    3  gifts and points follow from what lines cost in the end

Nothing depends on the order of lines or of promotions, or on the clock of the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schemas.domain.promotion.connection import connected
from schemas.domain.promotion.counted import is_possible
from schemas.domain.promotion.effect import Effect, PercentOff, TierPercent
from schemas.domain.promotion.eligibility import Eligibility, eligibility
from schemas.domain.promotion.presented import used_up
from schemas.domain.promotion.reward import Rewards, rewards
from schemas.domain.promotion.rule import Active, Rule, active
from schemas.domain.promotion.ruleset import RuleSet
from schemas.domain.promotion.sale import Context, Line, Outcome, PricedLine, Share
from schemas.domain.promotion.settlement import Settled, settled
from schemas.domain.promotion.threshold import most_off
from schemas.domain.promotion.unit import Place, is_splittable, pieces_of


def evaluate(lines: Iterable[Line], rules: RuleSet, context: Context) -> Outcome:
    """Return what each line costs and why, what is due besides, and what was used up."""
    given = sorted(lines, key=lambda line: line.number)
    in_force = _InForce(rules, eligibility(context))
    found = [in_force.place(line) for line in given if _qualifies(line)]
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
        for one, group in place.counted:
            there = units.get(one)
            if there is None:
                there = units[one] = [0] * len(one.rule.groups)
            there[group] += place.pieces
        for one in place.money:
            amounts[one] = amounts.get(one, 0) + place.line.amount
    never = {one for one, there in units.items() if not is_possible(one.effect, there)}
    never |= {one for one, amount in amounts.items() if not most_off(one.effect, amount)}
    return [_without(place, never) for place in places] if never else list(places)


def _without(place: Place, never: set[Active]) -> Place:
    if never.isdisjoint(place.money) and never.isdisjoint([one for one, _ in place.counted]):
        return place
    counted = [one for one in place.counted if one[0] not in never]
    money = [one for one in place.money if one not in never]
    return Place(place.line, place.pieces, place.units, tuple(counted), tuple(money), place.rewards)


class _InForce(dict[Rule, Active | None]):
    """Rules made ready for one customer when they are first asked for; None is not in force."""

    def __init__(self, rules: RuleSet, eligible: Eligibility) -> None:
        super().__init__(rules.ready(eligible.context.at))
        self._rules = rules
        self._eligible = eligible

    def __missing__(self, rule: Rule) -> Active | None:
        made = self[rule] = self._made(rule)
        return made

    def place(self, line: Line) -> Place | None:
        """Prepare a line; None if no rule in force wants it."""
        may_join = self._rules.joinable(line)
        if may_join is None:
            return None
        units = tuple([one for rule in may_join.units if (one := self[rule])])
        counted = tuple([(one, group) for rule, group in may_join.counted if (one := self[rule])])
        money = tuple([one for rule in may_join.money if (one := self[rule])])
        rewarding = tuple([one for rule in may_join.rewards if (one := self[rule])])
        if counted and not is_splittable(line):
            counted = tuple([joining for joining in counted if joining[0].rule.level == "unit"])
        if not (units or counted or money or rewarding):
            return None
        return Place(line, pieces_of(line), units, counted, money, rewarding)

    def _made(self, rule: Rule) -> Active | None:
        promotion = rule.promotion
        cap = self._eligible.remaining(promotion)
        effect = self._own(promotion.effect)
        return None if cap == 0 or effect is None else active(rule, effect, cap)

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
        for whole in connected([_ties(place) for place in places]):
            parts = connected([[one for one, _ in places[number].counted] for number in whole])
            found = settled([places[number] for number in whole], parts)
            self._note(whole, found)
        taking = [one for one in self._uses if one.rule.takes_money]
        scopes: dict[Active, list[int]] = {}
        for number, place in enumerate(self._places):
            for one in (*place.money, *place.rewards):
                scopes.setdefault(one, []).append(number)
        rewarded = rewards(scopes, self._left, taking)
        self._uses.update(rewarded.uses)
        return self._told(rewarded)

    def _note(self, whole: Sequence[int], found: Settled) -> None:
        for number, taken in zip(whole, found.lines, strict=True):
            self._left[number] = taken.left
            if taken.shares:
                self._shares[number] += sorted(taken.shares.items(), key=_by_level)
            for one, units in taken.units.items():
                self._uses[one] = self._uses.get(one, 0) + units
        self._uses.update(found.counts)
        for used in found.used:
            self._uses[used.active] = used.times
            for line, part in used.shares:
                number = whole[line]
                self._left[number] -= part
                self._shares[number].append((used.active, part))

    def _told(self, rewarded: Rewards) -> Outcome:
        touched = {
            place.line.number: self._priced(number, rewarded)
            for number, place in enumerate(self._places)
        }
        lines = {
            line.number: touched.get(line.number) or PricedLine(line.number, line.amount)
            for line in self._lines
        }
        return Outcome(
            lines=tuple(lines.values()),
            total=sum([line.amount for line in lines.values()]),
            gifts=rewarded.gifts,
            coupons=self._coupons(),
            uses={one.id: self._uses[one] for one in sorted(self._uses, key=_id)},
        )

    def _priced(self, number: int, rewarded: Rewards) -> PricedLine:
        factor, by = rewarded.points.get(number, (100, None))
        shares = tuple(
            [
                Share(one.id, one.rule.promotion.title, amount)
                for one, amount in self._shares[number]
            ]
        )
        return PricedLine(
            self._places[number].line.number, self._left[number], shares, factor,
            by.id if by else None,
        )  # fmt: skip

    def _coupons(self) -> tuple[str, ...]:
        """Of each kind that a rule in use asks for, the coupon with the lowest number."""
        kinds = {one.rule.promotion.who.coupon for one in self._uses}
        return used_up(kinds, self._context.coupons)


def _ties(place: Place) -> list[Active | str]:
    """What connects a line with others: counted rules, rules that take money off, their groups."""
    counted = [one for one, _ in place.counted]
    groups = [one.group for one in place.money if one.mode == "best_price"]
    return [*counted, *place.money, *groups]


def _id(one: Active) -> str:
    return one.id


def _by_level(share: tuple[Active, int]) -> tuple[bool, int]:
    """Unit rules before set rules, each in their order, as they were computed."""
    return share[0].rule.level == "set", share[0].order
