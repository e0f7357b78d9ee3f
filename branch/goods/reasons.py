"""Why goods are written off (报损) or go back to their supplier (退货), as documents carry it: a code."""

from __future__ import annotations

from collections.abc import Mapping

from replication.console.languages import msgid
from schemas.domain.stock.document import DocumentKind

#: The reason that says nothing by itself: the document's own words have to.
OTHER = "other"

REASONS: Mapping[DocumentKind, Mapping[str, str]] = {
    "write_off": {
        "damaged": msgid("Broken"),
        "expired": msgid("Expired"),
        "spoiled": msgid("Spoiled"),
        "stolen": msgid("Stolen"),
        "own_use": msgid("Used in the store"),
        OTHER: msgid("Other"),
    },
    "return_to_vendor": {
        "damaged": msgid("Broken"),
        "expired": msgid("Expired"),
        "wrong": msgid("Not what was ordered"),
        "recalled": msgid("Recalled"),
        "unsold": msgid("Not sold"),
        OTHER: msgid("Other"),
    },
}
