"""One record of a feed: the newest state of one key, or a tombstone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """A keyed record under its number; `body` is canonical JSON, empty in a tombstone."""

    number: int
    kind: str
    key: str
    version: int
    body: bytes
    deleted: bool = False
