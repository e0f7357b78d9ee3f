"""The category tree as a query: every category with the codes above it, itself last.

A category whose parent is unknown, or that stands in a circle, is in no path; whoever joins this
then falls back to the code itself, so that no figure falls out of a report.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Connection,
    Text,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import array, distinct_on

from schemas.tables.catalogue import category

#: Of a line without a category, which is one whose item was unknown to its lane.
NO_CATEGORY = ""


@cache
def category_paths() -> CTE:
    """A recursive CTE with the columns `category` and `path`, the top first; one and the same wherever a statement
    asks for it.
    """
    one_each = (
        select(category.c.category, category.c.parent)
        .ext(distinct_on(category.c.category))
        .order_by(category.c.category, category.c.generation.desc())
        .cte("known_category")
    )
    paths = (
        select(one_each.c.category, cast(array([one_each.c.category]), ARRAY(Text)).label("path"))
        .where(one_each.c.parent == literal_column("''"))
        .cte("category_path", recursive=True)
    )
    return paths.union_all(
        select(one_each.c.category, func.array_append(paths.c.path, one_each.c.category)).join(
            paths, one_each.c.parent == paths.c.category
        )
    )


def ancestor(paths: CTE, level: int) -> ColumnElement[Any]:
    """The code at a depth of the path, 1 being the top; the category itself where it is not so deep."""
    return paths.c.path[func.least(level, func.cardinality(paths.c.path))]


def category_names(connection: Connection) -> dict[str, str]:
    """The name of every category by its code."""
    rows = connection.execute(select(category.c.category, category.c.name))
    return {row[0]: row[1] for row in rows}


def paths_of(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The path of every category, the top first and itself last; of those that are in none, nothing."""
    return {row.category: tuple(row.path) for row in connection.execute(select(category_paths()))}
