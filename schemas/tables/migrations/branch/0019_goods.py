"""Goods"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "branch", sa.Column("closed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "stock_minimum",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_stock_minimum")),
    )
    op.create_index(op.f("ix_stock_minimum_item"), "stock_minimum", ["item"], unique=False)
    op.create_table(
        "stock_draft",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("refers_to", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_stock_draft")),
    )
    op.create_index(
        "ix_stock_draft_refers_to", "stock_draft", ["refers_to"], unique=True,
        postgresql_where=sa.text("refers_to <> ''"),
    )  # fmt: skip
    op.create_table(
        "stock_draft_line",
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("factor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("damaged", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("unknown_item", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("draft", "number", name=op.f("pk_stock_draft_line")),
    )
    op.create_table(
        "stock_draft_scan",
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("scan", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("draft", "scan", name=op.f("pk_stock_draft_scan")),
    )
    op.create_table(
        "document_counter",
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("letter", name=op.f("pk_document_counter")),
    )


def downgrade() -> None:
    op.drop_table("document_counter")
    op.drop_table("stock_draft_scan")
    op.drop_table("stock_draft_line")
    op.drop_table("stock_draft")
    op.drop_table("stock_minimum")
    op.drop_column("branch", "closed")
