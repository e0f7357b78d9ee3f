"""What changed of the stock, in its order"""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_TABLES = ("shop_item", "stock_on_hand")


def upgrade() -> None:
    for table in _TABLES:
        op.create_index(
            op.f(f"ix_{table}_changed_branch_item"), table, ["changed", "branch", "item"]
        )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_index(op.f(f"ix_{table}_changed_branch_item"), table_name=table)
