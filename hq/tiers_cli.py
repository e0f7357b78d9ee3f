"""`chainwright hq tiers`: giving members the tiers that their spend reaches, without waiting for the night."""

from __future__ import annotations

from pathlib import Path

import typer

from hq.closing_cli import Open, Who


def add_commands(app: typer.Typer, opened: Open, settings_file: Path) -> None:
    """Add the command."""
    settings_option = typer.Option(settings_file, "--settings", help="Headquarters' settings file.")

    @app.command()
    def tiers(operator: Who, settings: Path = settings_option) -> None:
        """Give every member the tier that their spend reaches, as the night does."""
        from hq import staff
        from hq.tier_evaluation import evaluate

        with opened(settings) as hq:
            with hq.engine.connect() as connection:
                actor = staff.acting(connection, operator)
            made = evaluate(hq.engine, hq.clock(), hq.settings.currency, actor.operator)
        typer.echo(f"{made.looked} members, {made.raised} raised, {made.lowered} lowered")
