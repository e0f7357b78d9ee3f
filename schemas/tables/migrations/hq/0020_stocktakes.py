"""Stocktakes and attendance"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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


def downgrade() -> None:
    op.drop_table("attendance")
    op.drop_table("stock_counted")
    op.drop_column("stock_document_line", "counted_at")
