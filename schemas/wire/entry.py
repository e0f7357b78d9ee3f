"""One entry of a journal and its hash.

    hash = SHA-256( tag, stream, epoch, sequence, kind, version, committed, previous, body [, origin] )

Every field is preceded by its length in eight bytes, so that no two entries can be read as the same
bytes. `previous` is the hash of the entry before it, 32 noughts for the first: a journal is a chain.

A parent that relays an entry of its child appends the child's original body to its own journal with
the entry's *origin*. The origin's hash is then a tenth field under another tag, so that a parent's
chain covers where its entries came from as well as what they say, and whoever holds the relayed
entry can recompute the child's own hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

GENESIS = bytes(32)
_TAG = "chainwright.entry.1"
_RELAY_TAG = "chainwright.relay.1"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a relayed entry was first written; `hash` and `previous` are 32 bytes."""

    stream: str
    epoch: str
    sequence: int
    committed: str
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """An immutable fact. `committed` is an instant as `canonical.instant` writes it."""

    stream: str
    epoch: str
    sequence: int
    kind: str
    version: int
    committed: str
    previous: bytes
    body: bytes
    hash: bytes
    origin: Origin | None = None

    def as_origin(self) -> Origin:
        """This entry as the origin of the one that relays it."""
        return Origin(
            self.stream, self.epoch, self.sequence, self.committed, self.previous, self.hash
        )

    def original(self) -> Entry:
        """A relayed entry as its writer wrote it; any other as it is."""
        one = self.origin
        if one is None:
            return self
        return Entry(
            one.stream, one.epoch, one.sequence, self.kind, self.version, one.committed,
            one.previous, self.body, one.hash,
        )  # fmt: skip


def entry_hash(  # noqa: PLR0913 - the fields of an entry are what is hashed
    stream: str,
    epoch: str,
    sequence: int,
    kind: str,
    version: int,
    committed: str,
    previous: bytes,
    body: bytes,
    origin_hash: bytes | None = None,
) -> bytes:
    """The 32-byte hash of an entry with these fields."""
    tag = _TAG if origin_hash is None else _RELAY_TAG
    fields = (
        _framed(tag, stream, epoch),
        _frame(b"%d" % sequence),
        _framed(kind, str(version)),
        _frame(committed.encode()),
        _frame(previous),
        _frame(body),
        b"" if origin_hash is None else _frame(origin_hash),
    )
    return hashlib.sha256(b"".join(fields)).digest()


def _frame(field: bytes) -> bytes:
    return len(field).to_bytes(8, "big") + field


# What hardly changes from one entry to the next of a batch.
@lru_cache(maxsize=1024)
def _framed(*texts: str) -> bytes:
    return b"".join(_frame(one.encode()) for one in texts)


def origin_holds(kind: str, version: int, body: bytes, origin: Origin) -> bool:
    """Whether the body is what the origin's hash was taken over."""
    return origin.hash == entry_hash(
        origin.stream,
        origin.epoch,
        origin.sequence,
        kind,
        version,
        origin.committed,
        origin.previous,
        body,
    )
