"""Goods"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_stock_move_unvalued", "stock_move", ["branch", "item"], unique=False,
        postgresql_where=sa.text("value IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_stock_move_differing", "stock_move", ["branch", "business_date"], unique=False,
        postgresql_where=sa.text(
            "reason IN ('variance', 'transit_difference', 'stocktake', 'write_off')"
        ),
    )  # fmt: skip
    op.create_table(
        "delivery_price",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_delivery_price")),
    )
    op.create_table(
        "goods_document",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("expected", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=True),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("document", name=op.f("pk_goods_document")),
        sa.UniqueConstraint("origin", name=op.f("uq_goods_document_origin")),
    )
    op.create_index(op.f("ix_goods_document_branch"), "goods_document", ["branch"], unique=False)
    op.create_index(op.f("ix_goods_document_partner"), "goods_document", ["partner"], unique=False)
    op.create_index(
        op.f("ix_goods_document_drafted_document"), "goods_document", ["drafted", "document"],
        unique=False,
    )  # fmt: skip
    op.create_table(
        "goods_line",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("factor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("document", "number", name=op.f("pk_goods_line")),
    )
    op.create_index(op.f("ix_goods_line_item"), "goods_line", ["item"], unique=False)
    op.create_table(
        "franchise_delivery",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("branch", "document", "number", name=op.f("pk_franchise_delivery")),
    )


def downgrade() -> None:
    op.drop_table("franchise_delivery")
    op.drop_table("goods_line")
    op.drop_table("goods_document")
    op.drop_table("delivery_price")
    op.drop_index("ix_stock_move_differing", "stock_move")
    op.drop_index("ix_stock_move_unvalued", "stock_move")
