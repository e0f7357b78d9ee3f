"""Importing master data from CSV: looked at first, then applied whole or not at all.

    read ── the file's form (`csv_file`) ── each row (`import_kinds`) ── held against what there is
      └─ a plan: how many new, changed, unchanged, the first rows, every problem by line and column
    apply ── in the same transaction as the reading it rests on, and only without any problem

A file that cannot be read raises CsvFileError; applying a plan with problems raises ImportRefusedError.
Prices become a draft, which a second person approves like any price change; orders and instructions to send
become drafts as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table

from hq import delivery_prices, price_changes, publication, purchase_prices, regions, tiers
from hq.audit import note
from hq.goods import document as goods
from hq.goods import reading as goods_reading
from hq.import_costs import COLUMNS as COST_COLUMNS
from hq.import_costs import read_costs
from hq.import_coupons import COLUMNS as COUPON_COLUMNS
from hq.import_coupons import OPTIONAL as OPTIONAL_OF_COUPONS
from hq.import_coupons import read_coupons
from hq.import_delivery_prices import COLUMNS as DELIVERY_PRICE_COLUMNS
from hq.import_delivery_prices import read_delivery_prices
from hq.import_kinds import (
    Read,
    Reading,
    read_barcodes,
    read_categories,
    read_items,
    read_taxes,
    read_units,
)
from hq.import_labels import COLUMNS as LABEL_COLUMNS
from hq.import_labels import read_label_layouts
from hq.import_members import (
    MEMBER_COLUMNS,
    OPTIONAL_OF_MEMBERS,
    OPTIONAL_OF_POINTS,
    POINTS_COLUMNS,
    read_members,
    read_points_rules,
)
from hq.import_minimums import COLUMNS as MINIMUM_COLUMNS
from hq.import_minimums import by_feed, read_minimums
from hq.import_people import apply_operators, read_operators
from hq.import_prices import read_prices
from hq.import_rates import COLUMNS as RATE_COLUMNS
from hq.import_rates import read_exchange_rates
from hq.import_regions import PLACE_COLUMNS, REGION_COLUMNS, read_places, read_regions
from hq.import_stored_value import COLUMNS as STORED_VALUE_COLUMNS
from hq.import_stored_value import read_stored_value
from hq.import_suppliers import COLUMNS as SUPPLIER_COLUMNS
from hq.import_suppliers import OPTIONAL as OPTIONAL_OF_SUPPLIERS
from hq.import_suppliers import read_suppliers
from hq.import_tiers import COLUMNS as TIER_COLUMNS
from hq.import_tiers import OPTIONAL as OPTIONAL_OF_TIERS
from hq.import_tiers import read_tiers
from hq.price_changes import NewPriceChange
from hq.redemption import coupons, stored_value
from hq.references import references
from hq.refusal import RefusalError
from hq.replenishment import held_rows, reading, sources
from replication.console.csv_file import Problem, Row, read_rows
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import CHAIN_FEED
from schemas.tables import sourcing

_UNKNOWN = msgid("There is no import of “%(kind)s”; there are %(kinds)s.")
_PROBLEMS = msgid("The file has %(count)s problems, so nothing of it was imported.")

_FIRST_ROWS = 10


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its columns, what reads its rows, and columns that it may have besides."""

    columns: tuple[str, ...]
    read: Read
    optional: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "categories": Kind(("category", "name", "parent"), read_categories),
    "taxes": Kind(("tax_code", "rate"), read_taxes),
    "items": Kind(("item", "name", "category", "unit", "tax_code"), read_items, ("stocked",)),
    "units": Kind(("item", "unit", "factor"), read_units),
    "barcodes": Kind(("barcode", "item", "unit"), read_barcodes),
    "label_layouts": Kind(LABEL_COLUMNS, read_label_layouts),
    "exchange_rates": Kind(RATE_COLUMNS, read_exchange_rates),
    "prices": Kind(("item", "unit", "tier", "price"), read_prices),
    "suppliers": Kind(SUPPLIER_COLUMNS, read_suppliers, OPTIONAL_OF_SUPPLIERS),
    "costs": Kind(COST_COLUMNS, read_costs),
    "stock_minimums": Kind(MINIMUM_COLUMNS, read_minimums),
    "delivery_prices": Kind(DELIVERY_PRICE_COLUMNS, read_delivery_prices),
    "orders": Kind(goods_reading.ORDER_COLUMNS, goods_reading.read_orders, goods_reading.OPTIONAL),
    "sends": Kind(goods_reading.SEND_COLUMNS, goods_reading.read_sends, goods_reading.OPTIONAL),
    "item_sources": Kind(sources.SOURCE_COLUMNS, sources.read_sources, sources.OPTIONAL_OF_SOURCES),
    "supplier_quotes": Kind(sources.QUOTE_COLUMNS, sources.read_quotes, sources.OPTIONAL_OF_QUOTES),
    "supplier_terms": Kind(
        reading.TERMS_COLUMNS, reading.read_supplier_terms, reading.OPTIONAL_OF_TERMS
    ),
    "supplier_holidays": Kind(reading.HOLIDAY_COLUMNS, reading.read_holidays),
    "service_levels": Kind(reading.LEVEL_COLUMNS, reading.read_levels),
    "replenishment_terms": Kind(
        reading.ITEM_COLUMNS, reading.read_item_terms, reading.OPTIONAL_OF_ITEMS
    ),
    "served_branches": Kind(
        reading.SERVED_COLUMNS, reading.read_served, reading.OPTIONAL_OF_SERVED
    ),
    "replenishment_rules": Kind(
        reading.RULE_COLUMNS, reading.read_rules, reading.OPTIONAL_OF_RULES
    ),
    "members": Kind(MEMBER_COLUMNS, read_members, OPTIONAL_OF_MEMBERS),
    "tiers": Kind(TIER_COLUMNS, read_tiers, OPTIONAL_OF_TIERS),
    "points_rules": Kind(POINTS_COLUMNS, read_points_rules, OPTIONAL_OF_POINTS),
    "stored_value": Kind(STORED_VALUE_COLUMNS, read_stored_value),
    "coupons": Kind(COUPON_COLUMNS, read_coupons, OPTIONAL_OF_COUPONS),
    "regions": Kind(REGION_COLUMNS, read_regions),
    "branch_regions": Kind(PLACE_COLUMNS, read_places),
    "operators": Kind(("operator", "name", "role", "branch", "pin"), read_operators, ("region",)),
}


