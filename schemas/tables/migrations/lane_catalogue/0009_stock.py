"""Stock"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "item", sa.Column("stocked", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "branch", sa.Column("branch_kind", sa.Text(), server_default="own", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("branch", "branch_kind")
    op.drop_column("item", "stocked")
