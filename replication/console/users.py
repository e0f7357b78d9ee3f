"""Who is signed in, and the check of a password that tells nobody which operators exist."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from replication.credentials import hash_secret, verify


@dataclass(frozen=True, slots=True)
class User:
    """A person at a console. `branches` is the scope; empty stands for the whole chain."""

    operator: str
    name: str
    role: str
    branches: tuple[str, ...] = ()


#: Stands for nobody: what the sign-in page and an error before sign-in are shown to.
NOBODY = User(operator="", name="", role="")


@cache
def _nobodys_hash() -> str:
    return hash_secret("nobody signs in with this")


def password_holds(hashed: str | None, password: str) -> bool:
    """Whether `password` is what was hashed; None stands for an operator who does not exist.

    Takes as long for None as for a wrong password, so that the time tells nothing.
    """
    return verify(hashed if hashed is not None else _nobodys_hash(), password) and bool(hashed)
