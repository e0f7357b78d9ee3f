"""What was agreed with franchised branches, at rest; what a rule means, `schemas.domain.franchise.rule` says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, select

from schemas.domain.franchise.rule import Agreement, Rule, agreement
from schemas.tables.base import upsert
from schemas.tables.catalogue import category
from schemas.tables.franchise import franchise_rule
from schemas.tables.headquarters import branch_group_member


def every(connection: Connection) -> dict[str, Rule]:
    """All rules by their codes, those of an audience and kind together."""
    row = franchise_rule.c
    rows = connection.execute(
        select(franchise_rule).order_by(row.audience, row.kind, row.category, row.first, row.rule)
    )
    return {one.rule: Rule(**one._mapping) for one in rows}  # noqa: SLF001 - a row's own public name


def write(connection: Connection, changes: Sequence[Rule]) -> None:
    """Add rules, or replace those of the same code."""
    upsert(connection, franchise_rule, [asdict(one) for one in changes])


def of_branch(connection: Connection, branch: str) -> Agreement:
    """What was agreed with a branch, with the tree of categories as it is now."""
    held = branch_group_member.c
    groups = connection.execute(select(held.branch_group).where(held.branch == branch)).scalars()
    parents = connection.execute(select(category.c.category, category.c.parent))
    return agreement(
        every(connection).values(), branch, list(groups), {row[0]: row[1] for row in parents}
    )
