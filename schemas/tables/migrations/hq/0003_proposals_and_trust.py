"""Proposals and trust"""

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
        "chain_root",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_chain_root")),
    )
    op.create_table(
        "closed_branch",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("closed", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("branch", name=op.f("pk_closed_branch")),
    )
    op.create_table(
        "endorsement",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "enrolment", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False
        ),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_endorsement")),
    )
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
        "journal_anchor",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "epoch", name=op.f("pk_journal_anchor")),
    )
    op.create_table(
        "lane_key",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_lane_key")),
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
    op.add_column("position", sa.Column("reads", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("position", "reads")
    op.drop_index(
        "ix_proposal_undecided",
        table_name="proposal",
        postgresql_where=sa.text("state = 'undecided'"),
    )
    op.drop_index(op.f("ix_proposal_feed_epoch_number_content"), table_name="proposal")
    op.drop_table("proposal")
    op.drop_table("lane_key")
    op.drop_table("journal_anchor")
    op.drop_table("feed_history")
    op.drop_table("endorsement")
    op.drop_table("closed_branch")
    op.drop_table("chain_root")
