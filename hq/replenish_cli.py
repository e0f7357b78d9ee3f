"""`chainwright hq replenish`: proposing what branches need now, without waiting for the night."""

from __future__ import annotations

from pathlib import Path

import typer

from hq.closing_cli import Open, Who


def add_commands(app: typer.Typer, opened: Open, settings_file: Path) -> None:
    """Add the command."""
    settings_option = typer.Option(settings_file, "--settings", help="Headquarters' settings file.")

    @app.command()
    def replenish(operator: Who, settings: Path = settings_option) -> None:
        """Propose orders and deliveries for every branch, as the night does."""
        from hq import staff
        from hq.replenishment import run

        with opened(settings) as hq:
            with hq.engine.connect() as connection:
                actor = staff.acting(connection, operator)
            made = run.replenish(hq.engine, hq.clock(), actor.operator)
        typer.echo(
            f"{made.branches} branches, {made.items} items: {made.open} proposals open,"
            f" {made.approved} approved by rule"
        )
