"""The ticket (小票): one committed transaction of a lane, as it travels and as it rests.

A ticket is a frozen value. It is written once, at the lane, in the transaction that commits the
sale, and read by branch and headquarters, who never change it: a correction is another entry.

    amount of a line  = round(price × quantity) − its discounts ± its override   (what is charged)
    total             = sum of the amounts of the lines that were not voided     (rule 2)
    due               = total + rounding                                          (rule 5)
    paid              = sum of the tenders; change = paid − due, in cash only     (rule 5)

All amounts are integers in the currency's minor unit, all quantities integers in thousandths
(rule 1). Instants are aware and in UTC; the business date is the one the branch opened (rule 20).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from schemas.domain.exchange import local_value
from schemas.domain.quantity import extend

DiscountKind = Literal["member_price", "override", "promotion", "basket", "label"]
TenderKind = Literal[
    "cash", "card", "coupon", "qr", "voucher", "foreign", "points", "stored_value"
]  # fmt: skip
#: What lies in the drawer as notes and coins. Only these may exceed what is due; change is local cash.
CASH_KINDS: frozenset[TenderKind] = frozenset({"cash", "foreign"})
#: How many decimals a currency may have.
_DECIMALS = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Discount:
    """A reason why a line costs something else than its list price (rule 16).

    `amount` is what it takes off the line; an override upwards is negative. An override names the
    operator whose authority allowed it, which may be the cashier's own. What a label bears in place
    of price × quantity (rule 9) is of the kind `label`: its reason is `printed`, `stale` for an amount
    that was kept although the price is another by now, or `repriced` and nought where it was not;
    its rule is the layout's code.
    """

    kind: DiscountKind
    amount: int
    reason: str
    rule: str | None = None
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """The sale that goods came back from: `ticket` is its uuid and `line` the number of the sold line,
    None where only the receipt number was keyed because nobody could look it up.
    """

    branch: str
    receipt: str
    ticket: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """What makes a line a return (rule 22). `checked` says that the whole chain was asked what was
    returned before; where it was not, or without a receipt, somebody allowed it for a reason.
    """

    reason: str = ""
    authority: str = ""
    checked: bool = False
    original: Original | None = None


@dataclass(frozen=True, slots=True)
class SaleLine:
    """A sold line, or one that was voided before the total (`voided`) and counts for nothing. A return
    line has `returned`, and its quantity, amount, tax and discounts are below nought.

    `list_price` is the price of one unit without membership; `price_document` the document that set
    it, so that headquarters can tell what was still sold at an old price (a member price names its
    own in its discount's `rule`). `factor` is thousandths of the base unit in one unit.
    """

    number: int
    item: str
    name: str
    unit: str
    quantity: int
    list_price: int
    amount: int
    factor: int = 1000
    barcode: str | None = None
    category: str | None = None
    discounts: tuple[Discount, ...] = ()
    tax_code: str = ""
    tax_rate: int = 0
    tax: int = 0
    price_document: str | None = None
    unknown_item: bool = False
    voided: bool = False
    returned: Returned | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a payment terminal said when it approved, by its UnifiedPOS names.

    `account_number` is masked by the terminal; `slip_number` is that of its own receipt.
    """

    approval_code: str = ""
    account_number: str = ""
    card_company: str = ""
    slip_number: str = ""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What was handed over in another currency, as it was taken (rule 6).

    `amount` is in minor units of `currency`, `rate` millionths of a local unit for one of its units;
    the decimals are those of both currencies, so that every site can work the local value out again.
    """

    currency: str
    amount: int
    rate: int
    decimals: int = 2
    local_decimals: int = 2


@dataclass(frozen=True, slots=True)
class OriginalTender:
    """The payment that a refund gives back (rule 22): tender `number` of a ticket, named by its uuid.

    Where it is given back otherwise than it was paid, somebody allowed that for a reason.
    """

    ticket: str
    number: int
    reason: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class TenderLine:
    """One payment as it was taken, in the local currency; `reference` is a coupon's, a voucher's or a
    slip's number, or the one under which the lane asked a payment terminal, of which `authorization` is
    the answer. A refund is below nought.

    A voucher pays `amount` of its `face_value`; change is not given for the rest, which is forfeited.

    `points` is what a tender of points cost the ticket's member, below nought in a refund; `grant` the
    grant out of which points or stored value were redeemed while nobody could be asked (rule 18).
    """

    kind: TenderKind
    amount: int
    reference: str | None = None
    authorization: Authorization | None = None
    foreign: Foreign | None = None
    face_value: int | None = None
    original_tender: OriginalTender | None = None
    points: int | None = None
    grant: str | None = None

    @property
    def forfeited(self) -> int:
        """What a voucher was worth beyond what was due."""
        return 0 if self.face_value is None else self.face_value - self.amount


@dataclass(frozen=True, slots=True)
class PointsEarned:
    """What a ticket's member was told that it earns by one rule (rule 17): for the lines with these
    numbers. Below nought where a promotion gives fewer points than usual.
    """

    rule: str
    points: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CouponUsed:
    """A coupon whose promotion took something off a ticket: its number and kind, and the grant out of which
    it was redeemed if nobody could be asked; `title` is the promotion's. One that may be used any number of
    times is not named.
    """

    number: str
    kind: str
    grant: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """What the lane counted in its own commits, this ticket included (rule 23).

    Branch and headquarters recompute these from the tickets they hold: agreement proves that none
    is missing, doubled or changed. `tickets` and `gross` start at nought with every business date,
    `grand_total` never does.
    """

    tickets: int
    gross: int
    grand_total: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """One committed sale, or return, or both. Its identity is `uuid`; `counter` makes its receipt number (rule 21).

    `provisional` says that the lane opened the business date by itself while its branch was away.
    """

    uuid: str
    branch: str
    lane: str
    counter: int
    shift: str
    business_date: date
    zone: str
    started: datetime
    committed: datetime
    operator: str
    lines: tuple[SaleLine, ...]
    tenders: tuple[TenderLine, ...]
    total: int
    rounding: int
    change: int
    control: Control
    member: str | None = None
    tax_policy: Literal["line", "receipt"] = "line"
    provisional: bool = False
    points: tuple[PointsEarned, ...] = ()
    coupons: tuple[CouponUsed, ...] = ()

    @property
    def receipt(self) -> str:
        """The receipt number that is printed: lane (which names its branch) and counter."""
        return f"{self.lane}-{self.counter:06d}"

    def sold(self) -> Iterator[SaleLine]:
        """The lines that count."""
        return (line for line in self.lines if not line.voided)


def discrepancies(ticket: Ticket) -> list[str]:
    """What does not add up in a ticket, in words; nothing is refused for it (rule 24)."""
    found: list[str] = []
    lines = sum(line.amount for line in ticket.sold())
    if lines != ticket.total:
        found.append(f"lines sum to {lines}, the total is {ticket.total}")
    paid = sum(tender.amount for tender in ticket.tenders)
    due = ticket.total + ticket.rounding
    if paid - ticket.change != due:
        found.append(f"tenders less change are {paid - ticket.change}, due are {due}")
    cash = sum(tender.amount for tender in ticket.tenders if tender.kind in CASH_KINDS)
    if ticket.change < 0:
        found.append(f"change {ticket.change} is below nought")
    if ticket.change > 0 and ticket.change > cash:
        found.append(f"change {ticket.change} exceeds the cash taken, {cash}")
    for number, tender in enumerate(ticket.tenders, 1):
        if tender.kind == "foreign" or tender.foreign or tender.face_value is not None:
            found.extend(f"tender {number} {words}" for words in _tender_discrepancies(tender))
    if len({line.number for line in ticket.lines}) != len(ticket.lines):
        found.append("two lines bear the same number")
    for line in ticket.lines:
        # Nearly every line is in order, and every ticket is looked at on each site of its way.
        if not _adds_up(line):
            found.extend(_line_discrepancies(line))
    return found


def _tender_discrepancies(tender: TenderLine) -> Iterator[str]:
    """Yield where what a tender says beside its amount does not fit it."""
    foreign, face = tender.foreign, tender.face_value
    if (tender.kind == "foreign") != (foreign is not None):
        yield f"is {tender.kind}, and says {foreign} of another currency"
    elif foreign is not None and not _is_worth(foreign, tender.amount):
        yield f"is {tender.amount}, which {foreign} is not worth"
    if face is not None and not 0 <= tender.amount <= face:
        yield f"pays {tender.amount} by a voucher of {face}"


def _is_worth(foreign: Foreign, amount: int) -> bool:
    if not {foreign.decimals, foreign.local_decimals} <= _DECIMALS:
        return False
    worth = local_value(foreign.amount, foreign.rate, foreign.decimals, foreign.local_decimals)
    return worth == amount


def _adds_up(line: SaleLine) -> bool:
    """Whether a sold line bears a tax within its amount and costs what explains it (rule 16)."""
    taken_off = sum([one.amount for one in line.discounts]) if line.discounts else 0
    return (
        0 <= line.tax <= line.amount
        and line.quantity >= 0
        and extend(line.list_price, line.quantity) - taken_off == line.amount
    )


def _line_discrepancies(line: SaleLine) -> Iterator[str]:
    """Yield where a line's tax, signs or explanation (rule 16) do not fit its amount."""
    if abs(line.tax) > abs(line.amount) or line.tax * line.amount < 0:
        yield f"line {line.number} bears tax {line.tax} on an amount of {line.amount}"
    if line.amount * line.quantity < 0:
        yield f"line {line.number} costs {line.amount} for a quantity of {line.quantity}"
    explained = extend(line.list_price, line.quantity) - sum(d.amount for d in line.discounts)
    if explained != line.amount:
        yield f"line {line.number} costs {line.amount}, price less discounts are {explained}"
