"""Stock"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "item", sa.Column("stocked", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "branch", sa.Column("branch_kind", sa.Text(), server_default="own", nullable=False)
    )
    op.create_table(
        "stock_move",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("reference", "number", name=op.f("pk_stock_move")),
    )
    op.create_index(
        op.f("ix_stock_move_branch_item_at"), "stock_move", ["branch", "item", "at"], unique=False
    )
    op.create_index(
        "ix_stock_move_untold", "stock_move", ["reference"], unique=False,
        postgresql_where=sa.text("stated IS NULL"),
    )  # fmt: skip
    op.create_table(
        "stock_on_hand",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost_value", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost_quantity", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("branch", "item", name=op.f("pk_stock_on_hand")),
    )
    op.create_table(
        "stock_document",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("refers_to", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_stock_document")),
    )
    op.create_index(
        op.f("ix_stock_document_refers_to"), "stock_document", ["refers_to"], unique=False
    )
    op.create_index(
        op.f("ix_stock_document_branch_business_date"),
        "stock_document",
        ["branch", "business_date"],
        unique=False,
    )
    op.create_table(
        "stock_document_line",
        sa.Column("document_uuid", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("factor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("expected", sa.BigInteger(), nullable=True),
        sa.Column("damaged", sa.BigInteger(), nullable=False),
        sa.Column("unknown_item", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("document_uuid", "number", name=op.f("pk_stock_document_line")),
    )
    op.create_table(
        "supplier",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_supplier")),
    )
    op.create_table(
        "delivery_line",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("factor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_delivery_line")),
    )
    op.create_index(op.f("ix_delivery_line_document"), "delivery_line", ["document"], unique=False)
    op.create_index(op.f("ix_delivery_line_item"), "delivery_line", ["item"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("expected", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_document"), "delivery", ["document"], unique=False)


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("delivery_line")
    op.drop_table("supplier")
    op.drop_table("stock_document_line")
    op.drop_table("stock_document")
    op.drop_table("stock_on_hand")
    op.drop_table("stock_move")
    op.drop_column("branch", "branch_kind")
    op.drop_column("item", "stocked")
