"""Members"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
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
    op.create_index(
        op.f("ix_ticket_member"), "ticket", ["member"], unique=False,
        postgresql_where=sa.text("member IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "points_entry",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "rule", "original", name=op.f("pk_points_entry")),
    )
    op.create_index(
        op.f("ix_points_entry_member_at"), "points_entry", ["member", "at"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_points_entry_member_at"), table_name="points_entry")
    op.drop_table("points_entry")
    op.drop_index(op.f("ix_ticket_member"), table_name="ticket")
    op.drop_table("points_rule")
    op.drop_column("member", "provisional")
    for name in ("phone_key", "card_key", "merged"):
        op.drop_index(op.f(f"ix_member_{name}"), table_name="member")
        op.drop_column("member", name)
