"""`chainwright hq courier …` and `chainwright hq sftp …`: sticks, and the keys that sftp needs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hq.bootstrap import Headquarters

Opened = Callable[[Path], AbstractContextManager["Headquarters"]]
SettingsFile = Annotated[
    Path, typer.Option("--settings", help="The settings file.", envvar="CHAINWRIGHT_HQ_SETTINGS")
]
_FILE = Path("hq.toml")
_MEGABYTE = 1_000_000


def build_courier(opened: Opened) -> typer.Typer:
    """The commands for sticks."""
    app = typer.Typer(no_args_is_help=True, help="Letters that are carried by hand.")

    @app.callback()
    def _group() -> None:
        """Letters that are carried by hand."""

    @app.command()
    def exchange(
        directory: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
        most_mb: Annotated[
            int,
            typer.Option(min=1, help="How much of the feeds one branch's answers may hold, MB."),
        ] = 1000,
        settings: SettingsFile = _FILE,
    ) -> None:
        """Take the letters on a stick, and put the answers beside them."""
        from replication.transport.courier.exchange import exchange as exchange_letters

        with opened(settings) as hq:
            done = exchange_letters(hq.link.parent, directory, most_mb * _MEGABYTE)
        for one in done:
            typer.echo(f"{one.site}: {one.letters} letters taken, {one.answers} answers written")
            if one.more:
                typer.echo(
                    f"{one.site}: there is more than {most_mb} MB for it: after it has unpacked this, "
                    "let it pack and bring the stick again, or allow more with --most-mb"
                )
            for problem in one.problems:
                typer.echo(problem, err=True)
        if any(one.problems for one in done):
            raise typer.Exit(1)

    return app


def build_sftp(opened: Opened) -> typer.Typer:
    """The commands for what both ends of sftp must be told."""
    app = typer.Typer(no_args_is_help=True, help="The keys that sftp needs.")

    @app.command()
    def host_key(settings: SettingsFile = _FILE) -> None:
        """Print the own server's host key, for `link.ways.sftp.host_key` of the branches."""
        from hq.letters.desk import host_key_file
        from replication.transport.sftp import keys

        with opened(settings) as hq:
            key = keys.host_key(host_key_file(hq.settings))
        typer.echo(f"{key.get_name()} {key.get_base64()}")

    @app.command()
    def authorized_key(site: str, settings: SettingsFile = _FILE) -> None:
        """Print a branch's key as OpenSSH's `authorized_keys` wants it."""
        from replication.transport.sftp import keys

        with opened(settings) as hq:
            typer.echo(keys.line(hq.link.parent.public_key(site), site))

    return app
