"""Who may sign in at the back office: the operators that headquarters sent to this branch.

An operator without a password of their own signs in with the PIN of the till. Which pages a role may
open is said at each page; a cashier signs in and is refused, with the reason.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from replication.console.users import User, password_holds
from schemas.tables.catalogue import operator as operator_table

#: Who may work in the back office.
MANAGERS = frozenset({"branch_manager"})
#: Who may count goods, and sees no more than where to.
COUNTERS = MANAGERS | {"cashier"}


def authenticate(connection: Connection, operator: str, password: str) -> User | None:
    """The operator whose password this is; takes as long when there is none."""
    row = _row(connection, operator)
    hashed = None if row is None else row.password_hash or row.pin_hash
    return _user(row) if password_holds(hashed, password) else None


def find_user(connection: Connection, operator: str) -> User | None:
    """The operator as headquarters last sent them; None once they no longer work here."""
    return _user(_row(connection, operator))


def names(connection: Connection) -> dict[str, str]:
    """Operator code to name, of everybody who works here."""
    query = select(operator_table.c.operator, operator_table.c.name)
    return {row.operator: row.name for row in connection.execute(query)}


def _row(connection: Connection, operator: str) -> Row[Any] | None:
    return connection.execute(
        select(operator_table)
        .where(operator_table.c.operator == operator)
        .order_by(operator_table.c.stream)
        .limit(1)
    ).one_or_none()


def _user(row: Row[Any] | None) -> User | None:
    return None if row is None else User(row.operator, row.name, row.role)
