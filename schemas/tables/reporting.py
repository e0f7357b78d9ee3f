"""Reports that people saved, when they are sent to whom, and what became of each sending, and programs that
read them; headquarters' own.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, text

from schemas.tables.base import Big, Instant, Json, metadata

#: `parameters` are those of the report's address, names to lists of values; `shared` shows it to everybody who
#: reads reports, each as far as they may see.
saved_report = Table(
    "saved_report",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False, index=True),
    Column("shared", Boolean, nullable=False),
    Column("report", Text, nullable=False),
    Column("parameters", Json, nullable=False),
    Column("saved", Instant, nullable=False),
)

#: `every` is day, week or month; `on_day` the weekday from 1, Monday, or the day of the month, of which the 29th
#: and later stand for its last; `at` is a time such as 06:30 on the clock of `zone`. Without recipients the file
#: is dropped in the folder. `due` is when it is sent next.
report_schedule = Table(
    "report_schedule",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("saved_report", BigInteger, nullable=False, index=True),
    Column("owner", Text, nullable=False),
    Column("every", Text, nullable=False),
    Column("on_day", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("recipients", Json, nullable=False),
    Column("language", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("due", Instant, nullable=False),
    Index("ix_report_schedule_due", "due", postgresql_where=text("active")),
)

#: One sending; see `hq.reporting.sending` for its states. `again` is when it is tried again.
report_run = Table(
    "report_run",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("schedule", BigInteger, nullable=False, index=True),
    Column("due", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("started", Instant, nullable=False),
    Column("ended", Instant),
    Column("again", Instant),
    Column("file", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sent_to", Json, nullable=False),
    Column("complete", Boolean),
    Column("said", Text, nullable=False),
    Column("error", Text, nullable=False),
    Index(
        "ix_report_run_unfinished",
        "started",
        postgresql_where=text("state IN ('running', 'failed')"),
    ),
)

#: A program that reads reports for somebody: no more than its owner may see, of these `regions` alone where any are
#: named. `secret_hash` is empty where it was revoked; `used` is when it last asked, to the minute.
report_token = Table(
    "report_token",
    metadata,
    Column("token", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False, index=True),
    Column("regions", Json, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("made", Instant, nullable=False),
    Column("used", Instant),
    Column("revoked", Instant),
)

TABLES = (saved_report, report_schedule, report_run, report_token)
