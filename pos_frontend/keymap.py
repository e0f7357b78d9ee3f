"""Which key does what at the till: every function by its name, with the key it is shipped with.

    [keys]
    void_line = "F4"              a function, and the key that does it at this lane
    override = "F3"
    pay = ["F10", "+"]            or several; every one is printed on the button

    a key                                      is
    F1 … F12, Shift+F1 … Shift+F12,            free to be given to a function
    Home, End, PageUp, PageDown, Insert,
    Delete, + and / of the number pad
    Enter, Esc, Backspace, ↑, ↓, characters    reserved: what is keyed and scanned is made of them
    given to two functions                     refused, unless these are never possible at once

The page, its dialogs and its help print what stands here, and nothing else names a key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

#: Where a function is offered; `any` is everywhere, dialogs included.
Mode = Literal[
    "opening", "sell", "pay", "waiting", "open", "lookup", "returning", "aside", "devices", "any"
]

_FREE = (
    *(f"F{number}" for number in range(1, 13)),
    *(f"Shift+F{number}" for number in range(1, 13)),
    "Home", "End", "PageUp", "PageDown", "Insert", "Delete", "+", "/",
)  # fmt: skip
_CHOICE = (
    "F1 to F12, Shift+F1 to Shift+F12, Home, End, PageUp, PageDown, Insert, Delete, "
    "or + or / of the number pad"
)
_RESERVED = "it is reserved, for what is keyed and scanned is made of such keys"
#: One is for what the other is not for: a basket and none, a line with a label, money to give back.
_NEVER_AT_ONCE = (
    frozenset({"cancel", "open_payments"}),
    frozenset({"drawer", "reprice_label"}),
    frozenset({"suspend", "suspended"}),
    frozenset({"training", "end_training"}),
    frozenset({"coupon", "refund_in_cash"}),
)


def _checked(value: object) -> tuple[str, ...]:
    keys = (value,) if isinstance(value, str) else value
    if not isinstance(keys, list | tuple) or not keys:
        raise ValueError('expected a key, such as "F5", or a list of keys')
    for key in keys:
        if key not in _FREE:
            reserved = isinstance(key, str) and (len(key) == 1 or key in _KEYS_OF_INPUT)
            why = _RESERVED if reserved else "there is no such key"
            raise ValueError(f"{key}: {why}; take {_CHOICE}")
    return tuple(keys)


_KEYS_OF_INPUT = {"Enter", "Esc", "Escape", "Backspace", "Tab", "Space", "Up", "Down"}


@dataclass(frozen=True, slots=True)
class In:
    """The modes in which a function is offered."""

    modes: tuple[Mode, ...]


Keys = Annotated[tuple[str, ...], BeforeValidator(_checked)]
Selling = Annotated[Keys, In(("sell",))]
Paying = Annotated[Keys, In(("pay",))]
Waiting = Annotated[Keys, In(("waiting",))]
Open = Annotated[Keys, In(("open",))]
Devices = Annotated[Keys, In(("devices",))]
Anywhere = Annotated[Keys, In(("any",))]


class KeySettings(BaseModel):
    """The keys of one lane."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    member: Selling = ("F1",)
    unknown_item: Selling = ("F2",)
    void_line: Selling = ("F3",)
    override: Selling = ("F4",)
    discount: Selling = ("Shift+F4",)
    sign_out: Annotated[Keys, In(("sell", "opening"))] = ("F5",)
    cancel: Annotated[Keys, In(("sell", "pay"))] = ("F6",)
    open_payments: Selling = ("F6",)
    reprint: Selling = ("F7",)
    end_shift: Selling = ("F9",)
    x_report: Selling = ("Shift+F9",)
    pay: Selling = ("F10", "+")
    lookup: Selling = ("F11", "/")
    drawer: Selling = ("F12",)
    reprice_label: Selling = ("F12",)
    return_: Annotated[Keys, In(("sell", "lookup", "returning"))] = Field(
        default=("End",), alias="return"
    )
    devices: Selling = ("Home",)
    price_check: Annotated[Keys, In(("sell", "pay"))] = ("PageDown",)
    take_coupon_off: Annotated[Keys, In(("sell", "pay"))] = ("Shift+F7",)
    take_gifts: Annotated[Keys, In(("sell", "pay"))] = ("Shift+F3",)
    suspend: Selling = ("Insert",)
    suspended: Annotated[Keys, In(("sell", "aside"))] = ("Insert",)
    training: Selling = ("PageUp",)
    cash: Paying = ("F1",)
    card: Paying = ("F2",)
    coupon: Paying = ("F3",)
    qr: Paying = ("F4",)
    voucher: Paying = ("F5",)
    foreign: Paying = ("F7",)
    points: Paying = ("F11",)
    stored_value: Paying = ("F12",)
    refund_in_cash: Paying = ("F3",)
    ask_payment: Waiting = ("F1",)
    settle_payment: Waiting = ("F4",)
    void_payment: Open = ("F1",)
    settle_open: Open = ("F4",)
    print_found: Annotated[Keys, In(("lookup",))] = ("F7",)
    test_printer: Devices = ("F1",)
    test_line_display: Devices = ("F2",)
    test_scale: Devices = ("F3",)
    test_payment_terminal: Devices = ("F4",)
    print_doubtful: Devices = ("F5",)
    drop_doubtful: Devices = ("F6",)
    end_training: Annotated[Keys, In(("sell", "any"))] = ("PageUp",)
    acknowledge: Anywhere = ("Shift+F2",)
    language: Anywhere = ("F8",)
    help: Anywhere = ("Shift+F1",)

    @model_validator(mode="after")
    def _each_key_once(self) -> Self:
        for one, other in combinations(self.functions(), 2):
            shared = set(one.keys) & set(other.keys)
            if not shared or not _meet(one, other):
                continue
            key = min(shared)
            given = [f for f in (one, other) if f.field in self.model_fields_set] or [other]
            raise ValueError(
                f'keys.{given[0].name} = "{key}": {one.name} and {other.name} would share that key; '
                f"give one of them another, such as {self._unused()}"
            )
        return self

    def functions(self) -> Iterator[Function]:
        """Every function with its keys and modes."""
        for field, info in type(self).model_fields.items():
            (where,) = (one for one in info.metadata if isinstance(one, In))
            yield Function(field, info.alias or field, getattr(self, field), where.modes)

    def picture(self) -> dict[str, Any]:
        """The map as the page takes it."""
        return {one.name: {"keys": one.keys, "modes": one.modes} for one in self.functions()}

    def _unused(self) -> str:
        used = {key for one in self.functions() for key in one.keys}
        return next(key for key in _FREE if key not in used)


@dataclass(frozen=True, slots=True)
class Function:
    """One function; `name` is how settings, pages and words call it."""

    field: str
    name: str
    keys: tuple[str, ...]
    modes: tuple[Mode, ...]


def _meet(one: Function, other: Function) -> bool:
    """Whether two functions may be possible at the same time."""
    if {one.name, other.name} in _NEVER_AT_ONCE:
        return False
    together = "any" in one.modes or "any" in other.modes
    return together or not set(one.modes).isdisjoint(other.modes)
