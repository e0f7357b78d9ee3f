"""Working on a large import: reading its file, and applying its rows in slices (`hq.import_runs`).

Each slice is read, held against what there is and, when the run is being applied, published in a transaction
of its own, which also keeps the line it reached. The file's rows never stand in memory together; what does is
the file itself and, while it is looked at as a whole, the key of each row, so that duplicates are named.
A database that is away is waited for; the run goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from threading import Event

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from hq import barcode_holders, import_runs, publication, uploads
from hq.audit import note
from hq.catalogue_import import KINDS, Kind
from hq.import_kinds import Reading
from hq.import_runs import Run
from hq.references import References, references, with_items
from hq.refusal import RefusalError
from replication.clock import Clock
from replication.console.csv_file import Row, stream_rows
from replication.console.languages import msgid
from replication.console.xlsx_file import csv_of, is_workbook
from replication.looking import Looking
from replication.streams import CHAIN_FEED

#: The kinds whose rows become records of the chain one by one, so that they can be applied in slices.
SLICED = frozenset({"items", "units", "barcodes"})
#: Rows of a file beyond which it is applied in slices, and rows of a slice.
SLICE = 2_000
#: Bytes beyond which a workbook, which is compressed, is taken for as large without looking into it.
LARGE_WORKBOOK = 1 << 18

_WRONG_NOW = msgid(
    "Line %(line)s was right when the file was read and is not now: %(reason)s. Nothing of its slice"
    " was applied; begin anew with the file to see all that is wrong."
)
_FAILED = msgid("Something went wrong here; the log of headquarters says what. It may go on again.")
_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 1.0

Progress = Callable[[Run], None]


def is_sliced(kind: str, data: bytes) -> bool:
    """Whether a file of this kind is applied in slices rather than at once."""
    if kind not in SLICED:
        return False
    return len(data) > LARGE_WORKBOOK if is_workbook(data) else data.count(b"\n") > SLICE


def read_file(kind: str, data: bytes) -> bytes:
    """A file as it is worked on: a workbook as CSV. One that is large and sliced is left to the worker, for
    reading it takes longer than a person waits for a page. Raises CsvFileError.
    """
    return data if is_sliced(kind, data) else csv_of(data, kind)


class ImportWorker:
    """Works on one run at a time; `stop` ends the work behind the slice that it is at."""

    def __init__(self, engine: Engine, clock: Clock, directory: Path, decimals: int) -> None:
        self._engine = engine
        self._clock = clock
        self._directory = directory
        self._decimals = decimals
        self._leaving = Event()
        self._looking = Looking("imports", self._look, _LOOK_SECONDS)

    def start(self) -> None:
        """Work on whatever is under way, now and from now on, in a thread of its own."""
        self._looking.start()

    def stop(self) -> None:
        """End the work; a run that is under way goes on after the next start."""
        self._leaving.set()
        self._looking.stop()

    def work(self, run: int, progress: Progress = lambda _: None) -> bool:
        """Work on a run until it waits for a person or is done; False when somebody else does already."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as claim:
            if not import_runs.claim(claim, run):
                return False
            try:
                self._pass(run, progress)
            except RefusalError as error:
                with self._engine.begin() as connection:
                    import_runs.halt(connection, run, error, self._clock())
            finally:
                # A pooled connection outlives its use, and its locks with it.
                claim.invalidate()
        return True

    def _look(self) -> None:
        with self._engine.connect() as connection:
            waiting = import_runs.under_way(connection)
        for run in waiting:
            self._work_or_halt(run)

    def _work_or_halt(self, run: int) -> None:
        """A mistake of ours stops the run that it is in, and no other."""
        try:
            self.work(run)
        except OperationalError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the log has it and the run says so
            _log.exception("an import failed", run=run)
            with self._engine.begin() as connection:
                import_runs.halt(
                    connection, run, import_runs.ImportRunError(_FAILED), self._clock()
                )

    def _pass(self, run: int, progress: Progress) -> None:
        with self._engine.begin() as connection:
            held = import_runs.find(connection, run)
            if held.state == "reading":
                # Begun anew: of what was read before the program ended, the keys are lost.
                import_runs.forget_problems(connection, run)
                import_runs.advance(
                    connection, run, rows=0, line=0, done=0, new=0, changed=0, problems=0
                )
            elif held.state != "applying":
                return
            known = references(connection, "", self._decimals, named=())
        kind = KINDS[held.kind]
        data = csv_of(uploads.take(self._directory, held.upload), held.kind)
        rows = stream_rows(data, kind.columns, kind.optional)
        step = self._read if held.state == "reading" else self._apply
        for some in _slices(rows, behind=0 if held.state == "reading" else held.line):
            with self._engine.begin() as connection:
                now = import_runs.locked(connection, run)
                if self._leaving.is_set() or now.state != held.state:
                    return
                step(connection, now, kind, some, known)
                found = import_runs.find(connection, run)
            progress(found)
        self._end(run)

    def _read(
        self, connection: Connection, held: Run, kind: Kind, rows: list[Row], known: References
    ) -> None:
        reading = _read(connection, kind, rows, known)
        wrong = import_runs.keep_problems(connection, held.run, rows)
        import_runs.advance(
            connection, held.run, rows=held.rows + len(rows), line=rows[-1].line,
            done=held.done + len(rows), new=held.new + reading.new,
            changed=held.changed + reading.changed, problems=held.problems + wrong,
        )  # fmt: skip

    def _apply(
        self, connection: Connection, held: Run, kind: Kind, rows: list[Row], known: References
    ) -> None:
        barcode_holders.one_at_a_time(connection)
        wrong = import_runs.wrong_lines(connection, held.run, rows[0].line, rows[-1].line)
        right = [row for row in rows if row.line not in wrong]
        # What rows bear the same key was found when the file was looked at as a whole.
        known.lines.clear()
        reading = _read(connection, kind, right, known)
        for row in right:
            if row.problems:
                raise import_runs.ImportRunError(
                    _WRONG_NOW, line=row.line, reason=row.problems[0].reason
                )
        publication.publish(connection, {CHAIN_FEED: reading.changes})
        import_runs.advance(
            connection, held.run, line=rows[-1].line, done=held.done + len(rows),
            new=held.new + reading.new, changed=held.changed + reading.changed,
        )  # fmt: skip

    def _end(self, run: int) -> None:
        at = self._clock()
        with self._engine.begin() as connection:
            held = import_runs.locked(connection, run)
            if held.state == "reading":
                import_runs.advance(connection, run, state="ready", line=0, done=0)
            elif held.state == "applying":
                import_runs.advance(connection, run, state="done", ended=at)
                counts = f"{held.new} new, {held.changed} changed, {held.problems} left out"
                who = held.confirmed_by or held.begun_by
                note(connection, at, who, f"import.{held.kind}", str(run), counts)
        if held.state == "applying":
            uploads.forget(self._directory, held.upload)


def _read(connection: Connection, kind: Kind, rows: list[Row], known: References) -> Reading:
    named = {row.cells["item"].strip() for row in rows}
    return kind.read(connection, rows, with_items(connection, known, named))


def _slices(rows: Iterator[Row], *, behind: int) -> Iterator[list[Row]]:
    left = (row for row in rows if row.line > behind)
    while some := list(islice(left, SLICE)):
        yield some
