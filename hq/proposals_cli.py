"""`chainwright hq proposals …`: what headquarters lost with its database and its branches told it.

exit status   0 done · 1 refused, with the reason
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hq.bootstrap import Headquarters
    from hq.lost import Bundle

Opened = Callable[[Path], AbstractContextManager["Headquarters"]]
Number = Annotated[int, typer.Argument(help="The proposal's number, as `list` shows it.")]
Who = Annotated[str, typer.Option(help="Who does this: an operator's code, for the audit.")]
Records = Annotated[
    list[int] | None, typer.Option("--record", help="Only this record of it; may be repeated.")
]


def build(opened: Opened, settings_file: Path) -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="Records lost with a restore of headquarters.")
    settings_option = typer.Option(settings_file, "--settings", help="The settings file.")
    _add_reading(app, opened, settings_option)
    _add_deciding(app, opened, settings_option)
    return app


def _add_reading(app: typer.Typer, opened: Opened, settings_option: Path) -> None:
    @app.command("list")
    def list_(settings: Path = settings_option) -> None:
        """List what waits for a decision, oldest first."""
        from hq import proposals

        with opened(settings) as hq, hq.engine.connect() as connection:
            waiting = proposals.bundles(connection)
        for one in waiting:
            typer.echo(_line(one))
        typer.echo(f"{len(waiting)} waiting" if waiting else "nothing waits")

    @app.command()
    def show(number: Number, operator: Who, settings: Path = settings_option) -> None:
        """Show one: every record, with what is in force now and what it would be."""
        from hq import proposals, staff

        with opened(settings) as hq, hq.engine.connect() as connection:
            one = proposals.find(connection, number, staff.acting(connection, operator))
            lost = proposals.read(connection, one)
        typer.echo(_line(one))
        for each in lost:
            notes = [
                *(["taken back"] if each.deleted else []),
                *(["published here since"] if each.newer else []),
                *([f"told differently by {each.reporter}"] if each.differing else []),
            ]
            typer.echo(f"record {each.id}  {each.kind} {each.key}  {', '.join(notes)}".rstrip())
            for field, now, then in each.changes:
                typer.echo(f"    {field}: {now} → {then}")


def _add_deciding(app: typer.Typer, opened: Opened, settings_option: Path) -> None:
    @app.command()
    def accept(
        number: Number, operator: Who, record: Records = None, settings: Path = settings_option
    ) -> None:
        """Publish it again, whole or the records that are named."""
        from hq import proposal_acceptance, proposals, staff

        with opened(settings) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            one = proposals.find(connection, number, actor)
            done = proposal_acceptance.accept(connection, one, record or (), actor, hq.clock())
        typer.echo(f"proposal {number}: {done} accepted and published again")

    @app.command()
    def dismiss(
        number: Number,
        operator: Who,
        reason: Annotated[str, typer.Option(prompt=True, help="Why; it is kept.")],
        record: Records = None,
        settings: Path = settings_option,
    ) -> None:
        """Set it down for good, whole or the records that are named; it stays on record."""
        from hq import proposals, staff

        with opened(settings) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            one = proposals.find(connection, number, actor)
            done = proposals.dismiss(connection, one, record or (), actor, reason, hq.clock())
        typer.echo(f"proposal {number}: {done} dismissed")


def _line(one: Bundle) -> str:
    since = one.since.isoformat(timespec="seconds")
    told = "  told differently" if one.differing else ""
    return (
        f"#{one.number}  {one.bundle}  {one.feed}  records {one.records}"
        f" ({one.first}–{one.last})  by {one.reporter}  {since}{told}"
    )
