"""A column among many values: told as one array, for a statement takes no more than 65,535 values one by one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Text, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY


def among(column: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
    """Whether a column of texts has one of these values. PostgreSQL only."""
    return column == any_(literal(list(values), ARRAY(Text)))
