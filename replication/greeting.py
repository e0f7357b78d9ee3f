"""A child's first words to its parent, and what follows from the answer.

    hello ──▶ which wire version the two of them speak
          ──▶ the parent's marks ─┬─▶ noted: what was beyond them is pushed
                                  └─▶ compared with what is here: what was lost is fetched back, piece
                                      by piece, stored and projected

What the parent said holds until somebody asks for a new greeting: after a refusal that heals, a dead
line, or simply after a while.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from replication import endorsement, following, incarnation, journal, outbox, recovery
from replication.errors import LinkDownError, RefusedError
from replication.identity import Identity
from replication.messages import Hello, JournalHead, Mark, Recall, Welcome
from replication.recovery import Lost
from replication.site import Site
from replication.streams import journal_of
from replication.transport.base import Transport
from schemas.tables.base import reading
from schemas.wire.batch import BatchError, open_batch, read_entries
from schemas.wire.entry import Entry
from schemas.wire.versions import Versions

_log = structlog.get_logger(__name__)
_RECALLED = 500


def hello_of(
    connection: Connection, identity: Identity, clock: datetime, spoken: Versions
) -> Hello:
    """The hello of a site, by its journal's database."""
    head = journal.head_of(connection, journal_of(identity.site))
    present = incarnation.present(connection, identity.site)
    return Hello(
        site=identity.site,
        wire=spoken.newest,
        clock=clock,
        journal=JournalHead(stream=head.stream, epoch=head.epoch, head=head.sequence),
        incarnation=present.name if present else "",
        follows=present.follows if present else "",
    )


def agreed(peer: str, theirs: int, spoken: Versions) -> int:
    """The version that is spoken with a peer whose newest is `theirs`. Raises RefusedError."""
    if theirs < spoken.oldest:
        message = (
            f"{peer} speaks wire version {theirs}, here {spoken.oldest} to {spoken.newest} are "
            f"spoken: upgrade {peer}, at first to a release that speaks {spoken.oldest}; what it "
            "holds is sent then"
        )
        raise RefusedError("wire_version", message)
    return min(theirs, spoken.newest)


