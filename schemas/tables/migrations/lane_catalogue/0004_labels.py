"""Labels"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_layout",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("item_digits", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("value_digits", sa.Integer(), nullable=False),
        sa.Column("second_digits", sa.Integer(), nullable=False),
        sa.Column("amount_decimals", sa.Integer(), nullable=False),
        sa.Column("weight_decimals", sa.Integer(), nullable=False),
        sa.Column("check_from", sa.Text(), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_label_layout")),
    )


def downgrade() -> None:
    op.drop_table("label_layout")
