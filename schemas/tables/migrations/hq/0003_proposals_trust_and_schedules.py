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
    op.create_table(
        "proposal",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("reported", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="undecided", nullable=False),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("published", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(
        op.f("ix_proposal_feed_epoch_number_content"),
        "proposal",
        ["feed", "epoch", "number", "content"],
        unique=True,
    )
    op.create_index(
        "ix_proposal_undecided",
        "proposal",
        ["feed", "kind", "key"],
        unique=False,
        postgresql_where=sa.text("state = 'undecided'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_proposal_undecided",
        table_name="proposal",
        postgresql_where=sa.text("state = 'undecided'"),
    )
    op.drop_index(op.f("ix_proposal_feed_epoch_number_content"), table_name="proposal")
    op.drop_table("proposal")
    op.drop_table("feed_history")
