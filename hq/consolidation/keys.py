"""How each dimension is called in a row: the text that groups it, over aggregates and over lines alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    and_,
    cast,
    column,
    func,
    literal_column,
    values,
)

from hq.consolidation.question import Dimension, Question
from hq.reports.categories import ancestor, category_paths
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import member
from schemas.tables.sourcing import item_source

#: The path of every category, the top first and itself last.
Paths = Mapping[str, tuple[str, ...]]
#: Those of which a receipt has one alone, so that the receipts of several add up.
EXCLUSIVE: frozenset[Dimension] = frozenset({"hour", "operator", "member", "tier"})
#: What a dimension is kept under; the others are kept under their own names.
_KEPT_UNDER = {"supplier": "item", "tier": "member"}


def kept_under(dimension: Dimension) -> str:
    """The dimension of which this one is a sum."""
    return _KEPT_UNDER.get(dimension, dimension)


class Keys:
    """The keys of a question over a source of rows, with what has to be joined to it for them."""

    def __init__(
        self, question: Question, source: FromClause, columns: dict[str, ColumnElement[Any]],
        paths: Paths,
    ) -> None:  # fmt: skip
        """`columns` name `branch`, `posted` and the codes of what the source tells apart."""
        self._question, self._columns, self._tree = question, columns, paths
        self._keys: dict[Dimension, ColumnElement[Any]] = {}
        self.source = source

    def of(self, dimension: Dimension) -> ColumnElement[Any]:
        """The key of a dimension."""
        if dimension not in self._keys:
            self._keys[dimension] = self._made(dimension)
        return self._keys[dimension]

    def conditions(self) -> list[ColumnElement[bool]]:
        """What rows must be for the question to ask for them."""
        found: list[ColumnElement[bool]] = []
        for one in self._question.only:
            if one.dimension == "category":
                found.append(self._columns["category"].in_(below(one.keys, self._tree)))
            else:
                found.append(self.of(one.dimension).in_(one.keys))
        return found

    def _made(self, dimension: Dimension) -> ColumnElement[Any]:
        branch, posted = self._columns["branch"], self._columns["posted"]
        match dimension:
            case "region":
                return self._region(branch)
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
            case "category":
                return self._category()
            case "supplier":
                return self._supplier()
            case "tier":
                return self._tier()
            case _:
                return self._columns[dimension]

    def _region(self, branch: ColumnElement[Any]) -> ColumnElement[Any]:
        known = [(one.branch, one.region) for one in self._question.branches]
        region_of = values(column("branch", Text), column("region", Text), name="region_of")
        listed = region_of.data(known)
        self.source = self.source.outerjoin(listed, listed.c.branch == branch)
        return func.coalesce(listed.c.region, "")

    def _category(self) -> ColumnElement[Any]:
        own = self._columns["category"]
        if self._question.level is None:
            return own
        paths = category_paths()
        self.source = self.source.outerjoin(paths, paths.c.category == own)
        return func.coalesce(ancestor(paths, self._question.level), own)

    def _supplier(self) -> ColumnElement[Any]:
        source = item_source.c
        main = and_(source.item == self._columns["item"], source.branch == "", source.main)
        self.source = self.source.outerjoin(item_source, main)
        return func.coalesce(source.supplier, "")

    def _tier(self) -> ColumnElement[Any]:
        same = and_(member.c.stream == CHAIN_FEED, member.c.key == self._columns["member"])
        self.source = self.source.outerjoin(member, same)
        return func.coalesce(member.c.tier, "")


def below(codes: Sequence[str], paths: Paths) -> list[str]:
    """These categories and all that are below them."""
    wanted = set(codes)
    return [*codes, *(code for code, path in paths.items() if wanted & {*path[:-1]})]


def places_of(by: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """The first columns of a statement by their places, to group by."""
    return [literal_column(str(number)) for number in range(1, len(by) + 1)]
