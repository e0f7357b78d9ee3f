"""Proposals and trust"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
        "endorsement",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "enrolment", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False
        ),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_endorsement")),
    )
    with op.batch_alter_table("position", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reads", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("position", schema=None) as batch_op:
        batch_op.drop_column("reads")

    op.drop_table("endorsement")
    op.drop_table("chain_root")
