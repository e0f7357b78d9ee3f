"""Goods in the reader's words, at branch and headquarters alike: kinds of documents, and why goods moved."""

from __future__ import annotations

from collections.abc import Mapping

from replication.console.languages import msgid
from replication.console.words import Words
from schemas.domain.stock.document import DocumentKind
from schemas.domain.stock.move import StockReason

DOCUMENTS: Mapping[DocumentKind, str] = {
    "receipt": msgid("Goods receipt"),
    "transfer_out": msgid("Transfer out"),
    "transfer_in": msgid("Transfer in"),
    "return_to_vendor": msgid("Return to vendor"),
    "write_off": msgid("Write-off"),
    "stocktake": msgid("Stocktake"),
}
MOVES: Mapping[StockReason, str] = {
    "sale": msgid("Sale"),
    "post_void": msgid("Post-void"),
    "receipt": msgid("Goods receipt"),
    "transfer_out": msgid("Transfer out"),
    "transfer_in": msgid("Transfer in"),
    "transit_difference": msgid("Transit difference"),
    "return_to_vendor": msgid("Return to vendor"),
    "write_off": msgid("Write-off"),
    "stocktake": msgid("Stocktake gain or loss"),
    "variance": msgid("Cost variance"),
}


def move_words(words: Words, reason: str) -> str:
    """Why goods moved; a reason that is newer than this page is shown as it is."""
    known = next((text for one, text in MOVES.items() if one == reason), None)
    return reason if known is None else words.gettext(known)
