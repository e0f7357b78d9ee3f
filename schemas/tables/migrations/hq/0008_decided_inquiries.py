"""Inquiries that are decided and write"""

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


def downgrade() -> None:
    op.drop_index(op.f("ix_inquiry_decision_decided"), table_name="inquiry_decision")
    op.drop_table("inquiry_decision")