class Greeting:
    """What a child knows of its parent since the last hello. Safe among the threads of a link."""

    def __init__(
        self, site: Site, transport: Callable[[], Transport], stop: threading.Event
    ) -> None:
        self._site = site
        self._transport = transport
        self._stop = stop
        self._stream = journal_of(site.identity.site)
        self._greeting = threading.Lock()
        self._holds = threading.Event()
        self._at = -math.inf
        self._marks: dict[str, Mark] = {}
        self._lost: list[Lost] = []
        #: The wire version that is spoken with the parent.
        self.wire = site.outlet.spoken.newest
        #: Why the parent's endorsement is not believed, empty while nothing is wrong with it.
        self.doubt = ""

    @property
    def applied(self) -> dict[str, int]:
        """How far the parent has applied each epoch of the own journal, as it said last."""
        return {epoch: mark.applied for epoch, mark in self._marks.items()}

    @property
    def has_lost(self) -> bool:
        """Whether the parent holds entries that are to be fetched back."""
        return bool(self._lost)

    @property
    def holds(self) -> bool:
        """Whether what the parent said still counts."""
        return self._holds.is_set()

    def is_due(self, every: float) -> bool:
        """Whether to say hello, at least every so many seconds: to learn what another incarnation of
        this site, or its parent, lost or won.
        """
        return not self.holds or time.monotonic() - self._at > every

    def forget(self) -> None:
        """Trust nothing that the parent said before."""
        self._holds.clear()

    def hasten(self) -> None:
        """Say hello at the next opportunity; what was said counts until then."""
        self._at = -math.inf

    def require(self, seconds: float) -> None:
        """Wait a moment for a greeting by another thread. Raises LinkDownError when there is none."""
        if not self._holds.wait(seconds) and not self._stop.is_set():
            raise LinkDownError("the parent has not been greeted yet")

    def say(self) -> None:
        """Say hello. Raises LinkDownError or RefusedError."""
        with self._greeting:
            marks = self._hello()
            # Whatever was lost is noted before anything is sent: no number is given twice.
            self._lost = recovery.reconcile(self._site.recovery, marks, self._parent_hash)
            self.note(marks)
            self._marks = {mark.epoch: mark for mark in marks}
            self._at = time.monotonic()
            self._holds.set()

    def note(self, marks: Sequence[Mark]) -> None:
        """Keep marks of the parent, here and in the database."""
        news = [mark for mark in marks if mark != self._marks.get(mark.epoch)]
        if not news:
            return
        with reading(self._site.journals) as connection:
            present = journal.head_of(connection, self._stream).epoch
        with self._site.feeds.begin() as connection:
            for mark in news:
                at = self._site.outlet.clock()
                outbox.remember(connection, mark, at, over=mark.epoch != present)
        self._marks |= {mark.epoch: mark for mark in news}

    def fetch_back(self) -> int:
        """Fetch back all that this site lost; how many entries that were.

        Raises LinkDownError and RefusedError; what came until then is kept.
        """
        came = 0
        while self._lost:
            came += self.fetch_back_a_piece()
        return came

    def fetch_back_a_piece(self) -> int:
        """Fetch back one batch of what was lost; how many entries that were."""
        lost = self._lost[0]
        entries = self._recalled(lost.epoch, lost.after)
        if not entries:
            message = f"the parent no longer gives {lost} back: ask again"
            raise RefusedError("gap", message)
        with self._site.recovery.engine.begin() as connection:
            recovery.regain(self._site.recovery, connection, entries)
        reached = entries[-1].sequence
        _log.warning("fetched back", stream=self._stream, epoch=lost.epoch, through=reached)
        rest = [Lost(lost.epoch, reached, lost.through)] if reached < lost.through else []
        self._lost = rest + self._lost[1:]
        if not self._lost:
            recovery.complete(self._site.recovery)
            # What is present since the loss was noticed is heard of at the next hello.
            self.hasten()
        return len(entries)

    def _hello(self) -> list[Mark]:
        """The parent's marks for every epoch of our journal that it holds, and for the present one."""
        with reading(self._site.journals) as connection:
            clock = self._site.outlet.clock()
            spoken = self._site.outlet.spoken
            hello = hello_of(connection, self._site.identity, clock, spoken)
        welcome = self._transport().hello(hello)
        self.wire = agreed(welcome.site, welcome.wire, spoken)
        self._heed(welcome)
        return welcome.every_mark

    def _heed(self, welcome: Welcome) -> None:
        """Trust the parent's new key when it is endorsed; everything else goes on either way."""
        site = self._site
        self.doubt = endorsement.heed(site.feeds, site.identity, welcome, site.outlet.clock())
        if self.doubt:
            _log.warning("endorsement not believed", message=self.doubt)

    def _parent_hash(self, epoch: str, sequence: int) -> bytes:
        """The hash that the parent holds after an entry of our journal, which is not its last."""
        entries = self._recalled(epoch, sequence, limit=1)
        if not entries:
            raise RefusedError("gap", f"the parent holds nothing after entry {sequence} of {epoch}")
        return entries[0].previous

    def _recalled(self, epoch: str, after: int, limit: int = _RECALLED) -> list[Entry]:
        newest = self._site.outlet.spoken.newest
        recall = Recall(stream=self._stream, epoch=epoch, after=after, limit=limit, wire=newest)
        answer = self._transport().recall(recall)
        if answer is None:
            return []
        with reading(self._site.feeds) as connection:
            verify = following.signed_by_parent(connection, self._site.identity)
        try:
            header, payload = open_batch(answer, verify, newest)
            return read_entries(header, payload)
        except BatchError as error:
            raise following.refusal_of(error, self._site.identity) from error
