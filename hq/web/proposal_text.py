"""Proposals in a person's language: what they are about, and what accepting them does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hq.lost import Bundle, Lost, fields_of
from hq.web.audiences import audience_label
from replication.console.languages import msgid
from replication.console.page import Page

_KINDS: Mapping[str, str] = {
    "document": msgid("Price change %(key)s"),
    "goods": msgid("Goods document %(key)s"),
    "pickup": msgid("Pick-up order %(key)s"),
    "supplier": msgid("Suppliers"),
    "operator": msgid("Operator %(key)s"),
    "branch": msgid("Branch %(key)s"),
    "branch_policy": msgid("Branch policy"),
    "subscription": msgid("Subscription: %(key)s"),
    "category": msgid("Categories"),
    "item": msgid("Items"),
    "unit": msgid("Units"),
    "barcode": msgid("Barcodes"),
    "label_layout": msgid("Label layouts"),
    "tax": msgid("Tax rates"),
    "exchange_rate": msgid("Exchange rates"),
    "member": msgid("Members"),
    "points_rule": msgid("Rules of points"),
    "promotion": msgid("Promotion %(key)s"),
}
_PUBLISHES = msgid("Accepting publishes these records again, as they were, to %(audience)s.")
_IN_FORCE = msgid(
    "Accepting puts this price change in force again for %(audience)s, as the newest of its audience. "
    "Whoever accepts it answers for its approval."
)
_WITHDRAWS = msgid("Accepting withdraws this price change again for %(audience)s.")
_OFFERS = msgid(
    "Accepting puts this promotion in force again for %(audience)s. Whoever accepts it answers for its approval."
)
_OFFERS_NOT = msgid("Accepting withdraws this promotion again for %(audience)s.")
_GOODS = msgid(
    "Accepting tells %(audience)s of this goods document again and follows it. Whoever accepts it answers for it."
)
_PICKUP = msgid(
    "Accepting tells %(audience)s of this order again, keeps its goods back and follows it, as the online shop has it."
)
_ROWS_GONE = msgid("Accepting takes rows back that price nothing any more.")
_WORKS = msgid(
    "Accepting lets this person work at %(audience)s again, as %(role)s and with the PIN and password "
    "that were set then."
)
_WORKS_NOT = msgid(
    "Accepting ends this person's work at %(audience)s: the PIN opens no lane there."
)
_JOINS = msgid("Accepting lets %(audience)s follow this feed again and load its prices.")
_LEAVES = msgid("Accepting takes %(audience)s out of this feed: its prices no longer hold there.")
_BRANCH = msgid(
    "Accepting makes this branch known to the chain as it was; if its key is not known, it enrols anew."
)
_ROLES: Mapping[str, str] = {
    "cashier": msgid("cashier"),
    "branch_manager": msgid("branch manager"),
}
_FIELDS: Mapping[str, str] = {
    "client": msgid("Online shop"),
    "client_key": msgid("Key of the online shop"),
    "code_hash": msgid("Code of the customer, hashed"),
    "order": msgid("Order"),
    "payment": msgid("Payment"),
    "placed": msgid("Placed"),
    "reference": msgid("Customer's reference"),
    "total": msgid("Total"),
    "until": msgid("To be fetched until"),
    "absent_lane_authority": msgid("A second person agrees to a close without a lane"),
    "amount_decimals": msgid("Decimals of the amount"),
    "barcode": msgid("Barcode"),
    "branch": msgid("Branch"),
    "cash_rounding": msgid("Cash rounding"),
    "category": msgid("Category"),
    "checks": msgid("Checks before the close"),
    "check_from": msgid("Check digit weighted from"),
    "count_safe": msgid("The safe is counted before the close"),
    "branch_kind": msgid("Kind"),
    "closed": msgid("Nothing more is bought"),
    "currency": msgid("Currency"),
    "day_ends": msgid("A day ends at"),
    "direction": msgid("Kind"),
    "document": msgid("Document"),
    "expected": msgid("Expected"),
    "declared": msgid("The chain's own prefix"),
    "factor": msgid("Factor (thousandths)"),
    "followed": msgid("Feed"),
    "item": msgid("Item"),
    "item_digits": msgid("Digits of the item"),
    "layout": msgid("Label layout"),
    "local_currency": msgid("Local currency"),
    "member": msgid("Member"),
    "name": msgid("Name"),
    "note": msgid("Note"),
    "number": msgid("Line"),
    "operator": msgid("Operator"),
    "partner": msgid("Supplier or other branch"),
    "parent": msgid("Above it"),
    "password_hash": msgid("Password"),
    "pin_hash": msgid("PIN"),
    "ends": msgid("Until"),
    "prefix": msgid("Prefix"),
    "price": msgid("Price"),
    "rate": msgid("Rate (basis points; of a currency: millionths)"),
    "promotion": msgid("Promotion"),
    "published": msgid("Turn of its publication"),
    "role": msgid("Role"),
    "rows": msgid("Lines"),
    "quantity": msgid("Quantity (thousandths)"),
    "rule": msgid("Rule of the promotion"),
    "second_digits": msgid("Digits of the second value"),
    "sealed": msgid("Personal data, sealed"),
    "starts": msgid("Holds from"),
    "stocked": msgid("Has a stock"),
    "supplier": msgid("Supplier"),
    "tax_code": msgid("Tax code"),
    "tax_policy": msgid("Tax policy"),
    "tier": msgid("Tier"),
    "till_by": msgid("A till belongs to"),
    "title": msgid("Title"),
    "tolerance": msgid("Tolerance of a till"),
    "unit": msgid("Unit"),
    "value": msgid("First value"),
    "value_digits": msgid("Digits of the first value"),
    "withdrawn": msgid("Withdrawn"),
    "weight_decimals": msgid("Decimals of the weight"),
    "zone": msgid("Time zone"),
}
_STATES: Mapping[str, tuple[str, str]] = {
    "accepted": ("good", msgid("Accepted")),
    "dismissed": ("quiet", msgid("Dismissed")),
    "settled": ("info", msgid("Settled by itself")),
}


def label(page: Page, bundle: str) -> str:
    """What a bundle is about."""
    kind, _, key = bundle.partition(":")
    if kind == "subscription":
        key = audience_label(page, key)
    text = _KINDS.get(kind)
    return bundle if text is None else page.gettext(text, key=key)


def field(page: Page, name: str) -> str:
    """What a field of a record is called; one of a newer release by its own name."""
    return page.gettext(_FIELDS[name]) if name in _FIELDS else name


def state(page: Page, name: str) -> tuple[str, str]:
    """Colour and word of a decision."""
    colour, text = _STATES[name]
    return colour, page.gettext(text)


def effect(page: Page, one: Bundle, lost: Sequence[Lost]) -> str:
    """What accepting a bundle does, in a sentence."""
    audience = audience_label(page, one.feed)
    return page.gettext(_effect(one, lost), audience=audience, role=_role(page, lost))


def _effect(one: Bundle, lost: Sequence[Lost]) -> str:
    gone = bool(lost) and all(each.deleted for each in lost)
    match one.kind:
        case "document":
            headers = [each for each in lost if each.kind == "price_change" and not each.deleted]
            if gone:
                return _ROWS_GONE
            withdrawn = any(fields_of(each.body).get("withdrawn") for each in headers)
            return _WITHDRAWS if withdrawn else _IN_FORCE
        case "promotion":
            ends = any(each.deleted or fields_of(each.body).get("withdrawn") for each in lost)
            return _OFFERS_NOT if ends else _OFFERS
        case "operator":
            return _WORKS_NOT if gone else _WORKS
        case "subscription":
            return _LEAVES if gone else _JOINS
    return {"branch": _BRANCH, "goods": _GOODS, "pickup": _PICKUP}.get(one.kind, _PUBLISHES)


def _role(page: Page, lost: Sequence[Lost]) -> str:
    roles = [fields_of(each.body).get("role") for each in lost if each.kind == "operator"]
    return page.gettext(_ROLES.get(str(roles[-1]), "")) if roles else ""
