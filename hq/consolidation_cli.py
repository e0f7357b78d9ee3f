"""`chainwright hq consolidation …`: the aggregates held against the journals, and worked out anew from them.

rebuild   exit status 0: they are what the journals say, whatever they were before
check     exit status 0: they were; 1: it says what differs, and `rebuild` mends it
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replication.console.languages import msgid

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from hq.bootstrap import Headquarters

_UNKNOWN = msgid("No day of branch %(branch)s is held here: name one that has sent something.")
#: Opens headquarters on a settings file; what is refused becomes an exit status.
Open = Callable[[Path], AbstractContextManager["Headquarters"]]
Branch = Annotated[str | None, typer.Option(help="This branch alone.")]
Month = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m"], help="This month alone, as 2026-03.")
]


def build(opened: Open, settings_file: Path) -> typer.Typer:
    """Both commands."""
    app = typer.Typer(no_args_is_help=True, help="The aggregates behind the reports.")
    settings_option = typer.Option(settings_file, "--settings", help="Headquarters' settings file.")

    @app.command()
    def rebuild(
        branch: Branch = None, month: Month = None, settings: Path = settings_option
    ) -> None:
        """Work the aggregates out anew from the journals, while headquarters runs."""
        from hq.consolidation import rebuild as work

        with opened(settings) as hq:
            for one in work.rebuild(hq.engine, _branches(hq.engine, branch), _month(month)):
                typer.echo(f"{one.branch}: {one.entries} entries read, {one.mended} rows mended")

    @app.command()
    def check(branch: Branch = None, month: Month = None, settings: Path = settings_option) -> None:
        """Say where the aggregates are not what the journals say."""
        from hq.consolidation import rebuild as work

        with opened(settings) as hq:
            branches = _branches(hq.engine, branch)
            found = list(work.check(hq.engine, branches, _month(month)))
        for one in found:
            typer.echo(str(one))
        if found:
            typer.echo("`chainwright hq consolidation rebuild` mends this", err=True)
            raise typer.Exit(1)
        typer.echo(f"the aggregates of {len(branches)} branches are what their journals say")

    return app


def _branches(engine: Engine, branch: str | None) -> Sequence[str]:
    from hq.refusal import RefusalError
    from hq.reports.branches import sending_branches

    with engine.connect() as connection:
        known = sending_branches(connection)
    if branch is not None and branch not in known:
        raise RefusalError(_UNKNOWN, branch=branch)
    return known if branch is None else [branch]


def _month(month: datetime | None) -> date | None:
    return None if month is None else month.date()
