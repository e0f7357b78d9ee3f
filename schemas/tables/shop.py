"""What headquarters keeps of online shops: their keys, what is kept back for them, and their orders.

table             a row is
shop_client       a shop that may ask: a code, the hash of its secret, the branches that it may see
shop_reservation  what was asked to be kept back, under the shop's own key
shop_order        an order that was accepted, under the shop's own key
shop_line         a line of an order
shop_hold         so much of an item of a branch that is kept back: it counts while `until` is to come
shop_item         the row that whoever changes the holds of an item of a branch locks first

`changed` is the transaction that changed a row last: whoever read everything that was committed before a
transaction asks for what later ones changed (`hq.shop.cursor`). Quantities are thousandths of base units.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from schemas.tables.base import Instant, Json, metadata

#: `branches` is the scope, empty for the whole chain; `buffer` is how much of every item the shop is never
#: told of; `revision` rises with either. `secret_hash` is empty where the key was revoked.
shop_client = Table(
    "shop_client",
    metadata,
    Column("client", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("branches", Json, nullable=False),
    Column("buffer", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("made", Instant, nullable=False),
    Column("rotated", Instant, nullable=False),
    Column("revoked", Instant),
)

#: States: held, released, ordered. One that lapsed is still `held`, with `until` in the past.
shop_reservation = Table(
    "shop_reservation",
    metadata,
    Column("client", Text, primary_key=True),
    Column("client_key", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("until", Instant, nullable=False),
    Column("made", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked", Json, nullable=False),
)

#: `state` is what the branch's steps come to; `withdrawn` why headquarters wants it no more. `number` is
#: that of the header in the branch's feed.
shop_order = Table(
    "shop_order",
    metadata,
    Column("order", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("client_key", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("placed", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("payment", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("asked", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("withdrawn", Text, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("ended", Instant),
    Column("changed", BigInteger, nullable=False),
    Index(None, "client", "client_key", unique=True),
    Index(None, "client", "changed"),
)

shop_line = Table(
    "shop_line",
    metadata,
    Column("order", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("item", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
)

#: `holder` is an order, or a reservation as `client/key`. An order's hold has no `until`: its branch ends it.
shop_hold = Table(
    "shop_hold",
    metadata,
    Column("holder", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("until", Instant),
    Index(None, "branch", "item"),
    Index(None, "until"),
)

shop_item = Table(
    "shop_item",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("changed", BigInteger, nullable=False),
    Index(None, "changed", "branch", "item"),
)

TABLES = (shop_client, shop_reservation, shop_order, shop_line, shop_hold, shop_item)
