"""How each dimension is called in a row: the text that groups it, over aggregates and over lines alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    select,
    values,
)

from hq.consolidation.question import Only, Place, Question
from hq.reports.categories import ancestor
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import member

#: Those of which a receipt has one alone, so that its receipts add up.
EXCLUSIVE = frozenset({"hour", "operator", "member", "tier"})


def place_key(
    place: Place, branch: ColumnElement[Any], posted: ColumnElement[Any], regions: FromClause | None
) -> ColumnElement[Any]:
    """The key of a place or a time."""
    match place:
        case "region":
            return literal("") if regions is None else func.coalesce(regions.c.region, "")
        case "branch":
            return branch
        case "day":
            return cast(posted, Text)
        case "week":
            return func.to_char(func.date_trunc("week", posted), "YYYY-MM-DD")
        case "month":
            return func.to_char(posted, "YYYY-MM-01")
        case "weekday":
            return cast(func.extract("isodow", posted), Text)


def regions_of(question: Question) -> FromClause | None:
    """The region of each branch that is asked about, where any is in one."""
    known = [(one.branch, getattr(one, "region", "")) for one in question.branches]
    if "region" not in question.by or not any(region for _, region in known):
        return None
    listed = values(column("branch", Text), column("region", Text), name="region_of")
    return listed.data(known)


def tier_key(code: ColumnElement[Any], source: FromClause) -> tuple[ColumnElement[Any], FromClause]:
    """The tier that the member of a row has now, and what that is read from."""
    joined = source.outerjoin(member, and_(member.c.stream == CHAIN_FEED, member.c.key == code))
    return func.coalesce(member.c.tier, ""), joined


def level_key(paths: CTE, own: ColumnElement[Any], level: int) -> ColumnElement[Any]:
    """The category at a level above a category, or itself."""
    return func.coalesce(ancestor(paths, level), own)


def category_is(paths: CTE, own: ColumnElement[Any], codes: Sequence[str]) -> ColumnElement[bool]:
    """Whether a category is one of these or below one."""
    below = select(paths.c.category).where(paths.c.path.op("&&")(func.cast_text_array(list(codes))))
    return own.in_([*codes]) | own.in_(below)


def kept_by(only: Sequence[Only], dimension: str) -> tuple[str, ...] | None:
    """The keys of a dimension that are asked for, None where all are."""
    found: tuple[str, ...] | None = None
    for one in only:
        if one.dimension == dimension:
            found = one.keys if found is None else tuple(sorted({*found} & {*one.keys}))
    return found
