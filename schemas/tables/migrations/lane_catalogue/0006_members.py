"""Members"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("phone_key", "card_key", "merged"):
        op.add_column("member", sa.Column(name, sa.Text(), nullable=False, server_default=""))
        op.create_index(op.f(f"ix_member_{name}"), "member", [name], unique=False)
    op.add_column(
        "member",
        sa.Column("provisional", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "points_rule",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("unpaid", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", name=op.f("pk_points_rule")),
    )


def downgrade() -> None:
    op.drop_table("points_rule")
    op.drop_column("member", "provisional")
    for name in ("phone_key", "card_key", "merged"):
        op.drop_index(op.f(f"ix_member_{name}"), table_name="member")
        op.drop_column("member", name)
