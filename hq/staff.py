"""Who works in the chain, where, and who may sign in at headquarters.

    everybody                rests in `staff`, at headquarters alone
    cashiers and managers    also an `operator` record, with the hashes of their secrets, in the
                             feed of each branch where they work, and of no other

    role             signs in at            scope
    buyer, approver  headquarters           the whole chain, unless branches or regions are named
    regional_ops     headquarters           the whole chain, unless branches or regions are named
    finance          headquarters           the whole chain, unless branches or regions are named
    administrator    headquarters           the whole chain
    branch_manager   headquarters, branch   the branches named, at least one
    cashier          lane                   the branches named, at least one

A region stands for the branches that are in it when somebody looks, so that one that is added later is seen too.
A person who moves to another branch is taken back from the old one in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, select

from hq import publication, regions
from hq.refusal import RefusalError
from replication.console.users import User, password_holds
from replication.feed import Draft
from replication.streams import branch_feed
from schemas.tables.base import upsert
from schemas.tables.staff import staff
from schemas.wire.records import Operator, RecordBody

Role = Literal[
    "buyer", "approver", "regional_ops", "finance", "branch_manager", "cashier", "administrator"
]  # fmt: skip
ROLES: tuple[str, ...] = get_args(Role)

#: Those who work at branches, and so need some.
BRANCH_ROLES = ("branch_manager", "cashier")


#: The scope of whoever looks after regions without any branch: no branch has an empty code.
NO_BRANCH = ("",)

_NOBODY = "there is no active operator %(operator)s at headquarters: import operators first"


class StaffError(RefusalError):
    """A person who cannot do what is asked."""


@dataclass(frozen=True, slots=True)
class Employee:
    """One person. The hashes are argon2id; an empty one lets nobody in.

    `branches` and what is in `regions` are the scope.
    """

    operator: str
    name: str
    role: Role
    branches: tuple[str, ...] = ()
    pin_hash: str = ""
    password_hash: str = ""
    active: bool = True
    regions: tuple[str, ...] = ()


def save(connection: Connection, people: Iterable[Employee]) -> None:
    """Add people or change them, and tell the branches where they work or worked."""
    people = list(people)
    before = {one.operator: one for one in employees(connection)}
    rows = [
        {
            "operator": one.operator, "name": one.name, "role": one.role,
            "branches": list(one.branches), "regions": list(one.regions), "password_hash": one.password_hash,
            "pin_hash": one.pin_hash, "active": one.active,
        }
        for one in people
    ]  # fmt: skip
    upsert(connection, staff, rows)
    records: dict[str, list[RecordBody | Draft]] = {}
    for one in people:
        told = _workplaces(before.get(one.operator))
        for branch in _workplaces(one):
            records.setdefault(branch_feed(branch), []).append(_record(one))
        for branch in told - _workplaces(one):
            gone = publication.tombstone("operator", one.operator)
            records.setdefault(branch_feed(branch), []).append(gone)
    publication.publish(connection, records)


def employees(connection: Connection) -> list[Employee]:
    """Everybody, by their code."""
    return [_employee(row) for row in connection.execute(select(staff).order_by(staff.c.operator))]


def find_user(connection: Connection, operator: str) -> User | None:
    """The person as the console knows them; None when they may not sign in (any more)."""
    return _user(connection, _find(connection, operator))


def acting(connection: Connection, operator: str) -> User:
    """The person in whose name a command acts. Raises StaffError for nobody we know."""
    found = find_user(connection, operator)
    if found is None:
        raise StaffError(_NOBODY, operator=operator)
    return found


def authenticate(connection: Connection, operator: str, password: str) -> User | None:
    """The person whose password this is, or None; both take as long."""
    found = _find(connection, operator)
    if not password_holds(None if found is None else found.password_hash, password):
        return None
    return _user(connection, found)


def _user(connection: Connection, found: Employee | None) -> User | None:
    if found is None:
        return None
    return User(found.operator, found.name, found.role, _scope(connection, found))


def _scope(connection: Connection, found: Employee) -> tuple[str, ...]:
    if not found.regions:
        return found.branches
    inside = {*found.branches, *regions.branches_in(connection, found.regions)}
    # An empty scope would be the whole chain.
    return tuple(sorted(inside)) or NO_BRANCH


def _find(connection: Connection, operator: str) -> Employee | None:
    """An active person who may work at headquarters: cashiers sign in at their lanes alone."""
    query = select(staff).where(
        staff.c.operator == operator, staff.c.active, staff.c.role != "cashier"
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _employee(row)


def _employee(row: Row[Any]) -> Employee:
    return Employee(
        row.operator, row.name, row.role, tuple(row.branches), row.pin_hash, row.password_hash,
        row.active, tuple(row.regions),
    )  # fmt: skip


def _workplaces(one: Employee | None) -> set[str]:
    works = one is not None and one.active and one.role in BRANCH_ROLES
    return set(one.branches) if works and one is not None else set()


def _record(one: Employee) -> Operator:
    role: Literal["branch_manager", "cashier"] = (
        "branch_manager" if one.role == "branch_manager" else "cashier"
    )
    # A cashier signs in at lanes alone, so the branch's back office gets no password of theirs.
    password = one.password_hash if role == "branch_manager" else ""
    return Operator(
        operator=one.operator, name=one.name, role=role, pin_hash=one.pin_hash,
        password_hash=password,
    )  # fmt: skip
