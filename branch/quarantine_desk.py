"""The branch's quarantine for the command line; see `replication.quarantine_commands`.

Whoever has the machine's command line may act; the name they give is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from branch import parked
from replication.quarantine import Held


@dataclass(frozen=True, slots=True)
class QuarantineDesk:
    """Acts on the entries of this branch's lanes."""

    connection: Connection
    branch: str
    now: datetime

    def waiting(self) -> Sequence[Held]:
        """What waits for a person, oldest first."""
        return parked.held(self.connection)

    def find(self, site: str, sequence: int, epoch: str) -> Held:
        """One of them. Raises ParkedError."""
        return parked.find(self.connection, site, sequence, epoch)

    def retry(self, held: Held, operator: str) -> str | None:
        """None when it is applied, else why not."""
        return parked.retry(self.connection, self.branch, held, operator, self.now)

    def release(self, held: Held, operator: str, reason: str) -> None:
        """Set it down for good. Raises ParkedError without a reason."""
        parked.release(self.connection, held, operator, reason, self.now)
