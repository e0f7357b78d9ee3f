"""How the lane stands to the rest of the chain: shown beside the sale, never waited for by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pos_frontend.catalogue import Catalogue
from pos_frontend.databases import Databases
from pos_frontend.messages import Messages, Waiting
from replication import outbox
from replication.streams import journal_of
from schemas.tables.base import reading


@dataclass(frozen=True, slots=True)
class LinkState:
    """What the sync process last said; `trouble` is a refusal that needs a person."""

    online: bool = False
    trouble: str = ""


Trouble = Literal["no_answer", "garbled", "unplugged", "no_paper", "cover_open", "failed"]


@dataclass(frozen=True, slots=True)
class PrinterState:
    """How many receipts wait, why the printer does not print them, whether there is one, and which
    receipts broke off within and may be printed again.
    """

    waiting: int = 0
    trouble: str = ""
    configured: bool = True
    state: Literal["ready"] | Trouble = "ready"
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether a device on the counter works, and what is known of why it does not."""

    state: Literal["ready", "no_answer", "garbled", "unplugged"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """`unsent` counts the entries that the branch has not applied, `day` is the one it opened,
    `devices` are those that are configured beside the printer, `messages` what the branch says to the lane
    and nobody there has seen.
    """

    link: LinkState
    printer: PrinterState
    unsent: int
    loading: bool
    day: date | None
    devices: Mapping[str, Condition]
    messages: tuple[Waiting, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusBoard:
    """Reads the status from both files, the sync process and the printer."""

    site: str
    databases: Databases
    link: Callable[[], LinkState]
    printer: Callable[[], PrinterState]
    devices: Callable[[], Mapping[str, Condition]]
    messages: Messages

    def look(self) -> Status:
        """Return the status of this moment."""
        with (
            reading(self.databases.journal) as journals,
            reading(self.databases.catalogue) as catalogue,
        ):
            box = outbox.look(journals, catalogue, journal_of(self.site))
        known = Catalogue(self.databases.catalogue)
        return Status(
            link=self.link(),
            printer=self.printer(),
            unsent=box.pending,
            loading=known.is_loading(),
            day=known.open_day(),
            devices=self.devices(),
            messages=self.messages.look(),
        )
