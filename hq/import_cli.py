"""`chainwright hq import`: see what a file would change, then apply it.

A file is applied whole or not at all; a large one of items, units or barcodes in slices (`hq.import_runs`), with
its progress on the error output. A run that was ended goes on when the same command is given again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hq.bootstrap import Headquarters
    from hq.catalogue_import import Plan
    from hq.import_runs import BadCell, Run
    from hq.import_work import ImportWorker

Open = Callable[[Path], "AbstractContextManager[Headquarters]"]

_SHOWN_PROBLEMS = 50
_LOOK_SECONDS = 1.0


def add_commands(app: typer.Typer, opened: Open, default: Path) -> None:
    """Add the command; `opened` gives the headquarters of a settings file."""

    @app.command("import")
    def import_(
        kind: Annotated[str, typer.Argument(help="Such as items; a wrong one lists them all.")],
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
        operator: Annotated[
            str, typer.Option(help="Who does this: an operator's code, for the audit.")
        ],
        yes: Annotated[bool, typer.Option("--yes", help="Apply without asking.")] = False,
        leave_out: Annotated[
            bool,
            typer.Option("--leave-out", help="Of a large file, leave out the rows that are wrong."),
        ] = False,
        starts: Annotated[
            datetime | None,
            typer.Option(help="Prices hold from then on (UTC); at once if not given."),
        ] = None,
        settings: Annotated[
            Path,
            typer.Option("--settings", help="The settings file.", envvar="CHAINWRIGHT_HQ_SETTINGS"),
        ] = default,
    ) -> None:
        """Import a CSV file or a workbook: see what it would change, then apply all of it or nothing."""
        from hq.import_work import is_sliced, read_file

        data = read_file(kind, file.read_bytes())
        with opened(settings) as hq:
            if is_sliced(kind, data):
                _in_slices(hq, kind, data, operator, yes=yes, leave_out=leave_out)
            else:
                since = None if starts is None else starts.replace(tzinfo=starts.tzinfo or UTC)
                _at_once(hq, kind, file.stem, data, operator, since, yes=yes)


def _at_once(
    hq: Headquarters, kind: str, title: str, data: bytes, operator: str, since: datetime | None,
    *, yes: bool,
) -> None:  # fmt: skip
    from hq import catalogue_import, staff

    with hq.engine.begin() as connection:
        actor, now = staff.acting(connection, operator), hq.clock()
        plan = catalogue_import.plan(
            connection, kind, data, member_key=hq.member_key, decimals=hq.settings.decimals
        )
        _show(plan)
        if not (plan.problems or yes):
            typer.confirm("Apply?", abort=True)
        order = catalogue_import.Order(actor, now, title, since or now)
        document = catalogue_import.apply(connection, plan, order)
    typer.echo("imported" if document is None else f"drafted as price change {document}")


def _show(plan: Plan) -> None:
    reading = plan.reading
    typer.echo(
        f"{plan.kind}: {plan.rows} rows, {reading.new} new, {reading.changed} changed,"
        f" {reading.unchanged} unchanged, {len(plan.problems)} problems"
    )
    for problem in plan.problems[:_SHOWN_PROBLEMS]:
        typer.echo(f"  {problem}", err=True)


def _in_slices(
    hq: Headquarters, kind: str, data: bytes, operator: str, *, yes: bool, leave_out: bool
) -> None:
    from hq import import_runs, staff, uploads
    from hq.import_work import ImportWorker

    directory = hq.settings.data / uploads.DIRECTORY
    worker = ImportWorker(hq.engine, hq.clock, directory, hq.settings.decimals)
    with hq.engine.begin() as connection:
        actor = staff.acting(connection, operator)
        upload = uploads.keep(directory, data)
        run = import_runs.begin(connection, kind, upload, kind, actor, hq.clock())
    _work(hq, worker, run)
    with hq.engine.begin() as connection:
        held = import_runs.find(connection, run)
        _tell_problems(held, import_runs.problems(connection, run, limit=_SHOWN_PROBLEMS))
        if held.state in ("ready", "stopped"):
            if not yes:
                typer.confirm("Apply?", abort=True)
            import_runs.confirm(connection, run, actor, hq.clock(), leave_out=leave_out)
    _work(hq, worker, run)
    with hq.engine.connect() as connection:
        held = import_runs.find(connection, run)
    if held.state != "done":
        typer.echo(_why(held), err=True)
        raise typer.Exit(1)
    typer.echo(f"imported: {held.new} new, {held.changed} changed, {held.problems} left out")


def _work(hq: Headquarters, worker: ImportWorker, run: int) -> None:
    """Work on a run, or follow it while a headquarters that is serving does."""
    from hq import import_runs

    while not worker.work(run, _tell):
        with hq.engine.connect() as connection:
            held = import_runs.find(connection, run)
        _tell(held)
        if not held.is_under_way:
            return
        time.sleep(_LOOK_SECONDS)


def _tell(held: Run) -> None:
    word = "read" if held.state == "reading" else f"of {held.rows} rows imported"
    typer.echo(f"\r{held.done} {word}, {held.problems} wrong", nl=False, err=True)


def _tell_problems(held: Run, shown: list[BadCell]) -> None:
    typer.echo("", err=True)
    typer.echo(
        f"import {held.run}, {held.kind}: {held.rows} rows, {held.new} new, {held.changed} changed,"
        f" {held.problems} wrong"
    )
    for one in shown:
        typer.echo(f"  {one}", err=True)
    if held.problems > len(shown):
        typer.echo(f"  …; the page /imports/runs/{held.run} lists all of them", err=True)


def _why(held: Run) -> str:
    from hq.refusal import RefusalError

    if held.why is None:
        return f"import {held.run} is {held.state}: somebody else works on it"
    return str(RefusalError(held.why["text"], **held.why["params"]))
