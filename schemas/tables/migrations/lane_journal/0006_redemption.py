"""Redemption"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from schemas.tables.base import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lane_grant",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.Column("until", Instant(timezone=True), nullable=False),
        sa.Column("rate_points", sa.BigInteger(), nullable=True),
        sa.Column("rate_amount", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lane_grant")),
    )
    op.create_table(
        "lane_grant_use",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", "account", name=op.f("pk_lane_grant_use")),
    )


def downgrade() -> None:
    op.drop_table("lane_grant_use")
    op.drop_table("lane_grant")
