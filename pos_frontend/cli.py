"""`chainwright lane …`: enrol a lane at its branch, and run it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="A till and its link to the branch.", no_args_is_help=True)

SettingsOption = Annotated[
    Path, typer.Option("--settings", help="The lane's settings file (TOML).", exists=True)
]


@contextmanager
def _told() -> Iterator[None]:
    """Tell what a person can mend in one line and end with 1; anything else is a fault of ours."""
    from sqlalchemy.exc import DBAPIError

    from pos_frontend.enrol import AlreadyEnrolledError
    from replication.errors import LinkError
    from replication.identity import NotEnrolledError
    from replication.settings import SettingsError
    from schemas.tables.migrate import MigrationNeededError

    try:
        yield
    except DBAPIError as error:
        typer.echo(
            f"the lane's databases cannot be opened or written: {error.orig}. Make room on their "
            "disk (bytes and inodes) and see that it may be written, then start again",
            err=True,
        )
        raise typer.Exit(1) from error
    except (
        AlreadyEnrolledError,
        LinkError,
        MigrationNeededError,
        NotEnrolledError,
        OSError,
        SettingsError,
    ) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@app.command()
def enrol(
    settings: SettingsOption,
    token: Annotated[str, typer.Option(help="The one-time token from the branch.")],
    parent: Annotated[str, typer.Option(help="The branch's address.")] = "",
) -> None:
    """Create the lane's databases and enrol it at its branch; also after its disk was replaced."""
    from pos_frontend import enrol as enrolment
    from pos_frontend.settings import read_settings
    from replication.clock import clock_of
    from replication.transport.http import HttpTransport

    with _told():
        read = read_settings(settings)
        connect = partial(HttpTransport, parent or read.parent)
        done = enrolment.enrol(read.data, connect, token, clock_of(read.clock))
    typer.echo(f"enrolled as {done.lane.site} at {done.lane.parent}")
    if done.fetched_back:
        typer.echo(f"{done.fetched_back} entries of its journal came back; receipt numbers jump")


@app.command()
def migrate(settings: SettingsOption) -> None:
    """Bring the lane's databases to the revision that this software needs."""
    from pos_frontend import databases
    from pos_frontend.settings import read_settings

    with _told():
        read = read_settings(settings)
        databases.create(read.data)
    typer.echo(f"{read.data}: journal.db and catalogue.db are up to date")


@app.command()
def serve(settings: SettingsOption) -> None:
    """Run the till, its page and its link to the branch."""
    from pos_frontend.serve import serve as run
    from pos_frontend.settings import read_settings

    with _told():
        run(read_settings(settings), settings.absolute())


@app.command()
def sync(
    settings: SettingsOption,
    supervised: Annotated[
        bool, typer.Option("--supervised", hidden=True, help="End with standard input.")
    ] = False,
) -> None:
    """Run the link to the branch alone; `serve` starts it by itself."""
    from pos_frontend.settings import read_settings
    from pos_frontend.sync import run

    with _told():
        run(read_settings(settings), supervised=supervised)


@app.command()
def receipts(
    settings: SettingsOption,
    into: Annotated[Path, typer.Option(help="The directory for the pictures; made if need be.")],
) -> None:
    """Draw sample receipts in this lane's layout, in both languages: a sale, a copy, a return, a slip."""
    from pos_frontend.devices.paper import PaperPrinter
    from pos_frontend.devices.samples import samples
    from pos_frontend.devices.style import style_of
    from pos_frontend.language import LANGUAGES
    from pos_frontend.settings import read_settings

    with _told():
        read = read_settings(settings)
        paper = PaperPrinter(into, read.printer.width)
        for language in LANGUAGES:
            style = style_of(read, language)
            for name, one in samples():
                paper.print(f"{name}.{language}", one.lay_out(style))
                typer.echo(into / f"{name}.{language}.png")


@contextmanager
def _until_told() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end what serves, also where a shell in the background ignores the latter."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        yield


@app.command("simulated-printer")
def simulated_printer(
    into: Annotated[Path, typer.Option(help="The directory for what it prints, as pictures.")],
    port: Annotated[int, typer.Option(help="Where it listens; 0 takes a free port.")] = 9100,
    width: Annotated[int, typer.Option(help="Its paper in millimetres, 80 or 58.")] = 80,
    fault: Annotated[
        str,
        typer.Option(help="none, no_paper, cover_open, runs_out, breaks_off, garbage or silent."),
    ] = "none",
) -> None:
    """Run a receipt printer that prints pictures, or fails as it is told to, until Ctrl-C."""
    from pos_frontend.devices.simulated_printer import FAULTS, PrinterServer, SimulatedPrinter

    chosen = next((one for one in FAULTS if one == fault), None)
    if chosen is None or width not in {58, 80}:
        raise typer.BadParameter(f"fault is one of {', '.join(FAULTS)}; width is 58 or 80")
    printer = SimulatedPrinter(into, width, chosen)
    with _told(), PrinterServer(printer, "127.0.0.1", port) as server:
        typer.echo(
            f'set in lane.toml: [printer] kind = "network", host = "127.0.0.1", port = {server.port}'
        )
        with _until_told():
            server.serve_forever()


@app.command("simulated-terminal")
def simulated_terminal(
    port: Annotated[int, typer.Option(help="Where it listens; 0 takes a free port.")] = 9310,
) -> None:
    """Run a payment terminal that charges nobody, for demonstrations and training, until Ctrl-C."""
    from pos_frontend.devices.simulated_terminal import SimulatedTerminal, TerminalServer

    with _told(), TerminalServer(SimulatedTerminal(), "127.0.0.1", port) as server:
        typer.echo(f'set in lane.toml: [terminal] kind = "simulated", port = {server.port}')
        with _until_told():
            server.serve_forever()


if __name__ == "__main__":
    app()
