"""`chainwright replication …`: what concerns the links between sites, whichever kind of site it is.

verify   0  everything was compared, and what differed was repaired
         1  something differs or could not be compared; it is named
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from replication.findings import Report

#: Gives the URL of the database that a site's settings name.
Provide = Callable[[Any], AbstractContextManager[str]]
_MOST_SHOWN = 200


def build(provide: Provide) -> typer.Typer:
    """The commands, over the databases that `provide` gives."""
    app = typer.Typer(help="The links between the sites.", no_args_is_help=True)

    @app.callback()
    def _group() -> None:
        """Keep `verify` a command of its own, however few there are beside it."""

    @app.command()
    def verify(
        branch: Annotated[
            Path | None, typer.Option(help="The settings file of the branch to verify.")
        ] = None,
        lane: Annotated[
            Path | None, typer.Option(help="The settings file of the lane to verify.")
        ] = None,
        hq: Annotated[Path | None, typer.Option(help="The settings file of headquarters.")] = None,
        repair: Annotated[
            bool, typer.Option("--repair", help="Mend what can be made from what is held.")
        ] = False,
        stream: Annotated[str | None, typer.Option(help="This feed alone.")] = None,
        day: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="This business day alone.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Compare a site with its parent and with its own journals, range by range."""
        named = [one for one in (branch, lane, hq) if one is not None]
        if len(named) != 1:
            raise typer.BadParameter("name one settings file: --branch, --lane or --hq")
        if stream is not None and (day is not None or hq is not None):
            raise typer.BadParameter("--stream is for a branch or a lane, and not with --day")
        if day is not None and lane is not None:
            raise typer.BadParameter("a lane keeps no business days: verify its branch")
        on = None if day is None else day.date()
        with _explained():
            if branch is not None:
                report = _branch(provide, branch, stream, on, repair=repair)
            elif lane is not None:
                report = _lane(lane, stream, repair=repair)
            else:
                report = _headquarters(provide, named[0], on, repair=repair)
        typer.echo(_as_json(report) if as_json else _as_text(report))
        raise typer.Exit(0 if report.equal else 1)

    return app


def _branch(
    provide: Provide, settings: Path, stream: str | None, day: date | None, *, repair: bool
) -> Report:
    from branch.bootstrap import connect
    from branch.settings import read_settings
    from branch.verify import verify

    known = read_settings(settings)
    with provide(known) as dsn:
        branch = connect(known, dsn)
        try:
            return verify(branch.runner, stream=stream, day=day, repair=repair)
        finally:
            branch.runner.stop()
            branch.engine.dispose()


def _lane(settings: Path, stream: str | None, *, repair: bool) -> Report:
    from pos_frontend.settings import read_settings
    from pos_frontend.verify import asking, verify

    with asking(read_settings(settings)) as link:
        return verify(link, stream=stream, repair=repair)


def _headquarters(provide: Provide, settings: Path, day: date | None, *, repair: bool) -> Report:
    from hq.bootstrap import opened
    from hq.settings import read
    from hq.verify import verify

    known = read(settings)
    with provide(known) as dsn, opened(known, dsn) as headquarters:
        return verify(headquarters.engine, day=day, repair=repair)


def _as_text(report: Report) -> str:
    lines = [f"compared {count} {what}" for what, count in report.compared.items()]
    lines += [
        f"{'repaired' if one.repaired else 'DIFFERS '}  {one.where}  {one.what}"
        for one in report.found[:_MOST_SHOWN]
    ]
    if len(report.found) > _MOST_SHOWN:
        lines.append(f"… and {len(report.found) - _MOST_SHOWN} more; --json tells them all")
    lines += [f"NOT COMPARED  {one}" for one in report.skipped]
    left = len(report.remaining)
    lines.append(
        f"{len(report.found)} differences, {len(report.found) - left} repaired, {left} remain"
    )
    return "\n".join(lines)


def _as_json(report: Report) -> str:
    found = [
        {"where": one.where, "what": one.what, "repaired": one.repaired} for one in report.found
    ]
    told = {
        "equal": report.equal, "compared": dict(report.compared), "found": found,
        "not_compared": list(report.skipped),
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1)


@contextmanager
def _explained() -> Iterator[None]:
    """End the command with one line for what a person can mend."""
    from sqlalchemy.exc import OperationalError

    from replication.errors import LinkError
    from replication.identity import NotEnrolledError
    from replication.settings import SettingsError
    from schemas.tables.migrate import MigrationNeededError

    try:
        yield
    except (LinkError, MigrationNeededError, NotEnrolledError, SettingsError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except OperationalError as error:
        typer.echo(f"the database does not answer: {error.orig}", err=True)
        raise typer.Exit(1) from error
