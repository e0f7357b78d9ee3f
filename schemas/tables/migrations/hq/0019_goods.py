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


def downgrade() -> None:
    op.drop_table("stock_minimum")
    op.drop_column("branch", "closed")
