"""Importing operators: who works where, and the secret they sign in with.

    operator,name,role,branch,pin
    operator,name,role,branch,region,pin      `region` may be missing: then a person's regions stay as they are

The PIN of the file is also the person's password at the console and the back office, where they may
use one. It rests as argon2id hashes alone; a file that repeats the PIN changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from sqlalchemy import Connection

from hq import staff
from hq.import_kinds import Reading, unique
from hq.references import References
from hq.regions import NO_REGION
from hq.staff import BRANCH_ROLES, ROLES, Employee, Role
from replication.console.csv_file import Row
from replication.console.languages import msgid
from replication.credentials import hash_secret, verify

_NO_ROLE = msgid("%(value)s is no role; roles are %(roles)s")
_NO_BRANCH = msgid("there is no branch %(value)s; add it first")
_WHERE = msgid("a %(role)s works at a branch; name it")
_AT_BRANCHES = msgid("a %(role)s works at branches, which are named one by one")
_PIN = msgid("a PIN has 4 to 12 digits")
_LONG_PIN = msgid("a %(role)s signs in at a console; use at least 6 digits")

_SHORTEST, _LONGEST, _SHORTEST_AT_CONSOLE = 4, 12, 6


@dataclass(frozen=True, slots=True)
class Hired:
    """A person as the file has them, with the PIN that is not hashed yet."""

    employee: Employee
    pin: str


def read_operators(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Operators; `branch` and `region` name what is in their scope, separated by blanks."""
    held = {one.operator: one for one in staff.employees(connection)}
    unique(rows, "operator", lambda row: row.cells["operator"].strip())
    changes: list[Hired] = []
    new = 0
    for row in rows:
        hired = _hired(row, known, held)
        if row.problems:
            continue
        before = held.get(hired.employee.operator)
        if before is None or not _same(before, hired):
            changes.append(hired)
            new += before is None
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))


def apply_operators(connection: Connection, changes: list[Hired]) -> None:
    """Hash the PINs and save the people."""
    people: list[Employee] = []
    for one in changes:
        hashed = hash_secret(one.pin)
        people.append(replace(one.employee, pin_hash=hashed, password_hash=hashed))
    staff.save(connection, people)


def _hired(row: Row, known: References, held: Mapping[str, Employee]) -> Hired:
    operator, name, role = row.code("operator"), row.text("name"), row.code("role")
    branches = tuple(row.text("branch", required=False).split())
    if role not in ROLES:
        row.refuse("role", _NO_ROLE, value=role, roles=", ".join(ROLES))
    elif role in BRANCH_ROLES and not branches:
        row.refuse("branch", _WHERE, role=role)
    for branch in branches:
        if branch not in known.branches:
            row.refuse("branch", _NO_BRANCH, value=branch)
    regions = _regions(row, known, role, held.get(operator))
    pin = row.cells["pin"].strip()
    if not (pin.isascii() and pin.isdigit() and _SHORTEST <= len(pin) <= _LONGEST):
        row.refuse("pin", _PIN)
    elif role in ROLES and role != "cashier" and len(pin) < _SHORTEST_AT_CONSOLE:
        row.refuse("pin", _LONG_PIN, role=role)
    return Hired(Employee(operator, name, cast("Role", role), branches, regions=regions), pin)


def _regions(row: Row, known: References, role: str, held: Employee | None) -> tuple[str, ...]:
    if "region" not in row.cells:
        # Who becomes a cashier keeps no region of what they were before.
        return held.regions if held is not None and role not in BRANCH_ROLES else ()
    regions = tuple(row.text("region", required=False).split())
    if regions and role in BRANCH_ROLES:
        row.refuse("region", _AT_BRANCHES, role=role)
    for region in regions:
        if region not in known.regions:
            row.refuse("region", NO_REGION, region=region)
    return regions


def _same(before: Employee, hired: Hired) -> bool:
    bare = replace(before, pin_hash="", password_hash="")
    return bare == hired.employee and verify(before.pin_hash, hired.pin)
