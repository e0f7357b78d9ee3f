"""Headquarters' quarantine for the command line; see `replication.quarantine_commands`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hq import parked, staff
from replication import quarantine
from replication.quarantine import Held


@dataclass(frozen=True, slots=True)
class QuarantineDesk:
    """Acts in the name of an operator of headquarters, within what that person may do."""

    connection: Connection
    now: datetime

    def waiting(self) -> Sequence[Held]:
        """What waits for a person, oldest first."""
        return quarantine.search(self.connection, quarantine.WAITING, relayed=False)

    def find(self, site: str, sequence: int, epoch: str) -> Held:
        """One of them. Raises ParkedError."""
        return parked.find(self.connection, site, sequence, epoch)

    def retry(self, held: Held, operator: str) -> str | None:
        """None when it is applied, else why not. Raises ParkedError or StaffError."""
        actor = staff.acting(self.connection, operator)
        return parked.retry(self.connection, held, actor, self.now)

    def release(self, held: Held, operator: str, reason: str) -> None:
        """Set it down for good. Raises ParkedError or StaffError."""
        actor = staff.acting(self.connection, operator)
        parked.release(self.connection, held, actor, reason, self.now)
