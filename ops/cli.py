"""The command `chainwright`: headquarters, branch, lane, the link and the demonstration, one name."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

import branch.cli
import hq.cli
import pos_frontend.cli
from ops import replication_cli
from ops.demo.command import demo
from ops.embedded_postgres import EmbeddedPostgresError
from ops.private_database import provide
from ops.soak.command import restores, soak

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Runs a retail chain: a headquarters, its branches, their lanes.",
)
app.add_typer(hq.cli.build(provide), name="hq")
app.add_typer(branch.cli.build(provide), name="branch")
app.add_typer(pos_frontend.cli.app, name="lane")
_links = replication_cli.build(provide)
hq.cli.add_status(_links, provide)
app.add_typer(_links, name="replication")
app.command()(demo)
app.command()(soak)
app.command()(restores)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"chainwright {version('chainwright')}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    del show_version


def main() -> None:
    """Run the command. What a private database cannot do is told in a line, as it names the way out."""
    try:
        app()
    except EmbeddedPostgresError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from error
