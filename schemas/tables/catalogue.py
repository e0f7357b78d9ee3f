"""The master data as every site reads it: one table per kind of record, fed by the records alone.

Each row knows the feed (`stream`), the record key and the generation it came with, so that a feed
can be swept; the other columns are the fields of the record's body under their own names. There are
no foreign keys between them: feeds arrive in no common order.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text, false, true

from schemas.tables.base import Instant, metadata


def _catalogue_table(name: str, *columns: Any) -> Table:  # noqa: ANN401 - columns and indexes
    return Table(
        name,
        metadata,
        Column("stream", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("generation", Integer, nullable=False),
        *columns,
    )


category = _catalogue_table(
    "category",
    Column("category", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", Text, nullable=False),
)
item = _catalogue_table(
    "item",
    Column("item", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("tax_code", Text, nullable=False),
    Column("stocked", Boolean, nullable=False, server_default=true()),
)
unit = _catalogue_table(
    "unit",
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("factor", BigInteger, nullable=False),
    Index(None, "item", "unit"),
)
barcode = _catalogue_table(
    "barcode",
    Column("barcode", Text, nullable=False, index=True),
    Column("item", Text, nullable=False),
    Column("unit", Text, nullable=False),
)
label_layout = _catalogue_table(
    "label_layout",
    Column("layout", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("item_digits", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("value_digits", Integer, nullable=False),
    Column("second_digits", Integer, nullable=False),
    Column("amount_decimals", Integer, nullable=False),
    Column("weight_decimals", Integer, nullable=False),
    Column("check_from", Text, nullable=False),
    Column("declared", Boolean, nullable=False),
)
tax = _catalogue_table(
    "tax",
    Column("tax_code", Text, nullable=False),
    Column("rate", Integer, nullable=False),
)
exchange_rate = _catalogue_table(
    "exchange_rate",
    Column("currency", Text, nullable=False),
    Column("local_currency", Text, nullable=False),
    Column("starts", Instant, nullable=False),
    Column("rate", BigInteger, nullable=False),
)
price = _catalogue_table(
    "price",
    Column("document", Text, nullable=False),
    Column("item", Text, nullable=False, index=True),
    Column("unit", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("price", BigInteger, nullable=False),
)
price_change = _catalogue_table(
    "price_change",
    Column("document", Text, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant),
    Column("published", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
)
promotion = _catalogue_table(
    "promotion",
    Column("promotion", Text, nullable=False),
    Column("ends", Instant),
    Column("published", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
)
member = _catalogue_table(
    "member",
    Column("member", Text, nullable=False, index=True),
    Column("tier", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("phone_key", Text, nullable=False, index=True, server_default=""),
    Column("card_key", Text, nullable=False, index=True, server_default=""),
    Column("merged", Text, nullable=False, index=True, server_default=""),
    Column("provisional", Boolean, nullable=False, server_default=false()),
)
points_rule = _catalogue_table(
    "points_rule",
    Column("category", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("unpaid", Text, nullable=False),
)
operator = _catalogue_table(
    "operator",
    Column("operator", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("pin_hash", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
)
branch = _catalogue_table(
    "branch",
    Column("branch", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("tax_policy", Text, nullable=False),
    Column("cash_rounding", Integer, nullable=False),
    Column("branch_kind", Text, nullable=False, server_default="own"),
    Column("closed", Boolean, nullable=False, server_default=false()),
)
supplier = _catalogue_table(
    "supplier",
    Column("supplier", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("closed", Boolean, nullable=False),
)
delivery_line = _catalogue_table(
    "delivery_line",
    Column("document", Text, nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("item", Text, nullable=False, index=True),
    Column("unit", Text, nullable=False),
    Column("factor", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger),
)
delivery = _catalogue_table(
    "delivery",
    Column("document", Text, nullable=False, index=True),
    Column("direction", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("expected", Date, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
)
stock_minimum = _catalogue_table(
    "stock_minimum",
    Column("item", Text, nullable=False, index=True),
    Column("minimum", BigInteger, nullable=False),
)
branch_policy = _catalogue_table(
    "branch_policy",
    Column("policy", Text, nullable=False),
    Column("checks", Text, nullable=False),
    Column("day_ends", Text, nullable=False),
    Column("till_by", Text, nullable=False),
    Column("tolerance", BigInteger, nullable=False),
    Column("count_safe", Boolean, nullable=False),
    Column("absent_lane_authority", Boolean, nullable=False),
    Column("published", Instant, nullable=False),
)
subscription = _catalogue_table("subscription", Column("followed", Text, nullable=False))
business_day_record = _catalogue_table(
    "business_day_record",
    Column("business_date", Date, nullable=False),
    Column("state", Text, nullable=False),
)

lane_message = _catalogue_table(
    "lane_message",
    Column("message", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
)
day_order = _catalogue_table(
    "day_order",
    Column("number", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("operator", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ordered", Instant, nullable=False),
)
period_lock = _catalogue_table(
    "period_lock",
    Column("lock", Text, nullable=False),
    Column("through", Date, nullable=False),
    Column("operator", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("published", Instant, nullable=False),
)

pickup_line = _catalogue_table(
    "pickup_line",
    Column("order", Text, nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
)
pickup_order = _catalogue_table(
    "pickup_order",
    Column("order", Text, nullable=False, index=True),
    Column("client", Text, nullable=False),
    Column("client_key", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("placed", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("payment", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("withdrawn", Text, nullable=False),
)

#: Record kind to the table it rests in.
TABLES: dict[str, Table] = {
    "category": category,
    "item": item,
    "unit": unit,
    "barcode": barcode,
    "label_layout": label_layout,
    "tax": tax,
    "exchange_rate": exchange_rate,
    "price": price,
    "price_change": price_change,
    "promotion": promotion,
    "member": member,
    "points_rule": points_rule,
    "operator": operator,
    "branch": branch,
    "supplier": supplier,
    "delivery_line": delivery_line,
    "delivery": delivery,
    "stock_minimum": stock_minimum,
    "branch_policy": branch_policy,
    "subscription": subscription,
    "business_day": business_day_record,
    "lane_message": lane_message,
    "day_order": day_order,
    "period_lock": period_lock,
    "pickup_line": pickup_line,
    "pickup_order": pickup_order,
}

#: What a branch's office reads and no lane: lanes read the branch's feed too, and keep nothing of this.
OFFICE_KINDS = frozenset(
    {
        "supplier", "delivery_line", "delivery", "stock_minimum", "day_order", "period_lock",
        "pickup_line", "pickup_order",
    }
)  # fmt: skip
