"""In-store labels of weighed goods, read by layouts that are data (rules 7 to 9).

    length   form                  bears
    13       FFWWWWWEEEEEC         an amount
    13       FFWWWWWNNNNNC         a weight
    18       FFWWWWWEEEEENNNNNC    an amount, then a weight
    18       FFWWWWWNNNNNEEEEEC    a weight, then an amount

F is the prefix, W the item, E the amount, N the weight, C the check digit. The same digits fit both
kinds of 13, so the prefix's layout decides and nothing is guessed: two layouts that could read one
code contradict each other, and are refused where they are entered. Prefixes are 02 and 20 to 29,
which GS1 leaves to shops, and those that the chain declares its own.

The check digit has weights 3 and 1 in turn. Over 17 digits it is in use in two ways: from the right
the last digit weighs 3; from the left the first weighs 1, as on an EAN-13, hence the last 1 too.
Over 12 digits both are the same.

    label             charged                     goes out of stock
    weight            weight × price              the weight
    amount            the amount                  amount / price, never multiplied back
    amount, weight    the amount                  the weight
      stale           the amount, or at the       the weight
                      cashier's wish re-priced

A label is stale whose amount differs from weight × price by more than one step of the amount's last
printed digit: within that a scale may have rounded otherwise than we do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from schemas.domain.barcode import check_digit
from schemas.domain.money import divide
from schemas.domain.quantity import extend

LabelValue = Literal["amount", "weight"]
CheckFrom = Literal["right", "left"]
LayoutFault = Literal["prefix", "in_store", "digits", "length", "decimals"]
LabelFault = Literal["label_check_digit", "label_value"]

SHORT, LONG = 13, 18
_UPC_A, _GTIN_14 = 12, 14
_WEIGHT_DECIMALS = 3
_MOST_DECIMALS = 4


class LabelError(ValueError):
    """A label that its layout cannot read: `fault` for the screen, the message for the log."""

    def __init__(self, message: str, fault: LabelFault) -> None:
        """Keep the fault beside the words."""
        super().__init__(message)
        self.fault: LabelFault = fault


@dataclass(frozen=True, slots=True)
class LabelLayout:
    """How labels with a prefix are read: `value` comes first, the other one in `second_digits`.

    Decimals are those that the label's digits have of a major unit of money and of the item's unit.
    A prefix outside 02 and 20 to 29 is in-store only if `declared`.
    """

    layout: str
    prefix: str
    item_digits: int
    value: LabelValue
    value_digits: int
    second_digits: int = 0
    amount_decimals: int = 2
    weight_decimals: int = 3
    check_from: CheckFrom = "right"
    declared: bool = False

    @property
    def length(self) -> int:
        """How many digits such a label has, its check digit included."""
        return len(self.prefix) + self.item_digits + self.value_digits + self.second_digits + 1


@dataclass(frozen=True, slots=True)
class Label:
    """What a label bears: an item number, and an amount (minor units), a weight (thousandths), both.

    `step` is the amount of one in the amount's last printed digit, `layout` the code of what read it.
    """

    layout: str
    item: str
    amount: int | None = None
    weight: int | None = None
    step: int = 1


@dataclass(frozen=True, slots=True)
class Printed:
    """The amount a label bears; `stale` if price × weight is another, `repriced` if that is taken."""

    amount: int
    layout: str
    stale: bool = False
    repriced: bool = False


def fault_of(layout: LabelLayout) -> LayoutFault | None:
    """What is wrong with a layout in itself, None if it can be read by."""
    prefix = layout.prefix
    if not (prefix.isascii() and prefix.isdigit() and len(prefix) > 1):
        return "prefix"
    if not (layout.declared or prefix.startswith(("02", "2"))):
        return "in_store"
    if layout.item_digits < 1 or layout.value_digits < 1 or layout.second_digits < 0:
        return "digits"
    if layout.length != (LONG if layout.second_digits else SHORT):
        return "length"
    decimals = (layout.amount_decimals, layout.weight_decimals)
    if min(decimals) < 0 or decimals[0] > _MOST_DECIMALS or decimals[1] > _WEIGHT_DECIMALS:
        return "decimals"
    return None


def contradict(one: LabelLayout, other: LabelLayout) -> bool:
    """Whether some code could be read by both."""
    nested = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    return nested and one.length == other.length


def may_be_label(code: str) -> bool:
    """Whether a code has the form of a label, so that layouts are worth asking."""
    return len(_written_out(code)) in {SHORT, LONG} and code.isascii() and code.isdigit()


def read_label(code: str, layouts: Collection[LabelLayout], decimals: int = 2) -> Label | None:
    """Read a code by the layout of its prefix; None if no layout has it, or several do.

    `decimals` are the currency's. Raises LabelError where the check digit or a value is wrong.
    """
    if not may_be_label(code):
        return None
    digits = _written_out(code)
    fitting = [one for one in layouts if _fits(digits, one)]
    if len(fitting) != 1:
        # None, or layouts of a feed and of a nearer one that contradict: which is not to be guessed.
        return None
    layout = fitting[0]
    if label_check_digit(digits[:-1], layout.check_from) != int(digits[-1]):
        message = f"label {code} has a wrong check digit (layout {layout.layout}): scan it again"
        raise LabelError(message, "label_check_digit")
    return _values(digits, layout, decimals)


def label_check_digit(digits: str, check_from: CheckFrom) -> int:
    """Return the check digit that follows `digits`; see the top of this module."""
    if check_from == "right" or len(digits) % 2 == 0:
        return check_digit(digits)
    # From the left the last of an odd number of digits weighs 1: a nought behind it has the 3.
    return check_digit(digits + "0")


def sold(label: Label, price: int) -> tuple[int | None, Printed | None]:
    """Return how many thousandths a label sells at a price above nought, and the amount it bears.

    No quantity is one that the label does not say: as many as were keyed.
    """
    if label.amount is None:
        return label.weight, None
    if label.weight is None:
        # A thousandth at least: something was sold, if of a price that it is hardly a part of.
        return max(1, divide(label.amount * 1000, price)), Printed(label.amount, label.layout)
    stale = abs(extend(price, label.weight) - label.amount) > label.step
    return label.weight, Printed(label.amount, label.layout, stale)


def _written_out(code: str) -> str:
    """Give a scanned UPC-A or GTIN-14 the 13 digits that the label has."""
    if len(code) == _UPC_A:
        return f"0{code}"
    if len(code) == _GTIN_14 and code.startswith("0"):
        return code[1:]
    return code


def _fits(digits: str, layout: LabelLayout) -> bool:
    """Whether a sound layout has this length and prefix: what a feed brings may be anything."""
    return (
        len(digits) == layout.length
        and digits.startswith(layout.prefix)
        and fault_of(layout) is None
    )


def _values(digits: str, layout: LabelLayout, decimals: int) -> Label:
    item_ends = len(layout.prefix) + layout.item_digits
    first_ends = item_ends + layout.value_digits
    item, first = digits[len(layout.prefix) : item_ends], digits[item_ends:first_ends]
    second = digits[first_ends:-1]
    amount, weight = (first, second) if layout.value == "amount" else (second, first)
    read = Label(
        layout.layout,
        item,
        amount=scaled(amount, layout.amount_decimals, decimals) if amount else None,
        weight=scaled(weight, layout.weight_decimals, _WEIGHT_DECIMALS) if weight else None,
        step=10 ** max(0, decimals - layout.amount_decimals),
    )
    if read.amount == 0 or read.weight == 0:
        message = f"label {digits} bears nought (layout {layout.layout}): weigh it again"
        raise LabelError(message, "label_value")
    return read


def scaled(digits: str, decimals: int, wanted: int) -> int:
    """Return a number with so many decimals in units of 10 to the power of minus `wanted`.

    Raises LabelError for what would have to be rounded: what is charged is what is printed.
    """
    if decimals <= wanted:
        return int(digits) * int(10 ** (wanted - decimals))
    whole, rest = divmod(int(digits), int(10 ** (decimals - wanted)))
    if rest:
        message = f"{digits} with {decimals} decimals has more of them than the {wanted} in use"
        raise LabelError(message, "label_value")
    return whole
