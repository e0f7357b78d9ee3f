"""Promotions at the till: which hold here, and what they make of a basket (rules 12 to 16); and the
points that it earns (rule 17).

    the lines of the basket change ──▶ evaluated ──▶ the sale keeps what came off each line, and why
    a payment is taken, or given back                nothing: what the customer was told stands
    a feed brought something                         the next change of a basket sees it

Gifts and coupons are part of the same answer: `schemas.domain.gift`, `schemas.domain.promotion.presented`.
A basket meets the promotions in force when it was begun, so its total does not change by itself. A
rule that this release does not read is left out and told in the log; the others hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date

import structlog

from pos_frontend.basket import Sale
from pos_frontend.catalogue import Catalogue, PublishedRule
from pos_frontend.membership import Membership
from pos_frontend.promotion_uses import Used
from schemas.domain.gift import gift_lines, given, with_gifts
from schemas.domain.points import Multiplied, PointsRule, PointsTerms, earned
from schemas.domain.promotion.eligibility import eligibility
from schemas.domain.promotion.evaluation import evaluate
from schemas.domain.promotion.presented import Why, standings, used_coupons, why_not_now
from schemas.domain.promotion.promotion import Promotion
from schemas.domain.promotion.ruleset import RuleSet
from schemas.domain.promotion.sale import Context, PresentedCoupon
from schemas.domain.promotion.sold import evaluated, seen
from schemas.domain.ticket import CouponUsed, PointsEarned, SaleLine
from schemas.wire.promotion_rule import UnreadableRuleError, decode_rule

_log = structlog.get_logger(__name__)


class Offers:
    """What is on offer at this lane. It reads the catalogue again only when a feed brought something."""

    def __init__(
        self, catalogue: Catalogue, membership: Membership, used: Callable[[str | None, date], Used]
    ) -> None:
        self._catalogue = catalogue
        self._membership = membership
        self._used = used
        self._limited: frozenset[str] = frozenset()
        self._fed: object = None
        self._published: frozenset[PublishedRule] = frozenset()
        self._rules = RuleSet(())
        self._parents: Mapping[str, str] = {}
        self._points: Mapping[str, PointsRule] = {}

    def offered(self, sale: Sale) -> Sale:
        """Return the sale with what promotions take off its lines."""
        self.refresh()
        basket = sale.basket
        known = self._membership.of(basket.member)
        used = Used()
        if self._limited:
            used = self._used(basket.member, sale.terms.business_date)
        context = Context(
            sale.started, sale.terms.zone, basket.member, basket.tier,
            birthday=known.birthday if known else None, coupons=self._counting(sale),
            used_by_member=used.by_member, used_today=used.today,
        )  # fmt: skip
        of = gift_lines(basket)
        lines = seen(sale.plain, self._parents, of)
        found = evaluate(lines, self._rules, context)
        gifts = given(sale.plain, of, found.gifts)
        found = with_gifts(found, gifts)
        coupons = used_coupons(found, self._rules, context)
        shares = {line.number: line.shares for line in found.lines if line.shares}
        multiplied = {
            line.number: Multiplied(line.points, line.points_by)
            for line in found.lines
            if line.points_by is not None
        }
        uses = {name: times for name, times in found.uses.items() if name in self._limited}
        changed = replace(
            sale, shares=shares, multiplied=multiplied, uses=uses, gifts=gifts.due,
            standings=standings(self._rules, context, basket.coupons, lines, found, coupons),
        )  # fmt: skip
        return replace(changed, used_coupons=self._used_once(changed, coupons))

    def know_coupons_of(self, kind: str) -> bool:
        """Whether a promotion here asks for such coupons, over or not."""
        self.refresh()
        return bool(self._rules.asking_for(kind))

    def are_single_use(self, kind: str) -> bool:
        """Whether coupons of a kind may be used once."""
        self.refresh()
        return any(rule.promotion.who.single_use for rule in self._rules.asking_for(kind))

    def coupons_hold(self, kind: str, sale: Sale) -> tuple[str, Why]:
        """The title of a promotion that asks for coupons of this kind, and why none of them holds now."""
        self.refresh()
        now = eligibility(Context(sale.started, sale.terms.zone))
        rules = self._rules.asking_for(kind)
        whys = [(one.promotion.title, why_not_now(one.promotion, now)) for one in rules]
        return next((one for one in whys if not one[1]), whys[0])

    def _counting(self, sale: Sale) -> tuple[PresentedCoupon, ...]:
        """The coupons that promotions may take: not those that are yet to be reserved."""
        return tuple(
            one
            for one in sale.basket.coupons
            if one.number in sale.reserved or not self.are_single_use(one.kind)
        )

    def _used_once(self, sale: Sale, numbers: Collection[str]) -> tuple[CouponUsed, ...]:
        """What the ticket names of the coupons that were used."""
        return tuple(
            CouponUsed(one.number, one.kind, sale.reserved[one.number] or None, one.title)
            for one in sale.standings
            if one.number in numbers and self.are_single_use(one.kind)
        )

    def earned(self, sale: Sale) -> tuple[PointsEarned, ...]:
        """Return the points that a sale earns as it was paid so far; nobody but a member earns any."""
        if sale.basket.member is None:
            return ()
        self.refresh()
        terms = PointsTerms(self._points, self._parents)
        return earned(sale.lines, sale.tenders, terms, sale.multiplied)

    def about(self, line: SaleLine, context: Context) -> list[Promotion]:
        """Return the promotions that are in force at this time and want such a line, whoever asks.

        What is about few goods comes before what is about the whole shop.
        """
        self.refresh()
        now = eligibility(context)
        wanting = [rule for rule, _ in self._rules.wanting(evaluated(line, self._parents))]
        wanting.sort(key=lambda rule: rule.level == "basket")
        return [rule.promotion for rule in wanting if now.is_time(rule.promotion.period)]

    def refresh(self) -> None:
        """Read what is on offer if a feed brought something since."""
        fed = self._catalogue.fed()
        if fed == self._fed:
            return
        published = frozenset(self._catalogue.promotions())
        if published != self._published:
            read = _read(published)
            self._rules = RuleSet(read)
            self._limited = frozenset(
                one.id
                for one in read
                if one.limits.member is not None or one.limits.day is not None
            )
            for promotion, faults in self._rules.refused:
                why = "; ".join(one.words for one in faults)
                _log.error("a promotion is left out", promotion=promotion, reason=why)
            self._published = published
        self._parents = self._catalogue.categories()
        self._points = {one.category: one for one in self._catalogue.points_rules()}
        self._fed = fed


def _read(published: frozenset[PublishedRule]) -> list[Promotion]:
    read: list[Promotion] = []
    for one in published:
        try:
            read.append(decode_rule(one.promotion, one.rule))
        except UnreadableRuleError as error:
            _log.error("a promotion is left out", promotion=one.promotion, reason=str(error))
    return read
