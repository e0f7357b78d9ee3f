"""What can be imported: per kind of file its columns, how a row is read, and what it is held against.

    kind        columns                              rows become
    categories  category,name,parent                 records in the chain's feed
    items       item,name,category,unit,tax_code     the same; and `stocked`, no for a service
    units       item,unit,factor                     the same; factor in base units, 3 decimals
    barcodes    barcode,item,unit                    the same, normalised (rule 7)
    label_layouts                                    the same; see `hq.import_labels`
    taxes       tax_code,rate                        the same; rate in per cent, 2 decimals
    members, points_rules                            the same; see `hq.import_members`
    exchange_rates                                   the same; see `hq.import_rates`
    tiers                                            headquarters' own; see `hq.import_tiers`
    stored_value                                 what members have; see `hq.import_stored_value`
    coupons                                      single-use coupons; see `hq.import_coupons`
    prices      item,unit,tier,price                 a price change, as a draft
    suppliers                                        records; see `hq.import_suppliers`
    costs       item,unit,cost                       headquarters' own; see `hq.import_costs`
    stock_minimums                                   least quantities; see `hq.import_minimums`
    delivery_prices                                  the same; see `hq.import_delivery_prices`
    orders, sends                                    drafts; see `hq.goods.reading`
    regions, branch_regions                          headquarters' own; see `hq.import_regions`
    operators   operator,name,role,branch,pin        staff; see `hq.import_people`
    item_sources, supplier_quotes                headquarters' own; see `hq.replenishment.sources`
    supplier_terms, supplier_holidays, service_levels, replenishment_terms, served_branches,
    replenishment_rules                              the same; see `hq.replenishment.reading`

A reader notes what is wrong with a row on the row itself and never raises for it. What a file does
not name stays as it is: an import adds and changes, it takes nothing away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from hq.publication import draft_of
from hq.references import References
from hq.tiers import UNKNOWN
from replication.console.csv_file import Row
from replication.console.languages import msgid
from replication.feed import Draft
from replication.streams import CHAIN_FEED
from schemas.domain.barcode import is_valid, normalise
from schemas.tables.feed import feed_record
from schemas.wire.records import Barcode, Category, Item, RecordBody, Tax, Unit

_TWICE = msgid("%(value)s stands in line %(line)s already")
_NO_CATEGORY = msgid("there is no category %(value)s; import categories first")
_NO_PARENT = msgid("there is no category %(value)s, here or in this file")
_CIRCLE = msgid("%(value)s would be below itself")
_NO_ITEM = msgid("there is no item %(value)s; import items first")
_NO_UNIT = msgid("item %(item)s is not sold by %(value)s; import units first")
_BASE_UNIT = msgid("%(value)s is the base unit of item %(item)s; its factor is 1")
_NO_FACTOR = msgid("a unit's factor is more than nought")
_NO_TAX = msgid("there is no tax code %(value)s; import taxes first")
_RATE = msgid("a rate is between 0 and 100 per cent")
_ONE_OF = msgid("%(value)s is neither %(one)s nor %(other)s")
_CHECK_DIGIT = msgid("%(value)s has a wrong check digit")

_WHOLE_RATE = 10_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file comes to: the things that differ from what is held, and how many do not."""

    changes: list[Any]
    new: int
    changed: int
    unchanged: int


Read = Callable[[Connection, list[Row], References], Reading]
MakeBody = Callable[[Row], RecordBody]


def unique(rows: Iterable[Row], column: str, key: Callable[[Row], str]) -> None:
    """Refuse each row whose key a row before it bears."""
    seen: dict[str, int] = {}
    for row in rows:
        first = seen.setdefault(key(row), row.line)
        if first != row.line:
            row.refuse(column, _TWICE, value=key(row), line=first)


