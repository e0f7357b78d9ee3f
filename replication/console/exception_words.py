"""Exceptions of tills in the reader's words: kinds, what they were about, why, and what came of it.

A code that this release has no words for, as one of a newer lane's, is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from replication.console.languages import msgid
from replication.console.words import Words
from schemas.tables.exception_lookup import ExceptionRow

KINDS: Mapping[str, str] = {
    "override": msgid("Override"),
    "discount": msgid("Basket discount"),
    "void_line": msgid("Voided line"),
    "stale_label": msgid("Old label"),
    "unknown_item": msgid("Unknown item"),
    "unchecked_return": msgid("Unchecked return"),
    "cancelled": msgid("Cancelled basket"),
    "no_sale": msgid("Drawer without a sale"),
    "paid_out": msgid("Paid out"),
    "refused": msgid("Refused"),
    "sign_in": msgid("Refused sign-in"),
    "payment": msgid("Unpaid payment"),
    "device": msgid("Device"),
    "copy": msgid("Receipt copied"),
    "attended": msgid("Self-checkout attended"),
    "offline_redemption": msgid("Offline redemption"),
    "post_void": msgid("Post-void"),
    "tender_exchange": msgid("Tender exchange"),
}
_SUBJECTS: Mapping[str, Mapping[str, str]] = {
    "refused": {
        "override": msgid("an override"),
        "discount": msgid("a basket discount"),
        "move_cash": msgid("opening the drawer"),
        "give_back": msgid("a return with receipt"),
        "take_back": msgid("a return without receipt"),
        "settle_payment": msgid("settling a payment"),
        "scan": msgid("a scan"),
        "attend": msgid("attending a self-checkout"),
    },
    "sign_in": {"sign_in": msgid("the till"), "open": msgid("a self-checkout")},
    "offline_redemption": {
        "points": msgid("Points"),
        "stored_value": msgid("Stored value"),
    },
    "payment": {"card": msgid("Card"), "qr": msgid("QR payment")},
    "device": {
        "printer": msgid("Printer"),
        "scale": msgid("Scale"),
        "line_display": msgid("Customer display"),
        "payment_terminal": msgid("Payment terminal"),
        "scanner": msgid("Scanner"),
        "disk": msgid("Disk"),
    },
    "attended": {
        "age": msgid("an age to be seen"),
        "label": msgid("a label of an older price"),
        "terminal": msgid("a silent payment terminal"),
        "code": msgid("something that could not be entered"),
        "scale": msgid("the scale"),
        "return": msgid("goods to take back"),
        "remove": msgid("something to take off"),
        "cancel": msgid("a basket to cancel"),
        "help": msgid("a call for help"),
        "none": msgid("nobody called"),
    },
}
_STALE = {"stale": msgid("printed amount kept"), "repriced": msgid("re-priced")}
_CAUSES: Mapping[str, str] = {
    "pin": msgid("wrong PIN or operator"),
    "pin_pause": msgid("too many wrong PINs"),
    "no_right": msgid("no right to do this"),
    "other_shift": msgid("another operator's shift is open"),
    "expired": msgid("the item has expired"),
    "over_return": msgid("more than was left to return"),
    "returned_all": msgid("all was returned before"),
    "declined": msgid("declined"),
    "timed_out": msgid("the customer did not pay in time"),
    "cancelled": msgid("cancelled at the terminal"),
    "voided": msgid("voided at the terminal"),
    "given_up": msgid("the basket did not want it any more"),
    "missing": msgid("the terminal does not know it"),
    "unknown": msgid("the terminal's answer was lost"),
    "voiding": msgid("giving it back was not confirmed"),
    "approved": msgid("approved, its basket is gone"),
    "no_answer": msgid("does not answer"),
    "garbled": msgid("cannot be understood"),
    "unplugged": msgid("cannot be reached"),
    "trouble": msgid("does not print"),
    "not_saved": msgid("nothing could be saved"),
    "reprint": msgid("the last receipt"),
    "looked_up": msgid("a receipt that was looked up"),
}
_RESULTS: Mapping[str, str] = {
    "refused": msgid("refused"),
    "not_paid": msgid("not paid"),
    "given_back": msgid("given back"),
    "settled": msgid("settled by hand"),
    "began": msgid("began"),
    "ended": msgid("works again"),
    "printed": msgid("printed"),
    "attended": msgid("attended"),
}
#: Kinds whose cause is what somebody wrote.
_WRITTEN = frozenset({"override", "discount", "unchecked_return", "no_sale", "paid_out"})


def kind(spoken: Words, code: str) -> str:
    """A kind of exception."""
    return spoken.gettext(KINDS.get(code, "")) or code


def subject(spoken: Words, row: ExceptionRow) -> str:
    """What it was about."""
    return spoken.gettext(_SUBJECTS.get(row.kind, {}).get(row.subject, "")) or row.subject


def cause(spoken: Words, row: ExceptionRow) -> str:
    """Why, in the words of who did it where there are some."""
    if row.kind in _WRITTEN:
        return row.cause
    known = _STALE if row.kind == "stale_label" else _CAUSES
    return spoken.gettext(known.get(row.cause, "")) or row.cause


def result(spoken: Words, row: ExceptionRow) -> str:
    """What came of it; a ticket tells it by itself."""
    return spoken.gettext(_RESULTS.get(row.result, "")) or row.result


def brief(say: Callable[[str], str], code: str, about: str, why: str) -> str:
    """Kind and cause in a few words; `say` gives a text in the reader's language."""
    named = KINDS.get(code)
    words = say(named) if named else code
    known = _CAUSES.get(why)
    if code == "device":
        device = _SUBJECTS["device"].get(about)
        words = say(device) if device else about
    cause_words = say(known) if known and code not in _WRITTEN else why
    return f"{words}: {cause_words}" if cause_words else words
