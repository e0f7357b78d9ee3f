"""Digests: what two sites hold, compared by range of keys without sending it.

    one record   SHA-256 over kind, key and content, each preceded by its length
    a range      SHA-256 over the same of all its records, in the order of the keys' bytes

The side that is asked cuts its keys into ranges of equal size, the side that asks takes those ranges
over: so every key there could be lies in exactly one range of both, and a record that one of them
has too many is found like one that it lacks. No count is compared: it would prove nothing.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from schemas.tables.base import reading

#: A kind is cut into at most this many ranges, none of them smaller than the other.
_RANGES = 256
_SMALLEST = 32


@dataclass(frozen=True, slots=True)
class Held:
    """One record as a side holds it: `content` is what is compared of it."""

    key: str
    content: bytes
    number: int = 0


@dataclass(frozen=True, slots=True)
class Range:
    """Keys with low ≤ key < high and the digest of what is held of them."""

    low: str
    high: str | None
    count: int
    digest: str


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database, whatever is committed meanwhile."""
    if engine.dialect.name != "postgresql":
        with reading(engine) as connection:  # a read transaction of SQLite is a snapshot
            yield connection
        return
    options = engine.execution_options(isolation_level="REPEATABLE READ")
    with options.connect() as connection, connection.begin():
        yield connection


def record_hash(kind: str, held: Held) -> str:
    """The hash of one record, in hex."""
    return hashlib.sha256(_framed(kind, held)).hexdigest()


def cut(kind: str, rows: Sequence[Held]) -> list[Range]:
    """The ranges of a kind, from the first key there could be to the last; rows in order of key."""
    size = max(_SMALLEST, -(-len(rows) // _RANGES))
    lows = ["", *(rows[start].key for start in range(size, len(rows), size))]
    return digests(kind, rows, lows)


def digests(kind: str, rows: Sequence[Held], lows: Sequence[str]) -> list[Range]:
    """The digests of the ranges that begin at `lows`; the last has no end."""
    keys = [row.key for row in rows]
    places = [bisect_left(keys, low) for low in lows]
    ends = [*places[1:], len(rows)]
    highs: list[str | None] = [*lows[1:], None]
    found: list[Range] = []
    for low, high, start, end in zip(lows, highs, places, ends, strict=True):
        sha = hashlib.sha256()
        for row in rows[start:end]:
            sha.update(_framed(kind, row))
        found.append(Range(low, high, end - start, sha.hexdigest()))
    return found


def _framed(kind: str, held: Held) -> bytes:
    parts = (kind.encode(), held.key.encode(), held.content)
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)
