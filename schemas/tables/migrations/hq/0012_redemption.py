"""Redemption"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tender_detail", sa.Column("points", sa.BigInteger(), nullable=True))
    op.add_column("tender_detail", sa.Column("grant_number", sa.Text(), nullable=True))
    op.create_index(
        op.f("ix_tender_detail_grant_number"), "tender_detail", ["grant_number"], unique=False
    )
    _stored_value()
    _reservations()
    _receivables()
    _coupons()
    _grants()


def _stored_value() -> None:
    op.create_table(
        "stored_value_entry",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "rule", "original", name=op.f("pk_stored_value_entry")),
    )
    op.create_index(
        op.f("ix_stored_value_entry_member_at"),
        "stored_value_entry",
        ["member", "at"],
        unique=False,
    )


def _reservations() -> None:
    op.create_table(
        "redemption_terms",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("reservation_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_terms")),
    )
    op.create_table(
        "reservation",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "kind", "account", name=op.f("pk_reservation")),
    )
    op.create_index(
        op.f("ix_reservation_account_kind"), "reservation", ["account", "kind"], unique=False
    )


def _receivables() -> None:
    op.create_table(
        "receivable",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("settled", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("ticket", "kind", "account", name=op.f("pk_receivable")),
    )
    op.create_index(
        op.f("ix_receivable_account_kind"), "receivable", ["account", "kind"], unique=False
    )


def _coupons() -> None:
    op.create_table(
        "coupon",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("voided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_coupon")),
    )
    op.create_index(op.f("ix_coupon_kind_number"), "coupon", ["kind", "number"], unique=False)
    op.create_index(op.f("ix_coupon_member"), "coupon", ["member"], unique=False)
    op.create_table(
        "coupon_use",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("coupon", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grant_number", sa.Text(), nullable=True),
        sa.Column("given_back", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "coupon", name=op.f("pk_coupon_use")),
    )
    op.create_index(op.f("ix_coupon_use_coupon"), "coupon_use", ["coupon"], unique=False)
    op.create_index(
        op.f("ix_coupon_use_grant_number"), "coupon_use", ["grant_number"], unique=False
    )


def _grants() -> None:
    op.create_table(
        "grant_policy",
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("branch", "kind", name=op.f("pk_grant_policy")),
    )
    op.create_table(
        "redemption_grant",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rate_points", sa.BigInteger(), nullable=True),
        sa.Column("rate_amount", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported", sa.BigInteger(), nullable=True),
        sa.Column("left_behind", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_redemption_grant")),
    )
    op.create_index(op.f("ix_redemption_grant_lane"), "redemption_grant", ["lane"], unique=False)
    op.create_index(op.f("ix_redemption_grant_until"), "redemption_grant", ["until"], unique=False)


def downgrade() -> None:
    for name in (
        "redemption_grant",
        "grant_policy",
        "coupon_use",
        "coupon",
        "receivable",
        "reservation",
        "redemption_terms",
        "stored_value_entry",
    ):
        op.drop_table(name)
    op.drop_index(op.f("ix_tender_detail_grant_number"), table_name="tender_detail")
    op.drop_column("tender_detail", "grant_number")
    op.drop_column("tender_detail", "points")
