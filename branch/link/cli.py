"""`chainwright branch courier …`: the link by a stick that somebody carries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from branch.bootstrap import Branch

Connected = Callable[[Path], AbstractContextManager["Branch"]]
SettingsFile = Annotated[Path, typer.Option("--settings", help="The branch's settings file.")]
Directory = Annotated[Path, typer.Argument(help="The stick, or a directory on it.")]
_DEFAULT = Path("branch.toml")


def build_courier(connected: Connected) -> typer.Typer:
    """The commands for sticks."""
    app = typer.Typer(no_args_is_help=True, help="The link by a stick that somebody carries.")

    @app.command()
    def pack(directory: Directory, settings: SettingsFile = _DEFAULT) -> None:
        """Put on a stick what headquarters lacks, and the question for what the branch lacks."""
        from replication.transport.courier.pack import pack as pack_letters

        with connected(settings) as branch:
            packed = pack_letters(branch.site, branch.runner.status(), directory)
        typer.echo(
            f"{packed.letters} letters with {packed.entries} journal entries, {packed.size} bytes; at "
            f"headquarters: chainwright hq courier exchange {directory}"
        )

    @app.command()
    def unpack(directory: Directory, settings: SettingsFile = _DEFAULT) -> None:
        """Apply what headquarters answered."""
        from replication.transport.courier.unpack import unpack as unpack_letters

        with connected(settings) as branch:
            done = unpack_letters(branch.site, directory)
        if done.before:
            typer.echo("this stick was unpacked before; doing it again changed nothing")
        if done.applied is not None:
            typer.echo(f"headquarters holds this branch's journal through entry {done.applied}")
        typer.echo(f"{done.batches} batches of feeds applied")
        if done.more:
            typer.echo(
                "headquarters has more for this branch: pack and let the stick be brought again"
            )
        for problem in done.problems:
            typer.echo(problem, err=True)
        if done.problems:
            raise typer.Exit(1)

    return app
