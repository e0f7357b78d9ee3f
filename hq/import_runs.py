"""Imports of large files: one of these per file, looked at as a whole and then applied in slices.

    state      what it means                                        next
    reading    its rows are being looked at, nothing is changed     ready; refused
    ready      looked at: so many new, changed, wrong               applying, by a person's word; dropped
    applying   slices of rows are applied, each in a transaction    done; stopped
    stopped    a person stopped it, or a row became wrong           applying, by a person's word; dropped
    done       every row without a problem is applied               –
    refused    the file as a whole cannot be read; `why` says it    –
    dropped    nobody wants it (any more)                           –

What it promises: nothing is applied before a person says so, and of a file with wrong rows only if that
person leaves those out by name. A slice is applied whole or not at all, in one transaction with the line
that it reached: whatever ends the program, the run goes on behind that line. So a large file is not all or
nothing: what was applied before it stopped stays, and importing the file again changes none of it.
Between slices others publish: an urgent price change waits for one slice at most. See `hq.import_work`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select, text, update

from hq.audit import note
from hq.refusal import RefusalError
from replication.console.csv_file import Problem, Row
from replication.console.languages import msgid
from replication.console.users import User
from schemas.tables.bulk import insert_rows
from schemas.tables.imports import import_problem, import_run

State = Literal["reading", "ready", "applying", "stopped", "done", "refused", "dropped"]
UNDER_WAY: tuple[State, ...] = ("reading", "applying")

_UNKNOWN = msgid("There is no import %(run)s.")
_STATE = msgid("Import %(run)s is %(state)s, so this cannot be done (any more).")
_WRONG_ROWS = msgid(
    "%(count)s rows of the file are wrong: correct the file, or say that they are left out."
)
_BY_PERSON = msgid("%(operator)s stopped it.")

#: Who works on a run holds this lock of the database, with the run's number.
LOCK = 8_470_003
_SHOWN = 60


class ImportRunError(RefusalError):
    """What was asked of a large import cannot be done."""


@dataclass(frozen=True, slots=True)
class Run:
    """An import as it stands. `line` is the last line of the file that is done."""

    run: int
    kind: str
    upload: str
    title: str
    state: State
    rows: int
    line: int
    done: int
    new: int
    changed: int
    problems: int
    leave_out: bool
    begun_by: str
    begun: datetime
    confirmed_by: str | None
    confirmed: datetime | None
    ended: datetime | None
    why: dict[str, Any] | None

    @property
    def right(self) -> int:
        """How many rows nothing is wrong with."""
        return self.rows - self.problems

    @property
    def is_under_way(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in UNDER_WAY


@dataclass(frozen=True, slots=True)
class BadCell:
    """What was wrong with a cell, and what stood there."""

    line: int
    place: int
    column: str
    value: str
    reason: RefusalError

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}"


def begin(
    connection: Connection, kind: str, upload: str, title: str, actor: User, at: datetime
) -> int:
    """Begin to look at an upload, or go back to the run that is about the same file already."""
    row = import_run.c
    same = select(row.run).where(
        row.kind == kind, row.upload == upload,
        row.state.in_(("reading", "ready", "applying", "stopped")),
    )  # fmt: skip
    held = connection.execute(same.limit(1)).scalar()
    if held is not None:
        return int(held)
    made = connection.execute(
        insert(import_run)
        .values(kind=kind, upload=upload, title=title[:200], state="reading",
                begun_by=actor.operator, begun=at)
        .returning(row.run)
    ).scalar_one()  # fmt: skip
    return int(made)


def confirm(
    connection: Connection, run: int, actor: User, at: datetime, *, leave_out: bool
) -> None:
    """Say that its rows are applied, or that it goes on. Raises ImportRunError."""
    held = _held(connection, run, ("ready", "stopped"))
    if held.problems and not (leave_out or held.leave_out):
        raise ImportRunError(_WRONG_ROWS, count=held.problems)
    changes: dict[str, Any] = {"state": "applying", "why": None, "ended": None}
    if held.state == "ready":
        changes |= {"line": 0, "done": 0, "new": 0, "changed": 0}
    _set(connection, run, **changes, leave_out=leave_out or held.leave_out,
         confirmed_by=actor.operator, confirmed=at)  # fmt: skip
    left = f"{held.problems} rows left out" if held.problems else ""
    note(connection, at, actor.operator, f"import.{held.kind}.confirm", str(run), left)


def stop(connection: Connection, run: int, actor: User, at: datetime) -> None:
    """Stop it behind the slice that is being applied. Raises ImportRunError."""
    held = _held(connection, run, ("applying",))
    halt(connection, run, RefusalError(_BY_PERSON, operator=actor.operator), at)
    note(connection, at, actor.operator, f"import.{held.kind}.stop", str(run))


def drop(connection: Connection, run: int, actor: User, at: datetime) -> None:
    """Give it up; what was applied stays. Raises ImportRunError."""
    held = _held(connection, run, ("reading", "ready", "stopped"))
    _set(connection, run, state="dropped", ended=at)
    note(connection, at, actor.operator, f"import.{held.kind}.drop", str(run))


def halt(connection: Connection, run: int, why: RefusalError, at: datetime) -> None:
    """Stop an import, or refuse its file while it is only being read."""
    state = "refused" if find(connection, run).state == "reading" else "stopped"
    told = {"text": why.text, "params": {name: str(one) for name, one in why.params.items()}}
    _set(connection, run, state=state, why=told, ended=at)


def advance(connection: Connection, run: int, **changes: Any) -> None:  # noqa: ANN401 - columns
    """Keep how far it is."""
    _set(connection, run, **changes)


def keep_problems(connection: Connection, run: int, rows: Sequence[Row]) -> int:
    """Keep what is wrong with rows, and answer how many of them are wrong."""
    wrong = [row for row in rows if row.problems]
    insert_rows(
        connection,
        import_problem,
        [_told(run, row, place, one) for row in wrong for place, one in enumerate(row.problems)],
    )
    return len(wrong)


def forget_problems(connection: Connection, run: int) -> None:
    """Before its file is read once more from the beginning."""
    connection.execute(delete(import_problem).where(import_problem.c.run == run))


def wrong_lines(connection: Connection, run: int, first: int, last: int) -> set[int]:
    """Which lines from `first` to `last` are known to be wrong."""
    row = import_problem.c
    query = select(row.line).where(row.run == run, row.line.between(first, last))
    return set(connection.execute(query).scalars())


def problems(
    connection: Connection, run: int, *, after: tuple[int, int] = (0, 0), limit: int = 100
) -> list[BadCell]:
    """What is wrong, by line, behind the line and place `after`."""
    row = import_problem.c
    query = (
        select(row.line, row.place, row.column, row.value, row.text, row.params)
        .where(row.run == run, (row.line > after[0]) | ((row.line == after[0]) & (row.place > after[1])))
        .order_by(row.line, row.place)
        .limit(limit)
    )  # fmt: skip
    return [
        BadCell(one.line, one.place, one.column, one.value, RefusalError(one.text, **one.params))
        for one in connection.execute(query)
    ]


def reasons(connection: Connection, run: int) -> list[tuple[str, int]]:
    """How often each kind of thing is wrong, the most frequent first, by its text unfilled."""
    row = import_problem.c
    query = select(row.text, func.count()).where(row.run == run).group_by(row.text)
    found = [(text_, count) for text_, count in connection.execute(query)]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def find(connection: Connection, run: int) -> Run:
    """One of them. Raises ImportRunError."""
    row = connection.execute(select(import_run).where(import_run.c.run == run)).mappings().first()
    if row is None:
        raise ImportRunError(_UNKNOWN, run=run)
    return Run(**row)


def newest(connection: Connection, limit: int) -> list[Run]:
    """The last ones begun."""
    query = select(import_run).order_by(import_run.c.run.desc()).limit(limit)
    return [Run(**row) for row in connection.execute(query).mappings()]


def under_way(connection: Connection) -> list[int]:
    """Those that go on by themselves, the oldest first."""
    row = import_run.c
    query = select(row.run).where(row.state.in_(UNDER_WAY)).order_by(row.run)
    return list(connection.execute(query).scalars())


def locked(connection: Connection, run: int) -> Run:
    """The same as `find`, held until this transaction ends."""
    connection.execute(select(import_run.c.run).where(import_run.c.run == run).with_for_update())
    return find(connection, run)


def claim(connection: Connection, run: int) -> bool:
    """Whether nobody else works on it; the claim lasts as long as the connection."""
    query = text("SELECT pg_try_advisory_lock(CAST(:key AS integer), CAST(:run AS integer))")
    return bool(connection.execute(query, {"key": LOCK, "run": run}).scalar_one())


def _held(connection: Connection, run: int, states: tuple[State, ...]) -> Run:
    held = locked(connection, run)
    if held.state not in states:
        raise ImportRunError(_STATE, run=run, state=held.state)
    return held


def _set(connection: Connection, run: int, **changes: Any) -> None:  # noqa: ANN401 - columns
    connection.execute(update(import_run).where(import_run.c.run == run).values(**changes))


def _told(run: int, row: Row, place: int, one: Problem) -> dict[str, Any]:
    params = {name: str(value) for name, value in one.reason.params.items()}
    return {
        "run": run, "line": row.line, "place": place, "column": one.column,
        "value": row.cells.get(one.column, "")[:_SHOWN], "text": one.reason.text, "params": params,
    }  # fmt: skip
