"""Flagged tickets"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ticket_flagged", "ticket", ["branch", "business_date"],
        postgresql_where=sa.text("jsonb_array_length(flags) > 0"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_ticket_flagged", table_name="ticket")
