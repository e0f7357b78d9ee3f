"""`chainwright replication …`: the link as headquarters sees it, for a terminal and for programs.

exit status   0 nothing needs a person · 1 there is an alarm, or it could not be looked · 2 wrong settings
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hq.bootstrap import Headquarters

#: Opens headquarters on a settings file; what is refused becomes an exit status.
Open = Callable[[Path], AbstractContextManager["Headquarters"]]


def add_status(app: typer.Typer, opened: Open, settings_file: Path) -> None:
    """Add the command `status`."""
    settings_option = typer.Option(settings_file, "--settings", help="Headquarters' settings file.")
    json_option = typer.Option(False, "--json", help="Everything, as JSON.")

    @app.command()
    def status(
        branch: Annotated[list[str] | None, typer.Option(help="Only this branch.")] = None,
        as_json: bool = json_option,
        settings: Path = settings_option,
    ) -> None:
        """Show who is behind, with what and since when; exit 1 when there is an alarm."""
        from hq import link_report
        from hq.link_watch import watch
        from hq.reports.branches import known_branches
        from hq.reports.snapshot import snapshot

        with opened(settings) as hq, snapshot(hq.engine) as connection:
            codes = [one.branch for one in known_branches(connection, branch or ())]
            found = watch(connection, codes, hq.clock(), hq.settings.replication)
        if as_json:
            typer.echo(json.dumps(link_report.as_json(found), ensure_ascii=False, indent=1))
        else:
            typer.echo(link_report.as_text(found))
        if found.alarms:
            raise typer.Exit(1)
