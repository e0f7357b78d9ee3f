"""`chainwright hq shop make|change|rotate|revoke|list`: the keys of online shops.

A secret is printed once, by `make` and `rotate`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hq.closing_cli import Open, Who, Why

if TYPE_CHECKING:
    from sqlalchemy import Connection

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
    _add_shops(app, opened, settings_option)
    _add_keys(app, opened, settings_option)
    return app


def _add_shops(app: typer.Typer, opened: Open, settings_option: Any) -> None:  # noqa: ANN401 - of typer's
    @app.command()
    def make(
        client: Code, operator: Who,
        name: Annotated[str, typer.Option(help="What the shop is called.")],
        branch: Branches = None, buffer: Buffer = "0", settings: Path = settings_option,
    ) -> None:  # fmt: skip
        """Let a shop in, and print its secret, once."""
        from hq.shop import clients

        with _acting(opened, settings, operator) as (connection, actor, now):
            secret = clients.make(
                connection, client, name, branch or (), clients.buffer_of(buffer), actor, now
            )
        typer.echo(secret)

    @app.command()
    def change(
        client: Code, operator: Who, branch: Branches = None, buffer: Buffer = "0",
        settings: Path = settings_option,
    ) -> None:  # fmt: skip
        """Give a shop another scope and buffer; it asks for everything anew."""
        from hq.shop import clients

        with _acting(opened, settings, operator) as (connection, actor, now):
            clients.change(connection, client, branch or (), clients.buffer_of(buffer), actor, now)
        typer.echo(f"{client} is changed")

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


def _add_keys(app: typer.Typer, opened: Open, settings_option: Any) -> None:  # noqa: ANN401 - the same
    @app.command()
    def rotate(client: Code, operator: Who, settings: Path = settings_option) -> None:
        """Give a shop another secret, and print it, once; the old one ends at once."""
        from hq.shop import clients

        with _acting(opened, settings, operator) as (connection, actor, now):
            secret = clients.rotate(connection, client, actor, now)
        typer.echo(secret)

    @app.command()
    def revoke(client: Code, operator: Who, reason: Why, settings: Path = settings_option) -> None:
        """Let a shop in no more; its orders go on."""
        from hq.shop import clients

        with _acting(opened, settings, operator) as (connection, actor, now):
            clients.revoke(connection, client, actor, reason, now)
        typer.echo(f"the key of {client} is revoked")


@contextmanager
def _acting(
    opened: Open, settings: Path, operator: str
) -> Iterator[tuple[Connection, str, datetime]]:
    """One transaction in the name of an active operator, and its time."""
    from hq import staff

    with opened(settings) as hq, hq.engine.begin() as connection:
        yield connection, staff.acting(connection, operator).operator, hq.clock()
