"""Consolidation"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_FIGURES = (
    "receipts", "lines", "quantity", "list_amount", "sales", "tax", "member_receipts", "total",
    "rounding", "change", "payments", "taken", "foreign_amount", "discount", "moved", "cost",
    "cost_with_tax", "uncosted", "uncosted_tax", "uncosted_lines",
)  # fmt: skip
_SUMMED = (
    "consolidated_branch_day", "consolidated_branch_month", "consolidated_chain_day",
    "consolidated_chain_month",
)  # fmt: skip


def upgrade() -> None:
    op.create_table("consolidated_fresh", *_fresh_columns())
    # They stay for a minute: to pack them takes longer than to write them as they are.
    for name in ("keys", *_FIGURES):
        op.execute(f"ALTER TABLE consolidated_fresh ALTER {name} SET STORAGE EXTERNAL")
    for name in _SUMMED:
        op.create_table(
            name,
            *_columns(),
            sa.PrimaryKeyConstraint(
                "dimension", "branch", "posted", "revision", "key", name=op.f(f"pk_{name}")
            ),
            postgresql_partition_by="RANGE (posted)",
        )
    op.create_table(
        "consolidation_due",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("branch", "month", name=op.f("pk_consolidation_due")),
    )
    op.create_index(
        "ix_ticket_flagged", "ticket", ["branch", "business_date"],
        postgresql_where=sa.text("jsonb_array_length(flags) > 0"),
    )  # fmt: skip
    # The whole of what was sold before this release is worked out from the journals.
    op.execute(
        "INSERT INTO consolidation_due"
        " SELECT branch, CAST(date_trunc('month', posted) AS date), now(), true FROM ticket GROUP BY 1, 2"
    )


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("posted", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _FIGURES),
    ]


def _fresh_columns() -> list[sa.Column[Any]]:
    return [
        *_columns()[:4],
        sa.Column("keys", sa.ARRAY(sa.Text()), nullable=False),
        *(sa.Column(name, sa.ARRAY(sa.BigInteger()), nullable=True) for name in _FIGURES),
    ]


def downgrade() -> None:
    op.drop_index("ix_ticket_flagged", table_name="ticket")
    op.drop_table("consolidation_due")
    for name in reversed(_SUMMED):
        op.drop_table(name)
    op.drop_table("consolidated_fresh")
