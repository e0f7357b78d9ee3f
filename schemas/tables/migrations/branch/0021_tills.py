"""Tills"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "till_count",
        sa.Column("denominations", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.add_column("shift", sa.Column("continues", sa.Text(), nullable=True))
    op.add_column("shift", sa.Column("handed_over_from", sa.Text(), nullable=True))
    op.create_table(
        "till_acceptance",
        sa.Column("shift", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("differences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shift", "at", name=op.f("pk_till_acceptance")),
    )
    op.create_index(
        op.f("ix_till_acceptance_branch_business_date"),
        "till_acceptance",
        ["branch", "business_date"],
        unique=False,
    )
    op.create_table(
        "terminal_batch",
        sa.Column("shift", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("shift", name=op.f("pk_terminal_batch")),
    )
    op.create_index(
        op.f("ix_terminal_batch_branch_business_date"),
        "terminal_batch",
        ["branch", "business_date"],
        unique=False,
    )
    op.create_table(
        "safe_move",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("movement", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("slip", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_safe_move")),
    )
    op.create_index(
        op.f("ix_safe_move_branch_business_date"),
        "safe_move",
        ["branch", "business_date"],
        unique=False,
    )
    op.create_table(
        "safe_count",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("counted", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expected", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("denominations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_safe_count")),
    )
    op.create_index(
        op.f("ix_safe_count_branch_business_date"),
        "safe_count",
        ["branch", "business_date"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_safe_count_branch_business_date"), table_name="safe_count")
    op.drop_table("safe_count")
    op.drop_index(op.f("ix_safe_move_branch_business_date"), table_name="safe_move")
    op.drop_table("safe_move")
    op.drop_index(op.f("ix_terminal_batch_branch_business_date"), table_name="terminal_batch")
    op.drop_table("terminal_batch")
    op.drop_index(op.f("ix_till_acceptance_branch_business_date"), table_name="till_acceptance")
    op.drop_table("till_acceptance")
    op.drop_column("shift", "handed_over_from")
    op.drop_column("shift", "continues")
    op.drop_column("till_count", "denominations")
