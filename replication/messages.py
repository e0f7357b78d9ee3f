"""What child and parent say to each other beside batches. Small, JSON, read before it is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """Base: frozen, and blind to fields that a newer peer adds."""

    model_config = ConfigDict(frozen=True)


class JournalHead(Message):
    """Where an epoch of the child's own journal ends."""

    stream: str
    epoch: str
    head: int


class PositionReport(Message):
    """How far a site has applied a feed, and when."""

    site: str
    stream: str
    epoch: str
    through: int
    applied_at: datetime


class SiteStatus(Message):
    """What a site says of itself; `oldest_unsent` is the instant of the first entry not yet applied
    by the parent.
    """

    site: str
    parent: str
    clock: datetime
    wire: int
    pending: int
    oldest_unsent: datetime | None
    quarantine: int
    detail: Mapping[str, Any] = {}


class Hello(Message):
    """The child's first words: who it is, in which incarnation, and where its journal stands."""

    site: str
    wire: int
    clock: datetime
    journal: JournalHead
    incarnation: str = ""
    follows: str = ""


class Mark(Message):
    """The parent's two marks for a journal, and the hash at the first, in hex."""

    stream: str
    epoch: str
    applied: int
    secured: int
    hash: str


class Endorsed(Message):
    """The word of the top of the tree that a site uses this key, in hex, since an enrolment."""

    site: str
    public_key: str
    enrolment: int
    signature: str


class Introduced(Message):
    """The top of the tree and its key, in hex, by the word of the parent that signed it."""

    site: str
    public_key: str
    signature: str


class Welcome(Message):
    """The parent's answer to hello: its marks for the present epoch, and for all that it holds.

    See `replication.endorsement` for what it says of keys.
    """

    site: str
    wire: int
    clock: datetime
    mark: Mark
    marks: list[Mark] = []
    endorsement: Endorsed | None = None
    root: Introduced | None = None

    @property
    def every_mark(self) -> list[Mark]:
        """The marks of all epochs, the present one's although nothing of it is held."""
        # A parent of the first release knows of the present epoch alone.
        known = any(one.epoch == self.mark.epoch for one in self.marks)
        return self.marks if known else [*self.marks, self.mark]


class Recall(Message):
    """What the child lost of its own journal: entries of an epoch after a sequence, up to a limit, in
    a wire version that it reads.
    """

    stream: str
    epoch: str
    after: int
    limit: int = 500
    wire: int = 1


class Wanted(Message):
    """One feed that the child follows, and where it stands; `epoch` is empty before it ever read it.

    `target` is how far a generation goes that it is loading, 0 when it loads none; a child of an older
    release does not say.
    """

    stream: str
    epoch: str
    after: int
    target: int | None = None


class Fetch(Message):
    """What the child lacks, how many seconds it is ready to wait for it, and the newest wire version
    that it reads; the first release did not say so.
    """

    wants: list[Wanted]
    wait: float
    wire: int = 1


class Status(Message):
    """The reports and the states of a child and the sites below it."""

    reports: list[PositionReport]
    sites: list[SiteStatus]


class PastEpoch(Message):
    """An epoch of a producer's counter that is over, and the last number drawn in it."""

    epoch: str
    through: int


class RestartOrder(Message):
    """The order to load a feed anew.

    `past` and `present` are the epochs of the counter that numbers it: what the child holds of others
    is lost here. A parent of an older release does not tell them, and `present` is empty.
    """

    stream: str
    epoch: str
    head: int
    past: list[PastEpoch] = []
    present: str = ""


class Opening(Message):
    """Asks for a session beside the link's own, for one purpose; it says nothing about journals."""

    site: str
    purpose: Literal["inquiry"]


class Inquiry(Message):
    """A question that is worth its answer only now: `budget_ms` is what is left of its time when it
    is sent. `asked_by` is the site where it began. The same `uuid` is the same question.
    """

    uuid: str
    kind: str
    body: Mapping[str, Any]
    asked_by: str
    budget_ms: int


class InquiryAnswer(Message):
    """What was answered, and by which site. `complete` says that every site which could know was
    asked; otherwise this is what `answered_by` knows by itself, and `why` names what kept it from
    asking on (see `replication.inquiry.Why`; a newer peer may give reasons that are not known here).
    """

    uuid: str
    outcome: Literal["found", "unknown", "refused"]
    answered_by: str
    body: Mapping[str, Any] = {}
    complete: bool = True
    why: str = ""


class Cancelling(Message):
    """Nobody waits for this inquiry any longer."""

    uuid: str
