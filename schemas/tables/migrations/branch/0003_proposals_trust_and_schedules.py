"""Proposals, trust and schedules"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed_history",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column(
            "past",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("present", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_feed_history")),
    )


def downgrade() -> None:
    op.drop_table("feed_history")
