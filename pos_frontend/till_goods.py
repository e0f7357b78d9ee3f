"""Acts on the basket at the till: what is in it, what it costs, whose it is."""

from __future__ import annotations

from pos_frontend import basket, discounting, gifts, presenting, returns
from pos_frontend.basket import Overriding
from pos_frontend.discounting import Discounting
from pos_frontend.errors import TillError
from pos_frontend.membership import Registering
from pos_frontend.returns import FoundSale, GivingBack, TakingBack
from pos_frontend.till_core import TillCore


class GoodsActs(TillCore):
    """What is done to the goods of a sale; see `Till`."""

    @property
    def due_gifts(self) -> list[gifts.DueGift]:
        """The gifts that the sale may still have."""
        return gifts.due(self._sale, self._lane.catalogue)

    def scan(self, text: str) -> None:
        """Enter what was scanned or keyed."""
        sale, lane = self._selling(), self._lane
        try:
            entered = basket.scan(sale, lane.catalogue, text, lane.clock(), lane.scale)
        except TillError as refusal:
            self._change(presenting.instead_of(refusal, sale, text, self.offers))
        else:
            self._change(gifts.entered(sale, entered))

    def present_coupon(self, code: str) -> None:
        """Present a coupon to the basket."""
        self._change(presenting.present(self._selling(), code, self.offers))

    def take_coupon_off(self, place: int) -> None:
        """Take the coupon at a place off the basket again."""
        self._change(presenting.taken_off(self._selling(), place))

    def reserve_coupon(self, number: str, grant: str) -> None:
        """Have a coupon reserved for the sale, out of a grant if one is named. While it is being paid for the
        customer was told what it costs: then it counts from when the tenders are given back.
        """
        if self.sale is not None:
            held = presenting.reserved(self.sale, number, grant)
            self.sale = self.offers.offered(held) if self.state == "selling" else held

    def drop_coupon(self, number: str) -> None:
        """Take a coupon off the sale that it cannot have; it took nothing off."""
        if self.sale is not None:
            left = presenting.without(self.sale, number)
            self.sale = self.offers.offered(left) if self.state == "selling" else left

    def take_gifts(self) -> None:
        """Put in all gifts that are due."""
        lane = self._lane
        self._change(gifts.all_taken(self._selling(), lane.catalogue, lane.clock()))

    def sell_unknown(self, text: str, price: str, name: str) -> None:
        """Enter an item without a price in the catalogue at a keyed price."""
        sale, lane = self._selling(), self._lane
        named = name or lane.unknown_name()
        self._change(
            basket.sell_unknown(sale, lane.catalogue, text, price, named, lane.clock(), lane.scale)
        )

    def void_line(self, number: int) -> None:
        """Void a line."""
        self._change(basket.void_line(self._selling(), number))

    def override(self, asked: Overriding) -> None:
        """Set a line's amount by somebody's authority."""
        self._change(basket.override(self._selling(), asked, self._who(), self.door))

    def discount(self, asked: Discounting) -> None:
        """Give a discount off the whole basket by somebody's authority."""
        self._change(discounting.discount(self._selling(), asked, self._who(), self.door))

    def reprice_label(self, number: int, *, repriced: bool) -> None:
        """Charge a stale label by its weight, or what is printed on it after all."""
        self._change(basket.reprice_label(self._selling(), number, repriced=repriced))

    def give_back(self, found: FoundSale, asked: GivingBack) -> None:
        """Enter what comes back of a sale that was looked up."""
        sale, lane = self._selling(), self._lane
        who = returns.AtTill(self._who(), self.door, lane.clock())
        self._change(returns.give_back(sale, lane.catalogue, found, asked, who))

    def take_back(self, asked: TakingBack) -> None:
        """Enter what comes back without a receipt."""
        sale, lane = self._selling(), self._lane
        who = returns.AtTill(self._who(), self.door, lane.clock())
        self._change(returns.take_back(sale, lane.catalogue, asked, who, lane.scale))

    def set_member(self, number: str) -> None:
        """Set the member, or take the member off."""
        self._change(basket.set_member(self._selling(), self._membership, number))

    def register_member(self, name: str, phone: str) -> None:
        """Make somebody a provisional member, and the sale's."""
        sale, now = self._selling(), self._lane.clock()
        asked = Registering(name, phone, self._lane.site, self._who().operator, sale.terms, now)
        fact = self._membership.register(asked)
        self._saved(lambda: self._lane.journal.note(fact))
        self._membership.made(fact, asked)
        self._change(basket.set_member(sale, self._membership, phone))
