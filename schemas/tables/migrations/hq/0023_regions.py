"""Regions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "region",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_region")),
    )
    op.create_table(
        "branch_region",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("branch", name=op.f("pk_branch_region")),
    )
    op.create_index(op.f("ix_branch_region_region"), "branch_region", ["region"], unique=False)
    op.add_column(
        "staff",
        sa.Column(
            "regions", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
    )


def downgrade() -> None:
    op.drop_column("staff", "regions")
    op.drop_index(op.f("ix_branch_region_region"), table_name="branch_region")
    op.drop_table("branch_region")
    op.drop_table("region")
