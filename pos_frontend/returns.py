"""Returns at this lane (退货): what a cashier gives back, and by whose authority (rule 22).

    the customer has      the sale was        authority   what is given back
    a receipt             found, the whole    –           what was paid, up to what is left of the line
                          chain was asked
                          found, the line     a manager   the same, up to what is left as far as known; the
                          was down            and why     ticket says that it was not checked
    a receipt that        not found here      a manager   as without; the ticket bears its number
    nobody can look up                        and why
    none                  –                   a manager   what the item costs today, or less by a keyed price
                                              and why

A return is a line of the basket, below nought; beside sold lines it is an exchange. Refusals are
TillError. What was looked up is worth nothing for the next basket: it has to be looked up again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pos_frontend import basket, refunds
from pos_frontend.authority import Door
from pos_frontend.basket import Sale, read_amount
from pos_frontend.catalogue import Catalogue, Operator
from pos_frontend.errors import TillError
from pos_frontend.weighing import Scale
from replication.messages import InquiryAnswer
from schemas.domain import returning
from schemas.domain.basket import Basket
from schemas.domain.money import NumberError
from schemas.domain.quantity import format_quantity, parse_quantity
from schemas.domain.refund import Refunded, paid_sale
from schemas.domain.returning import Given, Worth
from schemas.domain.ticket import Original, Returned, SaleLine
from schemas.wire.inquiries import HeldTicket, ReceiptNumber, read_key
from schemas.wire.returns import read_sold


@dataclass(frozen=True, slots=True)
class FoundSale:
    """A sale that was looked up, and what was given back of its lines and of its tenders; `checked`: as
    far as the chain knows.
    """

    held: HeldTicket
    given: tuple[Given, ...]
    checked: bool
    refunded: tuple[Refunded, ...] = ()

    def left(self, line: SaleLine) -> Worth:
        """What may still be returned of a line of it."""
        return returning.left(line, self.given)


@dataclass(frozen=True, slots=True)
class GivingBack:
    """A return with a receipt as it was asked for: without a quantity, all that is left of the line."""

    line: int
    quantity: str = ""
    reason: str = ""
    authority: str = ""
    pin: str = ""


@dataclass(frozen=True, slots=True)
class TakingBack:
    """A return without a receipt, or with one that nobody could look up; without a price, at today's."""

    code: str
    reason: str
    price: str = ""
    receipt: str = ""
    authority: str = ""
    pin: str = ""


@dataclass(frozen=True, slots=True)
class AtTill:
    """Who takes goods back, who is let in to allow it, and when."""

    operator: Operator
    door: Door
    at: datetime

    def allowed_by(self, authority: str, pin: str, reason: str) -> Operator:
        """Return who allows a return that nobody could check."""
        by = self.door.allow("return", self.operator, authority, pin)
        if not reason.strip():
            raise TillError("unexplained")
        return by


def found_sale(answer: InquiryAnswer) -> FoundSale | None:
    """Return the sale in an answer, if it was found. Raises ValueError."""
    if answer.outcome != "found":
        return None
    sold = read_sold(answer.body)
    if sold.held is None:
        return None
    return FoundSale(sold.held, sold.given, answer.complete, sold.refunded)


def give_back(
    sale: Sale, catalogue: Catalogue, found: FoundSale, asked: GivingBack, who: AtTill
) -> Sale:
    """Enter what comes back of a line of a sale, for what was paid for it."""
    ticket, currency = found.held.ticket, found.held.currency
    if currency and currency != sale.terms.currency:
        raise TillError("return_currency", receipt=ticket.receipt, currency=currency)
    line = next((one for one in ticket.lines if one.number == asked.line), None)
    if line is None:
        raise TillError("no_line")
    mine = returning.given_by(sale.uuid, sale.lines, ticket.uuid)
    remaining = returning.left(line, {*found.given, *mine})
    worth = _part(line, remaining, asked.quantity)
    returned = Returned(checked=True)
    if not found.checked:
        by = who.allowed_by(asked.authority, asked.pin, asked.reason)
        returned = Returned(asked.reason, by.operator)
    source = Original(ticket.branch, ticket.receipt, ticket.uuid, line.number)
    # Sites above do not keep how much of the base unit a pack holds, which the stock has to know.
    whole = replace(line, factor=catalogue.factor(line.item, line.unit))
    given = returning.return_line(whole, worth, replace(returned, original=source))
    return replace(
        sale,
        basket=returning.add_return(sale.basket, given, who.at),
        originals=refunds.remembered(sale.originals, paid_sale(ticket, found.refunded)),
    )


def take_back(
    sale: Sale, catalogue: Catalogue, asked: TakingBack, who: AtTill, scale: Scale | None
) -> Sale:
    """Enter what comes back without a receipt, for what it costs now or less."""
    alone = Sale(
        sale.uuid,
        sale.terms,
        sale.started,
        Basket(member=sale.basket.member, tier=sale.basket.tier),
    )
    today = basket.scan(alone, catalogue, asked.code, who.at, scale).lines[0]
    price = read_amount(asked.price, sale.terms.decimals) if asked.price else None
    by = who.allowed_by(asked.authority, asked.pin, asked.reason)
    returned = Returned(asked.reason, by.operator, original=_named(asked.receipt))
    try:
        given = returning.reversed_line(today, returned, price)
    except ValueError as error:
        raise TillError("return_price", name=today.name) from error
    return replace(sale, basket=returning.add_return(sale.basket, given, who.at))


def _part(line: SaleLine, remaining: Worth, text: str) -> Worth:
    try:
        quantity = parse_quantity(text) if text else remaining.quantity
    except NumberError as error:
        raise TillError("number", text=text) from error
    if remaining.quantity == 0:
        raise TillError("returned_all", name=line.name)
    if quantity <= 0:
        raise TillError("quantity")
    if quantity > remaining.quantity:
        raise TillError("over_return", name=line.name, left=format_quantity(remaining.quantity))
    return returning.part(line, remaining, quantity)


def _named(receipt: str) -> Original | None:
    """The sale that a receipt number names; nothing more is known of it."""
    if not receipt:
        return None
    try:
        key = read_key(receipt)
    except ValueError as error:
        raise TillError("receipt_key", code=receipt) from error
    if not isinstance(key, ReceiptNumber):
        raise TillError("receipt_key", code=receipt)
    return Original(key.branch, str(key), None, None)
