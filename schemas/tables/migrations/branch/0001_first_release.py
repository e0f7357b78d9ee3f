"""First release"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "barcode",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_barcode")),
    )
    op.create_index(op.f("ix_barcode_barcode"), "barcode", ["barcode"], unique=False)
    op.create_table(
        "branch",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tax_policy", sa.Text(), nullable=False),
        sa.Column("cash_rounding", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_branch")),
    )
    op.create_index(op.f("ix_branch_branch"), "branch", ["branch"], unique=False)
    op.create_table(
        "business_day",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("branch", "business_date", name=op.f("pk_business_day")),
    )
    op.create_table(
        "business_day_record",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_business_day_record")),
    )
    op.create_table(
        "cancelled_basket",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_cancelled_basket")),
    )
    op.create_table(
        "category",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_category")),
    )
    op.create_table(
        "day_reopening",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "branch", "business_date", "revision", name=op.f("pk_day_reopening")
        ),
    )
    op.create_table(
        "day_revision",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "totals",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "lanes",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "computed",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "differences",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint(
            "branch", "business_date", "revision", name=op.f("pk_day_revision")
        ),
    )
    op.create_table(
        "enrolment_token",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column(
            "roots",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_enrolment_token")),
    )
    op.create_table(
        "feed_record",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("stream", "kind", "key", name=op.f("pk_feed_record")),
    )
    op.create_index(
        op.f("ix_feed_record_stream_number"), "feed_record", ["stream", "number"], unique=True
    )
    op.create_table(
        "feed_sent",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("through", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "stream", name=op.f("pk_feed_sent")),
    )
    op.create_table(
        "item",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("tax_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_item")),
    )
    op.create_index(op.f("ix_item_item"), "item", ["item"], unique=False)
    op.create_table(
        "journal_entry",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("committed", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("origin_stream", sa.Text(), nullable=True),
        sa.Column("origin_epoch", sa.Text(), nullable=True),
        sa.Column(
            "origin_sequence", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=True
        ),
        sa.Column("origin_committed", sa.Text(), nullable=True),
        sa.Column("origin_previous", sa.LargeBinary(), nullable=True),
        sa.Column("origin_hash", sa.LargeBinary(), nullable=True),
        sa.Column("standing", sa.Text(), server_default="first", nullable=False),
        sa.PrimaryKeyConstraint("stream", "epoch", "sequence", name=op.f("pk_journal_entry")),
    )
    op.create_index(
        "ix_journal_entry_origin",
        "journal_entry",
        ["origin_stream", "origin_epoch", "origin_sequence"],
        unique=True,
        postgresql_where=sa.text("origin_stream IS NOT NULL AND standing = 'first'"),
        sqlite_where=sa.text("origin_stream IS NOT NULL AND standing = 'first'"),
    )
    op.create_table(
        "member",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_member")),
    )
    op.create_index(op.f("ix_member_member"), "member", ["member"], unique=False)
    op.create_table(
        "operator",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_operator")),
    )
    op.create_index(op.f("ix_operator_operator"), "operator", ["operator"], unique=False)
    op.create_table(
        "parent_mark",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("applied", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("secured", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_parent_mark")),
    )
    op.create_table(
        "peer",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_peer")),
    )
    op.create_table(
        "position",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("through", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False),
        sa.Column("target", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("stream", "epoch", name=op.f("pk_position")),
    )
    op.create_table(
        "position_report",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("through", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "site", "stream", "epoch", "through", name=op.f("pk_position_report")
        ),
    )
    op.create_table(
        "price",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_price")),
    )
    op.create_index(op.f("ix_price_item"), "price", ["item"], unique=False)
    op.create_table(
        "price_change",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_price_change")),
    )
    op.create_index(op.f("ix_price_change_document"), "price_change", ["document"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("stream", "epoch", "sequence", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "refusal",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("first", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "code", name=op.f("pk_refusal")),
    )
    op.create_table(
        "shift",
        sa.Column("shift", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("float_amount", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_counter", sa.BigInteger(), nullable=True),
        sa.Column("tickets", sa.BigInteger(), nullable=True),
        sa.Column("gross", sa.BigInteger(), nullable=True),
        sa.Column("grand_total", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("shift", name=op.f("pk_shift")),
    )
    op.create_index(
        op.f("ix_shift_branch_business_date"), "shift", ["branch", "business_date"], unique=False
    )
    op.create_table(
        "site",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "roots",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "secrets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site")),
    )
    op.create_table(
        "site_status",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site_status")),
    )
    op.create_table(
        "stock_move",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reference", "number", name=op.f("pk_stock_move")),
    )
    op.create_index(op.f("ix_stock_move_item"), "stock_move", ["item"], unique=False)
    op.create_table(
        "stock_on_hand",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_stock_on_hand")),
    )
    op.create_table(
        "stream",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("head", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "floor",
            sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stream")),
    )
    op.create_table(
        "subscription",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("followed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_subscription")),
    )
    op.create_table(
        "tax",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("tax_code", sa.Text(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_tax")),
    )
    op.create_table(
        "ticket",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("shift", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("committed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_hour", sa.Integer(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("rounding", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("control_tickets", sa.BigInteger(), nullable=False),
        sa.Column("control_gross", sa.BigInteger(), nullable=False),
        sa.Column("control_grand_total", sa.BigInteger(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column(
            "flags",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_ticket")),
    )
    op.create_index(
        op.f("ix_ticket_business_date_branch_lane_counter"),
        "ticket",
        ["business_date", "branch", "lane", "counter"],
        unique=False,
    )
    op.create_index(op.f("ix_ticket_shift"), "ticket", ["shift"], unique=False)
    op.create_table(
        "ticket_line",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("list_price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("price_document", sa.Text(), nullable=True),
        sa.Column(
            "discounts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("unknown_item", sa.Boolean(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "number", name=op.f("pk_ticket_line")),
    )
    op.create_index(op.f("ix_ticket_line_item"), "ticket_line", ["item"], unique=False)
    op.create_table(
        "ticket_tender",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("ticket", "number", name=op.f("pk_ticket_tender")),
    )
    op.create_table(
        "till_count",
        sa.Column("shift", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column(
            "counted",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correction", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shift", "number", name=op.f("pk_till_count")),
    )
    op.create_index(
        op.f("ix_till_count_branch_business_date"),
        "till_count",
        ["branch", "business_date"],
        unique=False,
    )
    op.create_table(
        "unit",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("factor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_unit")),
    )
    op.create_index(op.f("ix_unit_item_unit"), "unit", ["item", "unit"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
    )


def downgrade() -> None:
    op.drop_table("web_session")
    op.drop_index(op.f("ix_unit_item_unit"), table_name="unit")
    op.drop_table("unit")
    op.drop_index(op.f("ix_till_count_branch_business_date"), table_name="till_count")
    op.drop_table("till_count")
    op.drop_table("ticket_tender")
    op.drop_index(op.f("ix_ticket_line_item"), table_name="ticket_line")
    op.drop_table("ticket_line")
    op.drop_index(op.f("ix_ticket_shift"), table_name="ticket")
    op.drop_index(op.f("ix_ticket_business_date_branch_lane_counter"), table_name="ticket")
    op.drop_table("ticket")
    op.drop_table("tax")
    op.drop_table("subscription")
    op.drop_table("stream")
    op.drop_table("stock_on_hand")
    op.drop_index(op.f("ix_stock_move_item"), table_name="stock_move")
    op.drop_table("stock_move")
    op.drop_table("site_status")
    op.drop_table("site")
    op.drop_index(op.f("ix_shift_branch_business_date"), table_name="shift")
    op.drop_table("shift")
    op.drop_table("refusal")
    op.drop_table("quarantine")
    op.drop_index(op.f("ix_price_change_document"), table_name="price_change")
    op.drop_table("price_change")
    op.drop_index(op.f("ix_price_item"), table_name="price")
    op.drop_table("price")
    op.drop_table("position_report")
    op.drop_table("position")
    op.drop_table("peer")
    op.drop_table("parent_mark")
    op.drop_index(op.f("ix_operator_operator"), table_name="operator")
    op.drop_table("operator")
    op.drop_index(op.f("ix_member_member"), table_name="member")
    op.drop_table("member")
    op.drop_index(
        "ix_journal_entry_origin",
        table_name="journal_entry",
        postgresql_where=sa.text("origin_stream IS NOT NULL AND standing = 'first'"),
        sqlite_where=sa.text("origin_stream IS NOT NULL AND standing = 'first'"),
    )
    op.drop_table("journal_entry")
    op.drop_index(op.f("ix_item_item"), table_name="item")
    op.drop_table("item")
    op.drop_table("feed_sent")
    op.drop_index(op.f("ix_feed_record_stream_number"), table_name="feed_record")
    op.drop_table("feed_record")
    op.drop_table("enrolment_token")
    op.drop_table("day_revision")
    op.drop_table("day_reopening")
    op.drop_table("category")
    op.drop_table("cancelled_basket")
    op.drop_table("business_day_record")
    op.drop_table("business_day")
    op.drop_index(op.f("ix_branch_branch"), table_name="branch")
    op.drop_table("branch")
    op.drop_index(op.f("ix_barcode_barcode"), table_name="barcode")
    op.drop_table("barcode")
    op.drop_table("audit")
