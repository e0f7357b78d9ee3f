"""Stock indexes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_stock_move_unvalued", "stock_move", ["branch", "item"], unique=False,
        postgresql_where=sa.text("value IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_stock_move_differing", "stock_move", ["branch", "business_date"], unique=False,
        postgresql_where=sa.text(
            "reason IN ('variance', 'transit_difference', 'stocktake', 'write_off')"
        ),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_stock_move_differing", "stock_move")
    op.drop_index("ix_stock_move_unvalued", "stock_move")
