"""Why goods moved, in words; see `schemas.domain.stock.move`."""

from __future__ import annotations

from collections.abc import Mapping

from replication.console.languages import msgid
from replication.console.page import Page

REASON_WORDS: Mapping[str, str] = {
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


def reason_words(page: Page, reason: str) -> str:
    """A reason by its name; one that is newer than this page by its code."""
    return page.gettext(REASON_WORDS[reason]) if reason in REASON_WORDS else reason
