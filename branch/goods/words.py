"""How documents, deliveries and moves of goods are called, on pages and on paper."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from branch.goods.deliveries import Direction
from branch.goods.partners import branches, suppliers
from branch.voice import Voice
from replication.console.languages import msgid
from schemas.domain.stock.document import DocumentKind
from schemas.domain.stock.move import StockReason

KINDS: Mapping[DocumentKind, str] = {
    "receipt": msgid("Receipt of goods"),
    "transfer_out": msgid("Transfer out"),
    "transfer_in": msgid("Transfer in"),
    "return_to_vendor": msgid("Return to vendor"),
    "write_off": msgid("Write-off"),
    "stocktake": msgid("Stocktake"),
}
DIRECTIONS: Mapping[Direction, str] = {
    "order": msgid("Order"),
    "transfer": msgid("Transfer to here"),
    "send": msgid("To send"),
}
MOVES: Mapping[StockReason, str] = {
    "sale": msgid("Sale"),
    "post_void": msgid("Post-void"),
    "receipt": msgid("Receipt of goods"),
    "transfer_out": msgid("Transfer out"),
    "transfer_in": msgid("Transfer in"),
    "transit_difference": msgid("Difference in transit"),
    "return_to_vendor": msgid("Return to vendor"),
    "write_off": msgid("Write-off"),
    "stocktake": msgid("Stocktake"),
    "variance": msgid("Cost variance"),
}
_OF_SUPPLIERS = frozenset({"receipt", "return_to_vendor", "order"})


def document_title(voice: Voice, kind: DocumentKind, document: str) -> str:
    """A document by kind and number."""
    return f"{voice.text(KINDS[kind])} {document}"


def partner_name(connection: Connection, kind: str, code: str) -> str:
    """A supplier or a branch with its name; one that is not known keeps its code."""
    known = suppliers(connection) if kind in _OF_SUPPLIERS else branches(connection)
    partner = known.get(code)
    return code if partner is None else f"{partner.name} ({code})"
