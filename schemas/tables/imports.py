"""Imports of large files on their way, and what was wrong with which of their rows; see `hq.import_runs`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text, false

from schemas.tables.base import Big, Instant, Json, metadata

#: `line` is the last one of the file that is done in the present state; `why` is the text and the values of
#: what stopped it. `problems` counts rows, not what is wrong with each.
import_run = Table(
    "import_run",
    metadata,
    Column("run", Big, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("upload", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("rows", Integer, nullable=False, server_default="0"),
    Column("line", Integer, nullable=False, server_default="0"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("new", Integer, nullable=False, server_default="0"),
    Column("changed", Integer, nullable=False, server_default="0"),
    Column("problems", Integer, nullable=False, server_default="0"),
    Column("leave_out", Boolean, nullable=False, server_default=false()),
    Column("begun_by", Text, nullable=False),
    Column("begun", Instant, nullable=False),
    Column("confirmed_by", Text),
    Column("confirmed", Instant),
    Column("ended", Instant),
    Column("why", Json),
)

import_problem = Table(
    "import_problem",
    metadata,
    Column("run", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("column", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("params", Json, nullable=False),
)

TABLES = (import_run, import_problem)
