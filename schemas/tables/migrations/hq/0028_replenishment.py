"""Replenishment: proposals with their lines, what they rest on, and prices agreed for an order"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("goods_line", sa.Column("agreed", sa.BigInteger(), nullable=True))
    op.create_table(
        "replenishment_run",
        sa.Column(
            "run",
            sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("branches", sa.Integer(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("proposals", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run", name=op.f("pk_replenishment_run")),
    )
    op.create_table(
        "replenishment_proposal",
        sa.Column(
            "proposal",
            sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revised", sa.DateTime(timezone=True), nullable=False),
        sa.Column("for_day", sa.Date(), nullable=False),
        sa.Column("expected", sa.Date(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("unvalued", sa.Integer(), nullable=False),
        sa.Column("usual", sa.BigInteger(), nullable=True),
        sa.Column(
            "below_least",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "gaps",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "since",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_rule", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("proposal", name=op.f("pk_replenishment_proposal")),
    )
    op.create_index(
        op.f("ix_replenishment_proposal_branch_partner"),
        "replenishment_proposal",
        ["branch", "partner"],
        unique=False,
    )
    op.create_index(
        op.f("ix_replenishment_proposal_made_proposal"),
        "replenishment_proposal",
        ["made", "proposal"],
        unique=False,
    )
    op.create_index(
        "ix_replenishment_proposal_open",
        "replenishment_proposal",
        ["branch", "kind", "partner"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "replenishment_line",
        sa.Column(
            "proposal",
            sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("factor", sa.BigInteger(), nullable=False),
        sa.Column("proposed", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("price_from", sa.Text(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=True),
        sa.Column(
            "terms",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "history",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "since",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("proposal", "item", name=op.f("pk_replenishment_line")),
    )
    op.create_table(
        "replenishment_ask",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("factor", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("price_from", sa.Text(), nullable=False),
        sa.Column(
            "terms",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "history",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("branch", "item", name=op.f("pk_replenishment_ask")),
    )
    op.create_index(
        op.f("ix_replenishment_ask_centre_item"),
        "replenishment_ask",
        ["centre", "item"],
        unique=False,
    )
    op.create_table(
        "replenishment_known_day",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("branch", "business_date", name=op.f("pk_replenishment_known_day")),
    )
    op.create_table(
        "replenishment_left_out",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column(
            "named",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("branch", "reason", name=op.f("pk_replenishment_left_out")),
    )


def downgrade() -> None:
    op.drop_table("replenishment_left_out")
    op.drop_table("replenishment_known_day")
    op.drop_index(op.f("ix_replenishment_ask_centre_item"), table_name="replenishment_ask")
    op.drop_table("replenishment_ask")
    op.drop_table("replenishment_line")
    op.drop_index(
        op.f("ix_replenishment_proposal_branch_partner"), table_name="replenishment_proposal"
    )
    op.drop_index(
        op.f("ix_replenishment_proposal_made_proposal"), table_name="replenishment_proposal"
    )
    op.drop_index(
        "ix_replenishment_proposal_open",
        table_name="replenishment_proposal",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_table("replenishment_proposal")
    op.drop_table("replenishment_run")
    op.drop_column("goods_line", "agreed")
