"""Store and forward"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counter_move",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("tickets", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("grand_total", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lane", "at", "first", name=op.f("pk_counter_move")),
    )
    op.create_table(
        "feed_publication",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column(
            "published", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("stream", "number", name=op.f("pk_feed_publication")),
    )
    op.create_table(
        "incarnation",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("follows", sa.Text(), nullable=False),
        sa.Column(
            "first_hello", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False
        ),
        sa.Column(
            "last_hello", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False
        ),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("site", "incarnation", name=op.f("pk_incarnation")),
    )
    op.create_table(
        "intake",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("bytes", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("site", "slot", name=op.f("pk_intake")),
    )
    op.create_table(
        "journal_epoch",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("head", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "epoch", name=op.f("pk_journal_epoch")),
    )
    op.create_table(
        "letter_series",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column(
            "sent",
            sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.Column(
            "taken",
            sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("site", "way", name=op.f("pk_letter_series")),
    )
    op.create_table(
        "older_mark",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("applied", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("secured", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stream", "epoch", name=op.f("pk_older_mark")),
    )
    op.create_table(
        "own_incarnation",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("follows", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_own_incarnation")),
    )
    op.drop_index(op.f("ix_feed_record_stream_number"), table_name="feed_record")
    op.create_index(
        op.f("ix_feed_record_stream_number_generation"),
        "feed_record",
        ["stream", "number", "generation"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_feed_record_stream_number_generation"), table_name="feed_record")
    op.create_index(
        op.f("ix_feed_record_stream_number"), "feed_record", ["stream", "number"], unique=True
    )
    op.drop_table("own_incarnation")
    op.drop_table("older_mark")
    op.drop_table("letter_series")
    op.drop_table("journal_epoch")
    op.drop_table("intake")
    op.drop_table("incarnation")
    op.drop_table("feed_publication")
    op.drop_table("counter_move")
