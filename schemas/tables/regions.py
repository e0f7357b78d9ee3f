"""Regions (大区), which headquarters alone keeps: its own sorting of branches, for whoever looks after some."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from schemas.tables.base import metadata

region = Table(
    "region",
    metadata,
    Column("region", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

#: A branch is in one region or in none.
branch_region = Table(
    "branch_region",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("region", Text, nullable=False, index=True),
)

TABLES = (region, branch_region)
