"""Alembic's entry: runs the versions of one kind of database over a connection it is handed."""

from __future__ import annotations

from typing import Literal

from alembic import context

from schemas.tables.base import Instant, metadata
from schemas.tables.kinds import TABLES

kind = context.config.attributes["kind"]
held = {table.name for table in TABLES[kind]}


def render(_: str, thing: object, __: object) -> str | Literal[False]:
    """Migrations stand by themselves: our own column types are written as what they rest on."""
    return "sa.DateTime(timezone=True)" if isinstance(thing, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=lambda name, type_, _: type_ != "table" or name in held,
    include_object=lambda _, name, type_, *__: type_ != "table" or name in held,
    render_item=render,
    render_as_batch=kind.startswith("lane"),
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
