"""Passwords and PINs: argon2id hashes, checked in constant time by the library."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# A till checks a PIN while a cashier waits, on small machines: 19 MiB and two passes, the least
# that OWASP recommends for argon2id, take some 20 ms.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_secret(secret: str) -> str:
    """The argon2id hash of a password or PIN, with its parameters and salt."""
    return _hasher.hash(secret)


def verify(hashed: str, secret: str) -> bool:
    """Whether `secret` is what was hashed; False too when nothing was set."""
    try:
        return _hasher.verify(hashed, secret)
    except (VerificationError, InvalidHashError):
        return False
