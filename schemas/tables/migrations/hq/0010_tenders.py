"""Tenders"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchange_rate",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("local_currency", sa.Text(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_exchange_rate")),
    )
    op.create_table(
        "tender_detail",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("foreign_amount", sa.BigInteger(), nullable=True),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("decimals", sa.Integer(), nullable=True),
        sa.Column("local_decimals", sa.Integer(), nullable=True),
        sa.Column("voucher", sa.Text(), nullable=True),
        sa.Column("face_value", sa.BigInteger(), nullable=True),
        sa.Column("original", sa.Text(), nullable=True),
        sa.Column("original_tender", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("ticket", "number", name=op.f("pk_tender_detail")),
    )
    op.create_index(op.f("ix_tender_detail_original"), "tender_detail", ["original"], unique=False)
    op.create_index(op.f("ix_tender_detail_voucher"), "tender_detail", ["voucher"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tender_detail_voucher"), table_name="tender_detail")
    op.drop_index(op.f("ix_tender_detail_original"), table_name="tender_detail")
    op.drop_table("tender_detail")
    op.drop_table("exchange_rate")
