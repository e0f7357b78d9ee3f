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
        "own_incarnation",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("follows", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_own_incarnation")),
    )
    with op.batch_alter_table("lane_counter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_epoch", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("lane_counter", schema=None) as batch_op:
        batch_op.drop_column("last_epoch")

    op.drop_table("own_incarnation")
    op.drop_table("journal_epoch")
