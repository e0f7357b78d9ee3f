"""`chainwright hq …`: founding headquarters, running it, and what is done from the command line.

Every command reads `--settings` (hq.toml). Which database it works on is the caller's business:
`build` takes a provider that yields the address of the configured or the private one.

    exit status   0 done · 1 refused, with the reason · 2 used wrongly, or wrong settings
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hq import closing_cli, proposals_cli, replication_cli, tiers_cli
from hq.letters.cli import build_courier, build_sftp
from replication import quarantine_commands

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from hq.bootstrap import Headquarters
    from hq.catalogue_import import Plan
    from hq.quarantine_desk import QuarantineDesk
    from hq.settings import HeadquartersSettings

#: Yields the URL of the database that the settings name, or of a private one below `data`.
DatabaseProvider = Callable[["HeadquartersSettings"], AbstractContextManager[str]]

SettingsFile = Annotated[
    Path, typer.Option("--settings", help="The settings file.", envvar="CHAINWRIGHT_HQ_SETTINGS")
]
Who = Annotated[str, typer.Option(help="Who does this: an operator's code, for the audit.")]
_FILE = Path("hq.toml")
_SHOWN_PROBLEMS = 50


def build(provide: DatabaseProvider) -> typer.Typer:
    """The commands of headquarters, on the databases that `provide` yields."""
    app = typer.Typer(no_args_is_help=True, help="Headquarters: master data, journals, console.")
    _add_site_commands(app, provide)
    _add_branch_commands(app, provide)
    closing_cli.add_commands(app, lambda path: _headquarters(path, provide), _FILE)
    _add_copy_commands(app, provide)
    _add_import(app, provide)
    tiers_cli.add_commands(app, lambda path: _headquarters(path, provide), _FILE)
    app.add_typer(build_courier(partial(_headquarters, provide=provide)), name="courier")
    app.add_typer(build_sftp(partial(_headquarters, provide=provide)), name="sftp")
    app.add_typer(
        quarantine_commands.build(lambda path: _desk(path, provide), _FILE), name="quarantine"
    )
    app.add_typer(
        proposals_cli.build(partial(_headquarters, provide=provide), _FILE), name="proposals"
    )
    return app


def add_status(app: typer.Typer, provide: DatabaseProvider) -> None:
    """The command that tells who is behind, and why, on headquarters' settings."""
    replication_cli.add_status(app, lambda path: _headquarters(path, provide), _FILE)


def _add_site_commands(app: typer.Typer, provide: DatabaseProvider) -> None:
    @app.command()
    def init(
        operator: Annotated[str, typer.Option(prompt=True, help="The first administrator's code.")],
        password: Annotated[
            str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)
        ],
        name: Annotated[str, typer.Option(help="The administrator's name.")] = "Administrator",
        settings: SettingsFile = _FILE,
    ) -> None:
        """Found headquarters: its database, its keys and the first administrator."""
        from hq.founding import found
        from replication.clock import clock_of

        with _database(settings, provide) as (read, engine):
            found(engine, operator, name, password, clock_of(read.clock)())
        typer.echo(f"headquarters is founded; {operator} may sign in after `chainwright hq serve`")

    @app.command()
    def migrate(settings: SettingsFile = _FILE) -> None:
        """Bring the database to what this release needs."""
        from schemas.tables.migrate import upgrade_engine

        with _database(settings, provide) as (_, engine):
            upgrade_engine(engine, "hq")
        typer.echo("the database is up to date")

    @app.command()
    def serve(settings: SettingsFile = _FILE) -> None:
        """Run the console and the link until SIGTERM or Ctrl-C."""
        from hq import parked
        from hq.letters.desk import at_work
        from hq.web.app import application
        from replication import serving

        serving.leave_in_order()
        with _headquarters(settings, provide) as hq, at_work(hq.settings, hq.link.parent):
            parked.replay(hq.engine, hq.clock)
            web = hq.settings.web
            serving.serve(
                application(hq), web.host, web.port, leaving=hq.link.bell.close,
                started=lambda: typer.echo(f"hq serves http://{web.host}:{web.port}"),
            )  # fmt: skip


def _add_branch_commands(app: typer.Typer, provide: DatabaseProvider) -> None:
    @app.command()
    def branch(
        code: str,
        name: Annotated[str, typer.Option(help="The branch's name.")],
        zone: Annotated[str, typer.Option(help="Its time zone, such as Asia/Shanghai.")],
        operator: Who,
        group: Annotated[list[str] | None, typer.Option(help="A group it is in.")] = None,
        kind: Annotated[
            str | None,
            typer.Option(help="own, franchise or distribution_centre; as it is if not given."),
        ] = None,
        region: Annotated[
            str | None,
            typer.Option(help="The region it is in, empty for none; as it is if not given."),
        ] = None,
        settings: SettingsFile = _FILE,
    ) -> None:
        """Add a branch, or change its name, zone, groups, kind and region."""
        from hq import audit, regions, sites, staff
        from schemas.wire.records import Branch

        with _headquarters(settings, provide) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            record = Branch(
                branch=code, name=name, zone=zone, currency=hq.settings.currency,
                branch_kind=sites.kind_of(connection, code, kind),
            )  # fmt: skip
            sites.save_branch(connection, record, group or [])
            if region is not None:
                regions.put(connection, code, region, actor.operator, hq.clock())
            audit.note(connection, hq.clock(), actor.operator, "branch.save", code)
        typer.echo(f"branch {code} is known to the chain")

    @app.command()
    def token(site: str, operator: Who, settings: SettingsFile = _FILE) -> None:
        """Print a one-time token with which a branch's server enrols."""
        from hq import sites, staff

        with _headquarters(settings, provide) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            issued = sites.issue_token(connection, site, actor.operator, hq.clock())
        typer.echo(issued)

    @app.command()
    def revoke(
        site: str,
        operator: Who,
        reason: Annotated[str, typer.Option(prompt=True, help="Why, for the audit.")],
        settings: SettingsFile = _FILE,
    ) -> None:
        """Stop a branch's key at once; a new token lets it in again."""
        from hq import sites, staff

        with _headquarters(settings, provide) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            sites.revoke(connection, site, actor.operator, reason, hq.clock(), ledger=hq.ledger)
        typer.echo(f"the key of {site} is revoked")


