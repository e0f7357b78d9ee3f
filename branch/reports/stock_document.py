"""A stock document on paper: its lines, what they are worth without and with tax, and who signs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, select

from branch.goods.documents import Document
from branch.goods.reasons import REASONS
from branch.goods.words import partner_name
from branch.reports.blocks import signatures
from branch.voice import Voice
from replication.console.formats import MISSING, quantity
from replication.console.languages import msgid
from replication.console.pdf import Block, PdfFacts, PdfNote, PdfTable
from replication.console.stock_words import DOCUMENTS, MOVES
from schemas.domain.money import divide
from schemas.domain.stock.document import StockLine
from schemas.tables.audience import level
from schemas.tables.catalogue import item, tax

_WHOLE = 10_000
_HEADER = (
    msgid("Item"), msgid("Name"), msgid("Unit"), msgid("Expected"), msgid("Quantity"),
    msgid("Broken"), msgid("Value without tax"), msgid("Value with tax"), msgid("Remarks"),
)  # fmt: skip


def rates(connection: Connection, items: Collection[str]) -> dict[str, int]:
    """The tax rates of items in basis points; of an unknown one there is none."""
    query = (
        select(item.c.item, tax.c.rate)
        .join(tax, tax.c.tax_code == item.c.tax_code)
        .where(item.c.item.in_(items))
        .order_by(level(item), level(tax))
    )
    return {row.item: row.rate for row in connection.execute(query)}


def with_tax(value: int | None, rate: int) -> int | None:
    """A value with tax, derived once from the value without."""
    return None if value is None else value + divide(value * rate, _WHOLE)


def report(connection: Connection, voice: Voice, document: Document) -> tuple[str, Sequence[Block]]:
    """The title and what stands below it."""
    heading = document.heading
    of_items = rates(connection, [one.item for one in document.lines])
    pairs = [
        (msgid("Number"), heading.document),
        (msgid("Business date"), voice.day(heading.business_date)),
        (msgid("Posted at"), voice.instant(heading.at)),
        (msgid("By"), voice.person(heading.operator)),
        (msgid("Partner"), partner_name(connection, heading.kind, heading.partner)),
        (msgid("Answers"), heading.refers_to),
        (msgid("Written note"), heading.reason),
    ]
    facts = [(voice.text(label), value) for label, value in pairs if value]
    blocks: list[Block] = [PdfFacts(facts), _lines(voice, document, of_items)]
    sums = [
        f"{voice.text(MOVES[why])} {voice.amount(sum_)}" for why, sum_ in document.values.items()
    ]
    if sums:
        blocks.append(PdfNote(" · ".join(sums)))
    blocks.append(signatures(voice, msgid("Handed over"), msgid("Taken over by"), msgid("Manager")))
    return DOCUMENTS[heading.kind], blocks


def _lines(voice: Voice, document: Document, of_items: Mapping[str, int]) -> Block:
    reasons = REASONS.get(document.heading.kind, {})
    rows = [
        [
            line.item, line.name or voice.text(msgid("Item unknown here")), line.unit,
            quantity(line.expected), quantity(line.quantity),
            quantity(line.damaged) if line.damaged else "", voice.amount(line.value),
            voice.amount(with_tax(line.value, of_items.get(line.item, 0))),
            voice.text(reasons[line.reason]) if line.reason in reasons else line.reason,
        ]
        for line in document.lines
    ]  # fmt: skip
    total = [
        "",
        voice.text(msgid("Total")),
        "",
        "",
        "",
        "",
        *_total(voice, document.lines, of_items),
        "",
    ]
    header = [voice.text(one) for one in _HEADER]
    return PdfTable(header, [*rows, total], frozenset({3, 4, 5, 6, 7}), totals=1)


def _total(voice: Voice, lines: Sequence[StockLine], of_items: Mapping[str, int]) -> list[str]:
    known = [one for one in lines if one.value is not None]
    if not known:
        return [MISSING, MISSING]
    net = sum(one.value or 0 for one in known)
    gross = sum(with_tax(one.value, of_items.get(one.item, 0)) or 0 for one in known)
    return [voice.amount(net), voice.amount(gross)]
