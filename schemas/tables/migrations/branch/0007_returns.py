"""Returns"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_return",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("original", sa.Text(), nullable=True),
        sa.Column("original_line", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "number", name=op.f("pk_ticket_return")),
    )
    op.create_index(op.f("ix_ticket_return_original"), "ticket_return", ["original"], unique=False)
    op.create_index(op.f("ix_ticket_return_receipt"), "ticket_return", ["receipt"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_ticket_return_receipt"), table_name="ticket_return")
    op.drop_index(op.f("ix_ticket_return_original"), table_name="ticket_return")
    op.drop_table("ticket_return")
