"""Inquiries that are decided, and suspended baskets"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from schemas.tables.base import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inquiry_decision",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("decided", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_inquiry_decision")),
    )
    op.create_index(
        op.f("ix_inquiry_decision_decided"), "inquiry_decision", ["decided"], unique=False
    )
    op.create_table(
        "suspended_basket",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("basket", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_suspended_basket")),
    )
    op.create_index(
        op.f("ix_suspended_basket_branch_business_date"),
        "suspended_basket",
        ["branch", "business_date"],
        unique=False,
    )
    op.create_table(
        "resumed_basket",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("basket", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("of_lane", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("repriced", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("uuid", "basket", name=op.f("pk_resumed_basket")),
    )
    op.create_table(
        "suspended_claim",
        sa.Column("suspended", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("suspended", name=op.f("pk_suspended_claim")),
    )


def downgrade() -> None:
    op.drop_table("suspended_claim")
    op.drop_table("resumed_basket")
    op.drop_index(op.f("ix_suspended_basket_branch_business_date"), table_name="suspended_basket")
    op.drop_table("suspended_basket")
    op.drop_index(op.f("ix_inquiry_decision_decided"), table_name="inquiry_decision")
    op.drop_table("inquiry_decision")
