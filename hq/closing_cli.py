"""`chainwright hq close` and `hq reopen`: a branch that is given up, and one that comes back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hq.bootstrap import Headquarters

#: Opens headquarters on a settings file; what is refused becomes an exit status.
Open = Callable[[Path], AbstractContextManager["Headquarters"]]
Who = Annotated[str, typer.Option(help="Who does this: an operator's code, for the audit.")]
Why = Annotated[str, typer.Option(prompt=True, help="Why, for the audit.")]


def add_commands(app: typer.Typer, opened: Open, settings_file: Path) -> None:
    """Add both commands."""
    settings_option = typer.Option(settings_file, "--settings", help="Headquarters' settings file.")
    leave_option = typer.Option(
        False, "--leave-behind", help="Close it although entries are unsent or days are open."
    )

    @app.command()
    def close(
        branch: str, operator: Who, reason: Why,
        leave_behind: bool = leave_option,
        settings: Path = settings_option,
    ) -> None:  # fmt: skip
        """Close a branch for good: no further hello, no alarms; all that it sent stays."""
        from hq import closing, staff

        with opened(settings) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            closing.close(
                connection, branch, actor.operator, reason, hq.clock(), leave_behind=leave_behind
            )
        typer.echo(f"branch {branch} is closed")

    @app.command()
    def reopen(branch: str, operator: Who, reason: Why, settings: Path = settings_option) -> None:
        """Take a branch back that was closed; its server enrols by a new token."""
        from hq import closing, staff

        with opened(settings) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            closing.reopen(connection, branch, actor.operator, reason, hq.clock())
        typer.echo(f"branch {branch} is open again: give its server a token")
