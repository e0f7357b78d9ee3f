"""Sums of amounts that stay whole numbers"""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # PostgreSQL's `sum` of bigint is a numeric, which costs several times as much for each row and each group.
    op.execute(
        "CREATE AGGREGATE added (bigint) (sfunc = int8pl, stype = bigint, combinefunc = int8pl,"
        " initcond = '0', parallel = safe)"
    )


def downgrade() -> None:
    op.execute("DROP AGGREGATE added (bigint)")
