"""`… quarantine list|show|retry|release`: the same commands at headquarters and at a branch.

What a site does with its entries is its own; it gives a `Desk`, opened on its settings, and these
commands say what happens there.

    exit status   0 done · 1 refused, or it cannot be applied, with the reason
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Protocol

import typer

from replication.quarantine import Held
from schemas.wire.entries import legible

Site = Annotated[str, typer.Argument(help="The site that sent the entry.")]
Number = Annotated[int, typer.Argument(help="The entry's number in that site's journal.")]
Epoch = Annotated[str, typer.Option(help="The journal's epoch, if it waits in several.")]
Who = Annotated[str, typer.Option(help="Who does this, for the audit.")]
_ABBREVIATED = 110


class Desk(Protocol):
    """The quarantine of one site, in one transaction."""

    def waiting(self) -> Sequence[Held]:
        """What waits for a person, oldest first."""

    def find(self, site: str, sequence: int, epoch: str) -> Held:
        """One of them; raises what the site refuses with."""

    def retry(self, held: Held, operator: str) -> str | None:
        """None when it is applied, else why not."""

    def release(self, held: Held, operator: str, reason: str) -> None:
        """Set it down for good."""


#: Opens the desk of the site whose settings these are; what it refuses becomes an exit status.
Open = Callable[[Path], AbstractContextManager[Desk]]


def build(open_desk: Open, settings_file: Path) -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="Entries that could not be applied.")
    settings_option = typer.Option(settings_file, "--settings", help="The settings file.")
    _add_reading(app, open_desk, settings_option)
    _add_deciding(app, open_desk, settings_option)
    return app


def _add_reading(app: typer.Typer, open_desk: Open, settings_option: Path) -> None:
    @app.command("list")
    def list_(settings: Path = settings_option) -> None:
        """List what waits, oldest first."""
        with open_desk(settings) as desk:
            waiting = desk.waiting()
        for one in waiting:
            parked = one.parked
            since = parked.since.isoformat(timespec="seconds")
            typer.echo(f"{parked.name}  {since}  {one.writer}  {parked.kind}")
            typer.echo(f"    {parked.brief[:_ABBREVIATED]}")
        typer.echo(f"{len(waiting)} waiting" if waiting else "nothing waits")

    @app.command()
    def show(
        site: Site, sequence: Number, epoch: Epoch = "", settings: Path = settings_option
    ) -> None:
        """Show one entry: why it waits, where it came from, what it says."""
        with open_desk(settings) as desk:
            one = desk.find(site, sequence, epoch)
        parked = one.parked
        typer.echo(f"entry     {parked.stream} {parked.epoch} {parked.sequence}")
        typer.echo(f"kind      {parked.kind}")
        typer.echo(f"writer    {one.writer}")
        typer.echo(f"standing  {one.standing}")
        typer.echo(f"since     {parked.since.isoformat(timespec='seconds')}")
        typer.echo(f"reason    {parked.reason}")
        body = b"" if one.entry is None else legible(parked.kind, one.entry.body)
        typer.echo(f"body      {body.decode('utf-8', 'backslashreplace')}")


def _add_deciding(app: typer.Typer, open_desk: Open, settings_option: Path) -> None:
    @app.command()
    def retry(
        site: Site,
        sequence: Number,
        operator: Who,
        epoch: Epoch = "",
        settings: Path = settings_option,
    ) -> None:
        """Apply an entry as it came; if that fails it waits on with the new reason."""
        with open_desk(settings) as desk:
            reason = desk.retry(desk.find(site, sequence, epoch), operator)
        if reason is not None:
            typer.echo(f"{site} #{sequence} cannot be applied: {reason}", err=True)
            raise typer.Exit(1)
        typer.echo(f"{site} #{sequence} is applied")

    @app.command()
    def release(
        site: Site,
        sequence: Number,
        operator: Who,
        reason: Annotated[str, typer.Option(prompt=True, help="Why; it is kept.")],
        epoch: Epoch = "",
        settings: Path = settings_option,
    ) -> None:  # fmt: skip
        """Set an entry down for good; it stays in the journal as it came."""
        with open_desk(settings) as desk:
            desk.release(desk.find(site, sequence, epoch), operator, reason)
        typer.echo(f"{site} #{sequence} is set down")
