"""Hashes of made-up people's secrets, at the least cost that argon2 knows.

Checking a PIN is slow by design: some 20 ms in the product, and most tests sign somebody in. A hash says
what it costs, so the product checks these with the same code; what its own cost is stands in
`tests.replication.test_credentials`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from argon2 import PasswordHasher

_LEAST: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def hashed(secret: str) -> str:
    """Give the hash of a secret, made once for all tests."""
    return _LEAST.hash(secret)
