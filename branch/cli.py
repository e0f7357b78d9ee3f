"""`chainwright branch …`: enrol, migrate, serve, exchange, token, revoke, copies, shut-out, courier.

The commands get their database from `provide`, which whoever builds the command line passes in: a
configured server, or a private one that lives as long as the command. What a person can mend ends
with one line and status 1; anything else is our mistake and shows where it happened.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from branch.link.cli import add_exchange, build_courier
from branch.settings import BranchSettings, read_settings
from replication import quarantine_commands

if TYPE_CHECKING:
    from branch.bootstrap import Branch
    from branch.quarantine_desk import QuarantineDesk

Provide = Callable[[BranchSettings], AbstractContextManager[str]]
SettingsFile = Annotated[Path, typer.Option("--settings", help="The branch's settings file.")]
_DEFAULT = Path("branch.toml")


def build(provide: Provide) -> typer.Typer:
    """The commands of a branch, over the databases that `provide` gives."""
    app = typer.Typer(
        help="A branch: its back office, its lanes, its link to headquarters.", no_args_is_help=True
    )
    _add_enrol(app, provide)
    _add_migrate(app, provide)
    _add_serve(app, provide)
    add_exchange(app, partial(_connected, provide))
    _add_token(app, provide)
    _add_revoke(app, provide)
    _add_copy_commands(app, provide)
    app.add_typer(build_courier(partial(_connected, provide)), name="courier")
    app.add_typer(
        quarantine_commands.build(lambda path: _desk(provide, path), _DEFAULT), name="quarantine"
    )
    return app


def _add_enrol(app: typer.Typer, provide: Provide) -> None:
    @app.command()
    def enrol(
        token: Annotated[str, typer.Option(help="The one-time token from headquarters.")],
        parent: Annotated[
            str | None, typer.Option(help="Headquarters' address, if not that of the settings.")
        ] = None,
        settings: SettingsFile = _DEFAULT,
    ) -> None:
        """Make this machine a branch: a fresh database, a key of its own, known at headquarters.

        What headquarters holds of the branch's journal comes back, when it replaces another machine.
        """
        from branch.bootstrap import connect
        from branch.enrolment import enrol as enrol_branch
        from replication.clock import clock_of
        from replication.transport.http import HttpTransport
        from schemas.tables.base import open_postgres

        with _explained():
            known = read_settings(settings)
            with provide(known) as dsn:
                engine = open_postgres(dsn)
                transport = HttpTransport(parent or known.parent, None)
                now = clock_of(known.clock)()
                try:
                    identity = enrol_branch(engine, transport, token, known.data, now)
                finally:
                    transport.close()
                    engine.dispose()
                branch = connect(known.model_copy(update={"parent": parent or known.parent}), dsn)
                try:
                    came = branch.runner.fetch_back()
                finally:
                    branch.close()
        if came:
            typer.echo(f"{came} entries of its journal came back from headquarters")
        typer.echo(f"{identity.site} is enrolled; start it with: chainwright branch serve")


def _add_migrate(app: typer.Typer, provide: Provide) -> None:
    @app.command()
    def migrate(settings: SettingsFile = _DEFAULT) -> None:
        """Bring the database to what this version needs."""
        from schemas.tables.migrate import upgrade

        with _explained(), provide(read_settings(settings)) as dsn:
            upgrade(dsn, "branch")
        typer.echo("the database is up to date")


def _add_serve(app: typer.Typer, provide: Provide) -> None:
    @app.command()
    def serve(settings: SettingsFile = _DEFAULT) -> None:
        """Run the back office and the links, until it is told to stop."""
        from branch import parked
        from branch.bootstrap import application
        from replication import serving

        serving.leave_in_order()
        with _connected(provide, settings) as branch:
            parked.replay(branch.engine, branch.code, branch.clock)
            web = branch.settings.web
            serving.serve(
                application(branch), web.host, web.port, leaving=branch.link.bell.close,
                started=lambda: typer.echo(f"{branch.code} serves http://{web.host}:{web.port}"),
            )  # fmt: skip


def _add_token(app: typer.Typer, provide: Provide) -> None:
    @app.command()
    def token(lanes: list[str], settings: SettingsFile = _DEFAULT) -> None:
        """Issue a one-time token for each lane, named <branch>.<nn>; it is shown once."""
        from branch.lanes import issue_token

        with _connected(provide, settings) as branch, branch.engine.begin() as connection:
            now, who = branch.clock(), _person()
            issued = [issue_token(connection, branch.code, lane, who, now) for lane in lanes]
        typer.echo("\n".join(issued))


def _add_revoke(app: typer.Typer, provide: Provide) -> None:
    @app.command()
    def revoke(
        lane: str,
        reason: Annotated[str, typer.Option(help="Why; it is kept.")],
        settings: SettingsFile = _DEFAULT,
    ) -> None:
        """Shut a lane out from its next request on."""
        from branch import lanes

        with _connected(provide, settings) as branch, branch.engine.begin() as connection:
            lanes.revoke(connection, lane, _person(), reason, branch.clock())
        typer.echo(f"{lane} is shut out")


def _add_copy_commands(app: typer.Typer, provide: Provide) -> None:
    @app.command()
    def copies(settings: SettingsFile = _DEFAULT) -> None:
        """List the lanes of which two copies are alive; nothing of either is lost."""
        from replication import incarnation

        with _connected(provide, settings) as branch, branch.engine.connect() as connection:
            for lane, names in incarnation.alive(connection).items():
                for name in names:
                    typer.echo(f"{lane} {name}")

    @app.command("shut-out")
    def shut_out(
        lane: str,
        copy: str,
        reason: Annotated[str, typer.Option(help="Why; it is kept.")],
        settings: SettingsFile = _DEFAULT,
    ) -> None:
        """Shut one copy of a lane out for good; the other goes on."""
        from branch import lanes

        with _connected(provide, settings) as branch, branch.engine.begin() as connection:
            lanes.shut_out(connection, lane, copy, _person(), reason, branch.clock())
        typer.echo(f"this copy of {lane} is shut out")


@contextmanager
def _connected(provide: Provide, settings: Path) -> Iterator[Branch]:
    """The branch of a settings file, wired but not serving."""
    from branch.bootstrap import connect

    with _explained():
        known = read_settings(settings)
        with provide(known) as dsn:
            branch = connect(known, dsn)
            try:
                yield branch
            finally:
                branch.engine.dispose()


@contextmanager
def _desk(provide: Provide, settings: Path) -> Iterator[QuarantineDesk]:
    """The branch's quarantine, for the length of one transaction."""
    from branch.quarantine_desk import QuarantineDesk

    with _connected(provide, settings) as branch, branch.engine.begin() as connection:
        yield QuarantineDesk(connection, branch.code, branch.clock())


@contextmanager
def _explained() -> Iterator[None]:
    """End the command with one line for what a person can mend."""
    from sqlalchemy.exc import OperationalError

    from branch.enrolment import EnrolledError
    from branch.wording import RefusalError
    from replication.errors import LinkError
    from replication.identity import NotEnrolledError
    from replication.serving import ServingError
    from replication.settings import SettingsError
    from replication.transport.courier.stick import StickError
    from schemas.tables.migrate import MigrationNeededError

    mendable = (
        EnrolledError, LinkError, MigrationNeededError, NotEnrolledError, RefusalError,
        ServingError, SettingsError, StickError,
    )  # fmt: skip
    try:
        yield
    except mendable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except OperationalError as error:
        typer.echo(f"the database does not answer: {error.orig}", err=True)
        raise typer.Exit(1) from error


def _person() -> str:
    """Who acts at a command line: the account of the machine, and that it was one."""
    return f"{getpass.getuser()} (command line)"
