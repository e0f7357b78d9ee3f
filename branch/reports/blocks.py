"""The tables that more than one report has, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from branch.reports.figures import Exceptions, Part
from branch.tills import Till
from branch.voice import Voice
from replication.console.formats import MISSING, number
from replication.console.languages import msgid
from replication.console.pdf import Block, PdfFacts, PdfHeading, PdfTable
from schemas.domain.denomination import Pieces
from schemas.domain.till import Movement, foreign_differences, local_difference

KIND_NAMES: Mapping[str, str] = {
    "cash": msgid("Cash"),
    "card": msgid("Card"),
    "coupon": msgid("Coupons"),
    "qr": msgid("QR payments"),
    "voucher": msgid("Vouchers"),
    "foreign": msgid("Foreign currency"),
}

MOVEMENT_NAMES: Mapping[Movement, str] = {
    "loan": msgid("Loan from the safe"),
    "pickup": msgid("Pickup to the safe"),
    "paid_in": msgid("Paid in"),
    "paid_out": msgid("Paid out"),
    "no_sale": msgid("Opened without a sale"),
}


def kind_name(voice: Voice, kind: str) -> str:
    """A tender kind in words; a currency, or one that this version does not know, keeps its name."""
    known = KIND_NAMES.get(kind)
    return kind if known is None else voice.text(known)


def over_short(voice: Voice, amount: int | None, key: str = "cash") -> str:
    """A difference with its sign in words, of a kind of tender or of a foreign currency."""
    if amount is None:
        return MISSING
    if amount == 0:
        return voice.text(msgid("exact"))
    text = msgid("over %(amount)s") if amount > 0 else msgid("short %(amount)s")
    return voice.text(text, amount=voice.counted(key, abs(amount)))


def differences(voice: Voice, by_key: Mapping[str, int]) -> str:
    """What a till is over or short: local money, and each currency that is."""
    foreign = foreign_differences(by_key)
    local = local_difference(by_key)
    words = [over_short(voice, local)] if local or not foreign else []
    return " · ".join([*words, *(over_short(voice, foreign[key], key) for key in foreign)])


def settlement(voice: Voice, till: Till) -> Block:
    """Counted against expected, per tender; only of a till that was counted."""
    last = till.counts[-1]
    expected, found = till.expected or {}, till.over_short or {}
    rows = [
        [
            kind_name(voice, kind),
            voice.counted(kind, expected.get(kind, 0)),
            voice.counted(kind, last.counted.get(kind, 0)),
            over_short(voice, found.get(kind, 0), kind),
        ]
        for kind in till.keys
    ]
    header = (msgid("Tender"), msgid("Expected"), msgid("Counted"), msgid("Over or short"))
    return PdfTable([voice.text(one) for one in header], rows, frozenset({1, 2, 3}))


def pieces(voice: Voice, counted: Sequence[Pieces]) -> Sequence[Block]:
    """What was counted by denomination, if anything was."""
    if not counted:
        return []
    header = (msgid("Tender"), msgid("Denomination"), msgid("Pieces"), msgid("Amount"))
    rows = [
        [
            kind_name(voice, one.key), voice.counted(one.key, one.face), number(one.pieces),
            voice.counted(one.key, one.face * one.pieces),
        ]
        for one in counted
    ]  # fmt: skip
    return [
        PdfHeading(voice.text(msgid("By denomination"))),
        PdfTable([voice.text(one) for one in header], rows, frozenset({1, 2, 3})),
    ]


def moves(voice: Voice, till: Till) -> Sequence[Block]:
    """What went through the drawer without a sale, if anything did."""
    if not till.moves:
        return []
    header = (msgid("At"), msgid("What"), msgid("Amount"), msgid("By"), msgid("Authorised by"),
              msgid("Reason"))  # fmt: skip
    rows = [
        [
            voice.instant(one.at), voice.text(MOVEMENT_NAMES[one.movement]),
            voice.amount(one.amount), voice.person(one.operator), voice.person(one.authority),
            one.reason,
        ]
        for one in till.moves
    ]  # fmt: skip
    return [
        PdfHeading(voice.text(msgid("Through the drawer without a sale"))),
        PdfTable([voice.text(one) for one in header], rows, frozenset({2})),
    ]


def parts(voice: Voice, label: str, rows: Iterable[tuple[str, Part]]) -> Block:
    """A breakdown of sales, with its total."""
    held = list(rows)
    cells = [[name, number(part.tickets), voice.amount(part.amount)] for name, part in held]
    total = [
        voice.text(msgid("Total")),
        number(sum(part.tickets for _, part in held)),
        voice.amount(sum(part.amount for _, part in held)),
    ]
    header = [label, voice.text(msgid("Receipts")), voice.text(msgid("Sales"))]
    return PdfTable(header, [*cells, total], frozenset({1, 2}), totals=1)


def exceptions(voice: Voice, found: Exceptions) -> Sequence[Block]:
    """Acts against the grain, under their heading."""
    rows = [
        (msgid("Price overrides"), found.overrides, found.overridden),
        (msgid("Basket discounts"), found.baskets, found.off_baskets),
        (msgid("Voided lines"), found.voided, found.voided_amount),
        (msgid("Cancelled baskets"), found.cancelled, found.cancelled_amount),
        (msgid("Lines of unknown items"), found.unknown_items, None),
        (msgid("Receipts that do not add up"), found.flagged, None),
    ]
    cells = [
        [voice.text(text), number(count), voice.amount(amount)] for text, count, amount in rows
    ]
    header = [voice.text(one) for one in (msgid("What"), msgid("Times"), msgid("Amount"))]
    return [
        PdfHeading(voice.text(msgid("Exceptions"))),
        PdfTable(header, cells, frozenset({1, 2})),
    ]


def signatures(voice: Voice, *who: str) -> Block:
    """Lines to sign on."""
    return PdfFacts([(voice.text(one), "_" * 24) for one in who])
