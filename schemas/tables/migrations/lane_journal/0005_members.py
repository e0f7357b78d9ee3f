"""Members"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promotion_use",
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "promotion", "member", "business_date", name=op.f("pk_promotion_use")
        ),
    )


def downgrade() -> None:
    op.drop_table("promotion_use")
