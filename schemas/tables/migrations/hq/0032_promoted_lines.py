"""Which lines a promotion took something off"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ticket_line_promoted", "ticket_line", ["ticket"], unique=False,
        postgresql_include=["item"],
        postgresql_where=sa.text("""discounts @> '[{"kind": "promotion"}]' AND NOT voided"""),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_ticket_line_promoted", "ticket_line", postgresql_include=["item"])
