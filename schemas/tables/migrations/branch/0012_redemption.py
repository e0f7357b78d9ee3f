"""Redemption"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tender_detail", sa.Column("points", sa.BigInteger(), nullable=True))
    op.add_column("tender_detail", sa.Column("grant_number", sa.Text(), nullable=True))
    op.create_index(
        op.f("ix_tender_detail_grant_number"), "tender_detail", ["grant_number"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_tender_detail_grant_number"), table_name="tender_detail")
    op.drop_column("tender_detail", "grant_number")
    op.drop_column("tender_detail", "points")
