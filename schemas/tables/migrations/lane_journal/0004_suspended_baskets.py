"""Suspended baskets"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from schemas.tables.base import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lane_suspended",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=True),
        sa.Column("taken_by", sa.Text(), server_default="", nullable=False),
        sa.Column("basket", sa.Text(), nullable=True),
        sa.Column("resumed", Instant(timezone=True), nullable=True),
        sa.Column("ended", sa.Boolean(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_lane_suspended")),
    )


def downgrade() -> None:
    op.drop_table("lane_suspended")
