"""Stocktakes and attendance"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "stock_document_line", sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "stock_counted",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("branch", "item", name=op.f("pk_stock_counted")),
    )
    op.create_table(
        "attendance",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdraws", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_attendance")),
    )
    op.create_index(
        op.f("ix_attendance_branch_business_date"),
        "attendance",
        ["branch", "business_date"],
        unique=False,
    )
    op.create_table(
        "stocktake",
        sa.Column("stocktake", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("categories", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tolerance", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stocktake", name=op.f("pk_stocktake")),
    )
    op.create_table(
        "stocktake_sheet",
        sa.Column("stocktake", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stocktake", "sheet", name=op.f("pk_stocktake_sheet")),
    )
    op.create_table(
        "stocktake_item",
        sa.Column("stocktake", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stocktake", "sheet", "item", name=op.f("pk_stocktake_item")),
    )
    op.create_table(
        "stocktake_entry",
        sa.Column("stocktake", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("scan", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("factor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stocktake", "number", name=op.f("pk_stocktake_entry")),
        sa.UniqueConstraint("stocktake", "scan", name=op.f("uq_stocktake_entry_stocktake_scan")),
    )
    op.create_index(
        op.f("ix_stocktake_entry_stocktake_item"),
        "stocktake_entry",
        ["stocktake", "item"],
        unique=False,
    )
    op.create_table(
        "stocktake_choice",
        sa.Column("stocktake", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stocktake", "item", name=op.f("pk_stocktake_choice")),
    )


def downgrade() -> None:
    op.drop_table("stocktake_choice")
    op.drop_table("stocktake_entry")
    op.drop_table("stocktake_item")
    op.drop_table("stocktake_sheet")
    op.drop_table("stocktake")
    op.drop_table("attendance")
    op.drop_table("stock_counted")
    op.drop_column("stock_document_line", "counted_at")
