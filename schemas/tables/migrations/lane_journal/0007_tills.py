"""Tills"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lane_shift") as batch_op:
        batch_op.add_column(sa.Column("continues", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("left", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("lane_shift") as batch_op:
        batch_op.drop_column("left")
        batch_op.drop_column("continues")
