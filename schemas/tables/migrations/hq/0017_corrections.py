"""Corrections"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("posted", sa.Date(), nullable=True))
    op.execute("UPDATE ticket SET posted = business_date")
    op.alter_column("ticket", "posted", nullable=False)
    op.add_column("ticket", sa.Column("corrects", sa.Text(), nullable=True))
    op.create_index(op.f("ix_ticket_posted_branch"), "ticket", ["posted", "branch"], unique=False)
    op.create_index(
        op.f("ix_ticket_corrects"),
        "ticket",
        ["corrects"],
        unique=False,
        postgresql_where=sa.text("corrects IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_late",
        "ticket",
        ["branch", "business_date"],
        unique=False,
        postgresql_where=sa.text("late"),
    )
    op.create_table(
        "ticket_correction",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_ticket_correction")),
    )
    op.create_index(
        op.f("ix_ticket_correction_ticket"), "ticket_correction", ["ticket"], unique=False
    )
    op.create_index(
        op.f("ix_ticket_correction_business_date_branch"),
        "ticket_correction",
        ["business_date", "branch"],
        unique=False,
    )
    _periods()


def _periods() -> None:
    op.create_table(
        "ticket_posting",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("posted", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_ticket_posting")),
    )
    op.create_index(
        op.f("ix_ticket_posting_branch_posted"),
        "ticket_posting",
        ["branch", "posted"],
        unique=False,
    )
    op.create_table(
        "day_order_answer",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_day_order_answer")),
    )
    _directives()
    _day_ledger()


def _day_ledger() -> None:
    op.create_table(
        "day_export",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_day_export")),
    )
    op.create_table(
        "day_export_line",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "number", "branch", "business_date", "figure", "key", name=op.f("pk_day_export_line")
        ),
    )
    op.create_index(
        op.f("ix_day_export_line_branch_business_date"),
        "day_export_line",
        ["branch", "business_date"],
        unique=False,
    )


def _directives() -> None:
    op.create_table(
        "day_order",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ordered", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_day_order")),
    )
    op.create_table(
        "period_lock",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("lock", sa.Text(), nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_period_lock")),
    )


def downgrade() -> None:
    op.drop_table("day_export_line")
    op.drop_table("day_export")
    op.drop_table("period_lock")
    op.drop_table("day_order")
    op.drop_table("day_order_answer")
    op.drop_table("ticket_posting")
    op.drop_table("ticket_correction")
    op.drop_index("ix_ticket_late", table_name="ticket")
    op.drop_index(op.f("ix_ticket_corrects"), table_name="ticket")
    op.drop_index(op.f("ix_ticket_posted_branch"), table_name="ticket")
    op.drop_column("ticket", "corrects")
    op.drop_column("ticket", "posted")