def _add_copy_commands(app: typer.Typer, provide: DatabaseProvider) -> None:
    @app.command()
    def copies(settings: SettingsFile = _FILE) -> None:
        """List the sites of which two copies are alive; nothing of either is lost."""
        from replication import incarnation

        with _headquarters(settings, provide) as hq, hq.engine.connect() as connection:
            for site, names in incarnation.alive(connection).items():
                for name in names:
                    typer.echo(f"{site} {name}")

    @app.command("shut-out")
    def shut_out(
        site: str,
        copy: str,
        operator: Who,
        reason: Annotated[str, typer.Option(prompt=True, help="Why, for the audit.")],
        settings: SettingsFile = _FILE,
    ) -> None:
        """Shut one copy of a site out for good; the other goes on."""
        from hq import sites, staff

        with _headquarters(settings, provide) as hq, hq.engine.begin() as connection:
            actor = staff.acting(connection, operator)
            sites.shut_out(
                connection, site, copy, actor.operator, reason, hq.clock(), ledger=hq.ledger
            )
        typer.echo(f"this copy of {site} is shut out")


def _add_import(app: typer.Typer, provide: DatabaseProvider) -> None:
    @app.command("import")
    def import_(
        kind: Annotated[str, typer.Argument(help="Such as items; a wrong one lists them all.")],
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
        operator: Who,
        yes: Annotated[bool, typer.Option("--yes", help="Apply without asking.")] = False,
        starts: Annotated[
            datetime | None,
            typer.Option(help="Prices hold from then on (UTC); at once if not given."),
        ] = None,
        settings: SettingsFile = _FILE,
    ) -> None:
        """Import a CSV file: see what it would change, then apply all of it or nothing."""
        from hq import catalogue_import, staff

        with _headquarters(settings, provide) as hq, hq.engine.begin() as connection:
            actor, now = staff.acting(connection, operator), hq.clock()
            since = now if starts is None else starts.replace(tzinfo=starts.tzinfo or UTC)
            order = catalogue_import.Order(actor, now, file.stem, since)
            plan = catalogue_import.plan(
                connection, kind, file.read_bytes(),
                member_key=hq.member_key, decimals=hq.settings.decimals,
            )  # fmt: skip
            _show(plan)
            if not (plan.problems or yes):
                typer.confirm("Apply?", abort=True)
            document = catalogue_import.apply(connection, plan, order)
        typer.echo("imported" if document is None else f"drafted as price change {document}")


def _show(plan: Plan) -> None:
    reading = plan.reading
    typer.echo(
        f"{plan.kind}: {plan.rows} rows, {reading.new} new, {reading.changed} changed,"
        f" {reading.unchanged} unchanged, {len(plan.problems)} problems"
    )
    for problem in plan.problems[:_SHOWN_PROBLEMS]:
        typer.echo(f"  {problem}", err=True)


@contextmanager
def _database(
    path: Path, provide: DatabaseProvider
) -> Iterator[tuple[HeadquartersSettings, Engine]]:
    """The settings and their database, whatever state it is in; refusals become exit codes."""
    from hq.settings import read
    from schemas.tables.base import open_postgres

    with _told():
        settings = read(path)
        with provide(settings) as dsn:
            engine = open_postgres(dsn)
            try:
                yield settings, engine
            finally:
                engine.dispose()


@contextmanager
def _headquarters(path: Path, provide: DatabaseProvider) -> Iterator[Headquarters]:
    """Headquarters as the settings describe it; refusals become exit codes."""
    from hq.bootstrap import opened
    from hq.settings import read

    with _told():
        settings = read(path)
        with provide(settings) as dsn, opened(settings, dsn) as headquarters:
            yield headquarters


@contextmanager
def _desk(path: Path, provide: DatabaseProvider) -> Iterator[QuarantineDesk]:
    """Headquarters' quarantine, for the length of one transaction."""
    from hq.quarantine_desk import QuarantineDesk

    with _headquarters(path, provide) as hq, hq.engine.begin() as connection:
        yield QuarantineDesk(connection, hq.clock())


@contextmanager
def _told() -> Iterator[None]:
    """Say a refusal in one line and end with its status; a bug keeps its traceback."""
    from sqlalchemy.exc import OperationalError

    from hq.founding import FoundingError
    from hq.refusal import RefusalError
    from replication.errors import RefusedError
    from replication.identity import NotEnrolledError
    from replication.serving import ServingError
    from replication.settings import SettingsError
    from replication.transport.courier.stick import StickError
    from schemas.tables.migrate import MigrationNeededError

    try:
        yield
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    except (
        FoundingError, MigrationNeededError, NotEnrolledError, RefusalError, RefusedError,
        ServingError, StickError,
    ) as error:  # fmt: skip
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except OperationalError as error:
        typer.echo(f"the database does not answer: {error.orig}", err=True)
        raise typer.Exit(1) from error