def read_categories(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Categories; a parent may stand anywhere in the file, or be held already."""
    parents = dict(known.categories)
    parents |= {row.cells["category"].strip(): row.cells["parent"].strip() for row in rows}

    def make(row: Row) -> RecordBody:
        code, name = row.code("category"), row.text("name")
        parent = row.code("parent", required=False)
        if parent and parent not in parents:
            row.refuse("parent", _NO_PARENT, value=parent)
        elif _is_below_itself(code, parents):
            row.refuse("parent", _CIRCLE, value=code)
        return Category(category=code, name=name, parent=parent)

    return compare(connection, rows, "category", make)


def _is_below_itself(code: str, parents: Mapping[str, str]) -> bool:
    passed: set[str] = set()
    while code:
        if code in passed:
            return True
        passed.add(code)
        code = parents.get(code, "")
    return False


def read_items(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Items, which may hang on any category, a leaf or not; one stays a service where nothing is said."""

    def make(row: Row) -> RecordBody:
        category, tax_code = row.code("category"), row.code("tax_code", required=False)
        if category not in known.categories:
            row.refuse("category", _NO_CATEGORY, value=category)
        if tax_code and tax_code not in known.taxes:
            row.refuse("tax_code", _NO_TAX, value=tax_code)
        code = row.code("item")
        return Item(
            item=code, name=row.text("name"), category=category, unit=row.code("unit"),
            tax_code=tax_code,
            stocked=yes_or_no(row, "stocked", otherwise=code not in known.services),
        )  # fmt: skip

    return compare(connection, rows, "item", make)


def read_units(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Units beside the base unit; `factor` is how many base units one holds."""

    def make(row: Row) -> RecordBody:
        item, unit, factor = row.code("item"), row.code("unit"), row.number("factor", 3)
        base = known.items.get(item)
        if base is None:
            row.refuse("item", _NO_ITEM, value=item)
        elif base == unit:
            row.refuse("unit", _BASE_UNIT, value=unit, item=item)
        if factor <= 0 and not row.problems:
            row.refuse("factor", _NO_FACTOR)
        return Unit(item=item, unit=unit, factor=factor)

    return compare(connection, rows, "unit", make)


def read_barcodes(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Barcodes; one that has the length of a GTIN must have its check digit too."""

    def make(row: Row) -> RecordBody:
        code = row.code("barcode")
        if code.isdigit() and len(code) in _GTIN and not is_valid(code):
            row.refuse("barcode", _CHECK_DIGIT, value=code)
        item, unit = known_unit(row, known)
        return Barcode(barcode=normalise(code), item=item, unit=unit)

    return compare(connection, rows, "barcode", make)


def one_of(row: Row, column: str, one: str, other: str) -> bool:
    """Whether a cell says the one of two words; anything else is refused."""
    value = row.code(column)
    if value and value not in (one, other):
        row.refuse(column, _ONE_OF, value=value, one=one, other=other)
    return value == one


def yes_or_no(row: Row, column: str, *, otherwise: bool) -> bool:
    """A cell that may be missing or empty: `otherwise` then."""
    if not row.cells.get(column, "").strip():
        return otherwise
    return one_of(row, column, "yes", "no")


_GTIN = frozenset({8, 12, 13, 14})


def known_tier(row: Row, known: References) -> str:
    """The row's tier, one of the table where there is one; empty for everyone or none."""
    tier = row.code("tier", required=False)
    if tier and known.tiers and tier not in known.tiers:
        row.refuse("tier", UNKNOWN, codes=tier, known=", ".join(known.tiers))
    return tier


def known_unit(row: Row, known: References) -> tuple[str, str]:
    """The row's item and unit, which must be one the item is sold by."""
    item, unit = row.code("item"), row.code("unit")
    if item not in known.items:
        row.refuse("item", _NO_ITEM, value=item)
    elif not known.sells(item, unit):
        row.refuse("unit", _NO_UNIT, value=unit, item=item)
    return item, unit


def read_taxes(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Tax codes with their rates."""
    del known

    def make(row: Row) -> RecordBody:
        code, rate = row.code("tax_code"), row.number("rate", 2)
        if not 0 <= rate <= _WHOLE_RATE:
            row.refuse("rate", _RATE)
        return Tax(tax_code=code, rate=rate)

    return compare(connection, rows, "tax", make)


def held_bodies(connection: Connection, kind: str) -> list[tuple[str, bytes]]:
    """The chain's records of a kind: key and canonical body."""
    query = select(feed_record.c.key, feed_record.c.body).where(
        feed_record.c.stream == CHAIN_FEED, feed_record.c.kind == kind, ~feed_record.c.deleted
    )
    return [(key, bytes(body)) for key, body in connection.execute(query)]


def compare(connection: Connection, rows: list[Row], kind: str, make: MakeBody) -> Reading:
    """Read each row into a record and hold it against the one under its key."""
    held = dict(held_bodies(connection, kind))
    lines: dict[str, int] = {}
    changes: list[Draft] = []
    new = 0
    for row in rows:
        body = make(row)
        key = body.record_key()
        first = lines.setdefault(key, row.line)
        if first != row.line:
            row.refuse(next(iter(row.cells)), _TWICE, value=key, line=first)
        if row.problems:
            continue
        draft = draft_of(body)
        before = held.get(key)
        if before is None or before != draft.body:
            changes.append(draft)
            new += before is None
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))
