"""Stock moves by their dates"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_stock_move_arrived", "stock_move", ["branch", "business_date"],
        postgresql_include=["item", "quantity"],
        postgresql_where=sa.text(
            "quantity > 0 AND reason IN ('receipt', 'transfer_in', 'stocktake')"
        ),
    )  # fmt: skip
    op.create_index("ix_stock_move_dated", "stock_move", ["business_date"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("ix_stock_move_dated", table_name="stock_move")
    op.drop_index("ix_stock_move_arrived", table_name="stock_move")
