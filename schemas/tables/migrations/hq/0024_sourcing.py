"""Sourcing: sources of items, terms of suppliers, quotes, what is kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_source",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("item", "branch", "supplier", name=op.f("pk_item_source")),
    )
    op.create_index(
        "ix_item_source_main",
        "item_source",
        ["item", "branch"],
        unique=True,
        postgresql_where=sa.text("main"),
    )
    op.create_index("ix_item_source_supplier", "item_source", ["supplier"], unique=False)
    op.create_table(
        "supplier_terms",
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.Column("review_days", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.Text(), nullable=False),
        sa.Column("least_amount", sa.BigInteger(), nullable=False),
        sa.Column("least_quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("supplier", name=op.f("pk_supplier_terms")),
    )
    op.create_table(
        "supplier_holiday",
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("supplier", "closed_on", name=op.f("pk_supplier_holiday")),
    )
    op.create_table(
        "supplier_quote",
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "supplier", "item", "unit", "quantity", "starts", name=op.f("pk_supplier_quote")
        ),
    )
    op.create_index(op.f("ix_supplier_quote_item"), "supplier_quote", ["item"], unique=False)
    op.create_table(
        "service_level",
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("category", name=op.f("pk_service_level")),
    )
    op.create_table(
        "replenishment_terms",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("presentation", sa.BigInteger(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=True),
        sa.Column("maximum", sa.BigInteger(), nullable=True),
        sa.Column("adjusting", sa.Boolean(), nullable=False),
        sa.Column("shelf_life_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("item", "branch", name=op.f("pk_replenishment_terms")),
    )
    op.create_table(
        "served_branch",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("branch", name=op.f("pk_served_branch")),
    )
    op.create_index(op.f("ix_served_branch_centre"), "served_branch", ["centre"], unique=False)
    op.create_table(
        "replenishment_rule",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=True),
        sa.Column("within_percent", sa.Integer(), nullable=True),
        sa.Column("may_exceed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("branch", name=op.f("pk_replenishment_rule")),
    )


def downgrade() -> None:
    op.drop_table("replenishment_rule")
    op.drop_index(op.f("ix_served_branch_centre"), table_name="served_branch")
    op.drop_table("served_branch")
    op.drop_table("replenishment_terms")
    op.drop_table("service_level")
    op.drop_index(op.f("ix_supplier_quote_item"), table_name="supplier_quote")
    op.drop_table("supplier_quote")
    op.drop_table("supplier_holiday")
    op.drop_table("supplier_terms")
    op.drop_index("ix_item_source_main", table_name="item_source", postgresql_where=sa.text("main"))
    op.drop_index("ix_item_source_supplier", table_name="item_source")
    op.drop_table("item_source")
