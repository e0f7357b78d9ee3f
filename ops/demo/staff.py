"""Who works in the demo's chain. They are roles, not people, and their PINs are no secret.

A PIN is the branch's number (9 at headquarters) and then 00001 for the manager, 00101 and on for
the cashiers of lane 1 and on. They are printed when the demo is up; a real chain imports operators
of its own and never these.
"""

from __future__ import annotations

from dataclasses import dataclass

from ops.demo.stores import BRANCHES, LANES


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator; `branch` is empty at headquarters."""

    operator: str
    name: str
    role: str
    branch: str
    pin: str

    def row(self) -> tuple[str, ...]:
        """Return the columns of operators.csv."""
        return self.operator, self.name, self.role, self.branch, self.pin


def cashier_of(branch: str, lane: int) -> str:
    """Return the operator at a branch's lane."""
    return f"{branch}-C{lane}"


def manager_of(branch: str) -> str:
    """Return the operator who closes a branch's day."""
    return f"{branch}-M"


def staff() -> list[Operator]:
    """List headquarters first, then each branch: its manager and a cashier for every lane."""
    people = [
        Operator("HQ-BUYER", "Buyer", "buyer", "", "900001"),
        Operator("HQ-APPROVER", "Approver", "approver", "", "900002"),
        Operator("HQ-REGION", "Regional operations", "regional_ops", "", "900003"),
        Operator("HQ-ADMIN", "Administrator", "administrator", "", "900004"),
    ]
    for number, branch in enumerate(BRANCHES, start=1):
        pin = number * 100_000
        manager = f"Branch manager {branch}"
        people.append(Operator(manager_of(branch), manager, "branch_manager", branch, f"{pin + 1}"))
        for lane in range(1, LANES + 1):
            name = f"Cashier {branch}-{lane}"
            code = cashier_of(branch, lane)
            people.append(Operator(code, name, "cashier", branch, f"{pin + 100 + lane}"))
    return people
