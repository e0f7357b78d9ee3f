"""`chainwright hq shop make|change|rotate|revoke|list`: the keys of online shops.

A secret is printed once, by `make` and `rotate`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hq.closing_cli import Open, Who, Why

Code = Annotated[str, typer.Argument(help="The shop's code: letters, digits, hyphens.")]
Branches = Annotated[
    list[str] | None,
    typer.Option("--branch", help="A branch that it may see; all if none is given."),
]
Buffer = Annotated[
    str, typer.Option(help="So much of every item it is never told of, in base units, such as 2.")
]


def build(opened: Open, settings_file: Path) -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(no_args_is_help=True, help="Online shops: their keys, for /shop/v1.")
    settings_option = typer.Option(settings_file, "--settings", help="Headquarters' settings file.")

    @app.command()
    def make(
        client: Code, operator: Who,
        name: Annotated[str, typer.Option(help="What the shop is called.")],
        branch: Branches = None, buffer: Buffer = "0", settings: Path = settings_option,
    ) -> None:  # fmt: skip
        """Let a shop in, and print its secret, once."""
        from hq import staff
        from hq.shop import clients

        with opened(settings) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            secret = clients.make(
                connection, client, name, branch or (), clients.buffer_of(buffer), actor.operator,
                hq.clock(),
            )  # fmt: skip
        typer.echo(secret)

    @app.command()
    def change(
        client: Code, operator: Who, branch: Branches = None, buffer: Buffer = "0",
        settings: Path = settings_option,
    ) -> None:  # fmt: skip
        """Give a shop another scope and buffer; it asks for everything anew."""
        from hq import staff
        from hq.shop import clients

        with opened(settings) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            clients.change(
                connection,
                client,
                branch or (),
                clients.buffer_of(buffer),
                actor.operator,
                hq.clock(),
            )
        typer.echo(f"{client} is changed")

    @app.command()
    def rotate(client: Code, operator: Who, settings: Path = settings_option) -> None:
        """Give a shop another secret, and print it, once; the old one ends at once."""
        from hq import staff
        from hq.shop import clients

        with opened(settings) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            secret = clients.rotate(connection, client, actor.operator, hq.clock())
        typer.echo(secret)

    @app.command()
    def revoke(client: Code, operator: Who, reason: Why, settings: Path = settings_option) -> None:
        """Let a shop in no more; its orders go on."""
        from hq import staff
        from hq.shop import clients

        with opened(settings) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            clients.revoke(connection, client, actor.operator, reason, hq.clock())
        typer.echo(f"the key of {client} is revoked")

    @app.command("list")
    def list_(settings: Path = settings_option) -> None:
        """The shops, their scopes and buffers."""
        from hq.shop import clients
        from schemas.domain.quantity import format_quantity

        with opened(settings) as hq, hq.engine.connect() as connection:
            for one in clients.every(connection):
                scope = ",".join(one.branches) or "all"
                state = "revoked" if one.revoked else "in use"
                typer.echo(
                    f"{one.client} {state} branches={scope} buffer={format_quantity(one.buffer)}"
                    f" {one.name}"
                )

    return app
