"""How documents and deliveries of goods are called, on pages and on paper."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from branch.goods.deliveries import Direction
from branch.goods.partners import branches, suppliers
from branch.voice import Voice
from replication.console.languages import msgid
from replication.console.stock_words import DOCUMENTS
from schemas.domain.stock.document import DocumentKind

DIRECTIONS: Mapping[Direction, str] = {
    "order": msgid("Order"),
    "transfer": msgid("Transfer to here"),
    "send": msgid("To send"),
}
_OF_SUPPLIERS = frozenset({"receipt", "return_to_vendor", "order"})


def document_title(voice: Voice, kind: DocumentKind, document: str) -> str:
    """A document by kind and number."""
    return f"{voice.text(DOCUMENTS[kind])} {document}"


def partner_name(connection: Connection, kind: str, code: str) -> str:
    """A supplier or a branch with its name; one that is not known keeps its code."""
    known = suppliers(connection) if kind in _OF_SUPPLIERS else branches(connection)
    partner = known.get(code)
    return code if partner is None else f"{partner.name} ({code})"
