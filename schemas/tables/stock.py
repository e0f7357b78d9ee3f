"""The stock ledger (rule 25) at rest, at the branch and at headquarters alike: moves, their sums, documents.

Quantities are thousandths of the base unit, values minor units without tax.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text, text

from schemas.tables.base import Instant, metadata

#: `stated` is when the branch booked it: of two statements about one reference the earlier one counts. It is
#: None for what a branch booked before such statements were made, until it has told headquarters.
stock_move = Table(
    "stock_move",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger),
    Column("reason", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("at", Instant, nullable=False),
    Column("stated", Instant),
    Index(None, "branch", "item", "at"),
)
Index(
    "ix_stock_move_untold", stock_move.c.reference, postgresql_where=stock_move.c.stated.is_(None)
)
# Few of all moves: those whose cost nobody knew, and those that no ticket or document explains by itself.
Index(
    "ix_stock_move_unvalued", stock_move.c.branch, stock_move.c.item,
    postgresql_where=stock_move.c.value.is_(None),
)  # fmt: skip
Index(
    "ix_stock_move_differing", stock_move.c.branch, stock_move.c.business_date,
    postgresql_where=text(
        "reason IN ('variance', 'transit_difference', 'stocktake', 'write_off')"
    ),
)  # fmt: skip

# What came in, for the age of stock: all that is asked of it stands in the index, and sales do not touch it.
Index(
    "ix_stock_move_arrived", stock_move.c.branch, stock_move.c.business_date,
    postgresql_include=["item", "quantity"],
    postgresql_where=text(
        "quantity > 0 AND reason IN ('receipt', 'transfer_in', 'stocktake')"
    ),
    info={"only": "hq"},
)  # fmt: skip
# Moves come in the order of their dates, so that a few pages' ranges tell where those of some dates stand.
Index(
    "ix_stock_move_dated", stock_move.c.business_date, postgresql_using="brin", info={"only": "hq"}
)

#: The sum of the moves per branch and item. `cost_value` for `cost_quantity` is the last average that an
#: arrival made; see `schemas.domain.stock.average`. `changed` is the transaction that
#: moved it last, so that an online shop can be told what changed since it asked.
stock_on_hand = Table(
    "stock_on_hand",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger, nullable=False, server_default="0"),
    Column("cost_value", BigInteger, nullable=False, server_default="0"),
    Column("cost_quantity", BigInteger, nullable=False, server_default="0"),
    Column("changed", BigInteger, nullable=False, server_default="0"),
    # Headquarters alone is asked what changed; a branch need not keep it in order.
    Index(None, "changed", "branch", "item", info={"only": "hq"}),
)

#: Posted documents; see `schemas.domain.stock.document`.
stock_document = Table(
    "stock_document",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("at", Instant, nullable=False),
    Column("operator", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("partner", Text, nullable=False),
    Column("refers_to", Text, nullable=False, index=True),
    Column("final", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "branch", "business_date"),
)

stock_document_line = Table(
    "stock_document_line",
    metadata,
    Column("document_uuid", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("item", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("factor", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("value", BigInteger),
    Column("expected", BigInteger),
    Column("damaged", BigInteger, nullable=False),
    Column("unknown_item", Boolean, nullable=False),
    Column("counted_at", Instant),
    Column("reason", Text, nullable=False),
)

#: When an item was last counted, by the stocktakes that were approved; see `schemas.domain.stock.stocktake`.
stock_counted = Table(
    "stock_counted",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("counted_at", Instant, nullable=False),
    Column("document", Text, nullable=False),
)