class ImportRefusedError(RefusalError):
    """The file is not imported; the plan says why, row by row."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do. `first` are its first rows, in the order of `columns`."""

    kind: str
    columns: tuple[str, ...]
    rows: int
    reading: Reading
    problems: tuple[Problem, ...]
    first: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Who applies a plan, when, and of prices from when they hold and what they are called."""

    actor: User
    at: datetime
    title: str
    starts: datetime


def plan(connection: Connection, kind: str, data: bytes, *, member_key: str, decimals: int) -> Plan:
    """Read a file and hold it against what there is. Raises CsvFileError or ImportRefusedError.

    `member_key` seals personal fields; `decimals` are those of the currency's amounts.
    """
    known = KINDS.get(kind)
    if known is None:
        raise ImportRefusedError(_UNKNOWN, kind=kind, kinds=", ".join(KINDS))
    rows = read_rows(data, known.columns, known.optional)
    given = (name for name in known.optional if rows and name in rows[0].cells)
    columns = (*known.columns, *given)
    reading = known.read(connection, rows, references(connection, member_key, decimals))
    return Plan(
        kind, columns, len(rows), reading,
        tuple(problem for row in rows for problem in row.problems),
        tuple(_shown(row, columns) for row in rows[:_FIRST_ROWS]),
    )  # fmt: skip


def _shown(row: Row, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("••••" if name == "pin" else row.cells[name] for name in columns)


def apply(connection: Connection, made: Plan, order: Order) -> str | None:
    """Do what the plan says; of prices, answer the draft's code. Raises ImportRefusedError."""
    if made.problems:
        raise ImportRefusedError(_PROBLEMS, count=len(made.problems))
    changes, document = made.reading.changes, None
    if made.kind == "prices":
        new = NewPriceChange(order.title, CHAIN_FEED, order.starts, None, changes)
        document = price_changes.draft(connection, new, order.actor, order.at)
    else:
        _WRITERS.get(made.kind, _publish)(connection, changes, order)
    counts = f"{made.reading.new} new, {made.reading.changed} changed"
    note(connection, order.at, order.actor.operator, f"import.{made.kind}", document or counts)
    return document


def _publish(connection: Connection, changes: list[Any], order: Order) -> None:
    """What most kinds become: records in the chain's feed."""
    del order
    publication.publish(connection, {CHAIN_FEED: changes})


def _draft_goods(connection: Connection, changes: list[Any], order: Order) -> None:
    for one in changes:
        goods.draft(connection, one, order.actor, order.at)


def _publish_by_feed(connection: Connection, changes: list[Any]) -> None:
    publication.publish(connection, by_feed(changes))


def _keep(table: Table) -> Callable[[Connection, list[Any], Order], None]:
    """Rows of a table of headquarters' own."""
    return lambda connection, changes, _: held_rows.write(connection, table, changes)


#: What becomes of the kinds that are not records in the chain's feed.
_WRITERS: Mapping[str, Callable[[Connection, list[Any], Order], None]] = {
    "operators": lambda connection, changes, _: apply_operators(connection, changes),
    "tiers": lambda connection, changes, _: tiers.write(connection, changes),
    "regions": lambda connection, changes, _: regions.write(connection, changes),
    "branch_regions": lambda connection, changes, _: regions.place(connection, changes),
    "costs": lambda connection, changes, order: purchase_prices.write(
        connection, changes, order.at
    ),
    "delivery_prices": lambda connection, changes, order: delivery_prices.write(
        connection, changes, order.at
    ),
    "stored_value": lambda connection, changes, order: stored_value.load(
        connection, changes, order.actor.operator, order.at
    ),
    "coupons": lambda connection, changes, order: coupons.issue_numbered(
        connection, changes, order.actor.operator, order.at
    ),
    "orders": _draft_goods,
    "sends": _draft_goods,
    "stock_minimums": lambda connection, changes, _: _publish_by_feed(connection, changes),
    "item_sources": lambda connection, changes, _: sources.write_sources(connection, changes),
    "supplier_quotes": _keep(sourcing.supplier_quote),
    "supplier_terms": _keep(sourcing.supplier_terms),
    "supplier_holidays": _keep(sourcing.supplier_holiday),
    "service_levels": _keep(sourcing.service_level),
    "replenishment_terms": _keep(sourcing.replenishment_terms),
    "served_branches": _keep(sourcing.served_branch),
    "replenishment_rules": _keep(sourcing.replenishment_rule),
}
