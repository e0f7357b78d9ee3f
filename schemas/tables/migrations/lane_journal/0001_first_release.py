"""First release"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("committed", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("origin_stream", sa.Text(), nullable=True),
        sa.Column("origin_epoch", sa.Text(), nullable=True),
        sa.Column(
            "origin_sequence", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=True
        ),
        sa.Column("origin_committed", sa.Text(), nullable=True),
        sa.Column("origin_previous", sa.LargeBinary(), nullable=True),
        sa.Column("origin_hash", sa.LargeBinary(), nullable=True),
        sa.Column("standing", sa.Text(), server_default="first", nullable=False),
        sa.PrimaryKeyConstraint("stream", "epoch", "sequence", name=op.f("pk_journal_entry")),
    )
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_journal_entry_origin",
            ["origin_stream", "origin_epoch", "origin_sequence"],
            unique=True,
            postgresql_where=sa.text("origin_stream IS NOT NULL AND standing = 'first'"),
            sqlite_where=sa.text("origin_stream IS NOT NULL AND standing = 'first'"),
        )

    op.create_table(
        "lane_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("receipt", sa.BigInteger(), nullable=False),
        sa.Column("grand_total", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=True),
        sa.Column("tickets", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("last_basket", sa.Text(), nullable=True),
        sa.Column("last_sequence", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_counter")),
    )
    op.create_table(
        "lane_shift",
        sa.Column("shift", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("float_amount", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("shift", name=op.f("pk_lane_shift")),
    )
    op.create_table(
        "quarantine",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("stream", "epoch", "sequence", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "site",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "roots",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "secrets",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site")),
    )
    op.create_table(
        "stream",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("head", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "floor",
            sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stream")),
    )


def downgrade() -> None:
    op.drop_table("stream")
    op.drop_table("site")
    op.drop_table("quarantine")
    op.drop_table("lane_shift")
    op.drop_table("lane_counter")
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_journal_entry_origin",
            postgresql_where=sa.text("origin_stream IS NOT NULL AND standing = 'first'"),
            sqlite_where=sa.text("origin_stream IS NOT NULL AND standing = 'first'"),
        )

    op.drop_table("journal_entry")
