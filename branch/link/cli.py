"""`chainwright branch exchange` and `branch courier …`: the link when a person says so."""

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


def add_exchange(app: typer.Typer, connected: Connected) -> None:
    """The command for an exchange at once."""

    @app.command()
    def exchange(
        way: Annotated[
            str, typer.Option(help="The name of one of [[link.ways]]; else the first that answers.")
        ] = "",
        settings: SettingsFile = _DEFAULT,
    ) -> None:
        """Exchange with headquarters now: send, fetch and report until nothing is left."""
        with connected(settings) as branch:
            try:
                name, done = branch.schedule.exchange_now(way)
            finally:
                branch.close()
        typer.echo(
            f"exchanged by {name}, ended {done.ended.isoformat(timespec='seconds')}: {done.sent} entries "
            f"sent, {done.received} batches of feeds received, {done.regained} entries came back"
        )


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
        if done.regained:
            typer.echo(f"{done.regained} entries of this branch's journal came back")
        if done.lost:
            typer.echo(
                f"headquarters holds {done.lost} entries that this database lost: pack and let the "
                "stick be brought again, they come back with it"
            )
        if done.more:
            typer.echo(
                "headquarters has more for this branch: pack and let the stick be brought again"
            )
        for problem in done.problems:
            typer.echo(problem, err=True)
        if done.problems:
            raise typer.Exit(1)

    return app
