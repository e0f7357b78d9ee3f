"""The first minute of a chain: its database belongs to headquarters, and somebody may sign in.

    an empty database          migrated here, because there is nothing in it that could be harmed
    one of an older release    refused: `migrate` is a decision of its own
    one that belongs to a site refused: whatever it holds stays as it is

Identity, keys, the first administrator and the tax code `none` are written in one transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, inspect

from hq import audit, publication, staff
from replication import identity as identities
from replication.credentials import hash_secret
from replication.identity import Identity, NotEnrolledError
from replication.sealing import MEMBER_KEY, new_key
from replication.streams import CHAIN_FEED
from schemas.tables import migrate
from schemas.wire.records import Tax

SITE = "hq"
LEAST_PASSWORD = 6


class FoundingError(RuntimeError):
    """Headquarters cannot be founded on this database or with this password."""


def found(engine: Engine, operator: str, name: str, password: str, now: datetime) -> None:
    """Make the database headquarters'. Raises FoundingError or MigrationNeededError."""
    if len(password) < LEAST_PASSWORD:
        message = (
            f"the password of {operator} is too short: use at least {LEAST_PASSWORD} characters"
        )
        raise FoundingError(message)
    if not inspect(engine).get_table_names():
        migrate.upgrade_engine(engine, "hq")
    migrate.require(engine, "hq")
    administrator = staff.Employee(
        operator, name, "administrator", password_hash=hash_secret(password)
    )
    with engine.begin() as connection:
        try:
            held = identities.load(connection)
        except NotEnrolledError:
            identities.establish(connection, _identity())
        else:
            message = (
                f"this database belongs to {held.site} already: name another one in the settings"
            )
            raise FoundingError(message)
        staff.save(connection, [administrator])
        audit.note(connection, now, operator, "site.init", SITE)
        publication.publish(connection, {CHAIN_FEED: [Tax(tax_code="none", rate=0)]})


def _identity() -> Identity:
    key = identities.new_private_key()
    return Identity(SITE, "hq", None, key, (), {MEMBER_KEY: new_key()})
