"""What a branch still holds of a feed and headquarters lost, when that was put back from a backup.

Records travel back as they came, octet by octet, so that nothing here has to understand them. Their
number and the epoch of the counter that drew it are their origin: however many branches hold a record,
it is the same one.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime

from schemas.wire.record import Record


@dataclass(frozen=True, slots=True)
class SurplusRecord:
    """One record of a feed; `body` is in base64, empty in a tombstone. `epoch` is the counter's."""

    epoch: str
    number: int
    kind: str
    key: str
    version: int
    body: str
    deleted: bool = False

    @property
    def octets(self) -> bytes:
        """The record's body. Raises ValueError when it is no base64."""
        return b64decode(self.body, validate=True)


@dataclass(frozen=True, slots=True)
class FeedSurplus:
    """Records of one feed that `branch` holds and its parent's history does not have."""

    branch: str
    feed: str
    records: tuple[SurplusRecord, ...]
    told: datetime


def surplus_of(epoch: str, record: Record) -> SurplusRecord:
    """A record as it travels back."""
    return SurplusRecord(
        epoch, record.number, record.kind, record.key, record.version,
        b64encode(record.body).decode(), record.deleted,
    )  # fmt: skip
