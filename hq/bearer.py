"""Secrets of programs that ask headquarters: how one is made, kept, read and guessed at.

    Authorization: Bearer cw_<code>_<secret>

The code says whose secret it is to be; only the hash of all of it is kept. It is 256 random bits, so that a plain
hash is enough, and a request costs no time. Who guesses is made to wait as at signing in, by code and by
address; its own secret is looked at first, so that nobody is locked out by somebody who guesses under their code.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine

from replication.console.throttle import Throttle

CODE = re.compile(r"[A-Za-z0-9-]{1,20}")
_SECRET_BYTES = 32
_SCHEME = "bearer"

T = TypeVar("T")


class NobodyError(Exception):
    """No secret that is known; `wait` is how many seconds nobody is listened to, 0 when the next try may come."""

    def __init__(self, wait: float) -> None:
        super().__init__("the request bears no key that is valid")
        self.wait = wait


def new(code: str) -> tuple[str, str]:
    """A secret for a code, and its hash."""
    token = f"cw_{code}_{secrets.token_hex(_SECRET_BYTES)}"
    return token, _hash(token)


def holds(hashed: str, token: str) -> bool:
    """Whether this is the secret that was hashed."""
    return secrets.compare_digest(hashed, _hash(token))


def code_of(token: str) -> str:
    """The code that a secret says to be of, empty where it says none."""
    parts = token.split("_")
    code = parts[1] if len(parts) > 1 else ""
    return code if CODE.fullmatch(code) else ""


class Door(Generic[T]):
    """Lets in whose secret it is. Its method may be called from any thread."""

    def __init__(
        self, engine: Engine, find: Callable[[Connection, str], T | None],
        monotonic: Callable[[], float],
    ) -> None:  # fmt: skip
        """`find` gives whose secret a text is, None for any other text."""
        self._engine = engine
        self._find = find
        self._guesses = Throttle(monotonic=monotonic)

    def admit(self, authorization: str, address: str) -> T:
        """Who asks. Raises NobodyError."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() == _SCHEME and token:
            with self._engine.connect() as connection:
                found = self._find(connection, token)
            if found is not None:
                return found
        raise NobodyError(self._guesses.begin(code_of(token), address))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
