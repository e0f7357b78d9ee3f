"""The serving side of a link: what a parent does for a child whose request was authenticated.

Every method takes the name of the site that asks, as the transport has proven it. It answers or
raises RefusedError; whatever it refuses is counted and can be seen on the replication page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql import insert

from replication import (
    apply,
    endorsement,
    enrolment,
    greeting,
    incarnation,
    journal,
    outbox,
    position,
)
from replication.apply import Inbound
from replication.digest_messages import (
    FEED_TOPIC,
    RECORDS_TOPIC,
    Asked,
    FeedAsk,
    RecordsAsk,
)
from replication.digest_office import DigestOffice
from replication.errors import RefusalCode, RefusedError
from replication.feed_office import FeedOffice, Restart, Want
from replication.identity import Identity, signature_holds
from replication.ledger import Ledger, Line
from replication.messages import (
    Fetch,
    Hello,
    Mark,
    PastEpoch,
    Recall,
    RestartOrder,
    Status,
    Welcome,
)
from replication.peers import key_of_peer
from replication.position import Position, Report
from replication.sent_notes import note_sent
from replication.streams import journal_of
from schemas.tables.base import upsert
from schemas.tables.link import refusal, site_status
from schemas.wire.batch import (
    BatchError,
    Verify,
    open_batch,
    pack_journal,
    read_entries,
)

_MOST_GIVEN_BACK = 500


class Parent:
    """A site as its children see it."""

    def __init__(
        self, engine: Engine, identity: Identity, inbound: Inbound, ledger: Ledger | None = None
    ) -> None:
        self.engine = engine
        self.identity = identity
        self._ledger = ledger
        self.feeds = FeedOffice(engine, identity, inbound.spoken)
        self.digests = DigestOffice(engine, identity, inbound.spoken)
        self._inbound = inbound

    def public_key(self, site: str) -> bytes:
        """The key of an enrolled child. Raises RefusedError unknown_site or revoked."""
        with self.engine.connect() as connection:
            return key_of_peer(connection, site)

    def enrol(self, request: bytes) -> bytes:
        """Admit a new site by its token, which a backup does not bring back."""
        now = self._inbound.clock()

        def admitted(connection: Connection, site: str, key: bytes) -> None:
            self._inbound.admitted(connection, site, key)
            # Not at a repeat: that of a machine which was replaced must not stand after the newer one.
            if self._ledger is not None:
                self._ledger.note(Line("used", site, enrolment.token_of(request), key, now))

        with self.engine.begin() as connection:
            return enrolment.admit(connection, request, self.identity, now, admitted, self._marks)

    def hello(self, site: str, hello: Hello) -> Welcome:
        """Where this parent stands in the child's journal. Raises RefusedError."""
        stream, now, spoken = hello.journal.stream, self._inbound.clock(), self._inbound.spoken
        greeting.agreed(site, hello.wire, spoken)
        self._must_own(site, stream)
        with self.engine.begin() as connection:
            if hello.incarnation:
                incarnation.heard(connection, site, hello.incarnation, hello.follows, now)
            at = position.find(connection, stream, hello.journal.epoch)
            mark = self._mark(connection, at)
            marks = self._marks(connection, site)
            endorsed, root = endorsement.shown(connection, self.identity, site, now)
        return Welcome(
            site=self.identity.site, wire=spoken.newest, clock=now, mark=mark, marks=marks,
            endorsement=endorsed, root=root,
        )  # fmt: skip

    def recall(self, site: str, recall: Recall) -> bytes | None:
        """What this parent holds of a child's own journal after an entry, to give it back."""
        self._must_own(site, recall.stream)
        with self.engine.connect() as connection:
            entries = journal.given_back(
                connection, recall.stream, recall.epoch, recall.after,
                min(recall.limit, _MOST_GIVEN_BACK),
            )  # fmt: skip
        if not entries:
            return None
        wire = greeting.agreed(site, recall.wire, self._inbound.spoken)
        return pack_journal(entries, self.identity.site, self.identity.sign, wire)

    def push(self, site: str, data: bytes) -> Mark:
        """Apply a journal batch of the child. Raises RefusedError."""
        try:
            newest = self._inbound.spoken.newest
            header, payload = open_batch(data, self._signed_by(site), newest)
            self._must_own(site, header.stream)
            if header.type != "journal":
                raise RefusedError("foreign_stream", f"{header.stream} is not a journal")
            entries = read_entries(header, payload)
        except BatchError as error:
            raise RefusedError(error.problem, str(error)) from error
        with self.engine.begin() as connection:
            after = apply.receive(connection, header, entries, self._inbound)
            mark = self._mark(connection, after)
        self._inbound.committed(connection)
        return mark

    def fetch(self, site: str, fetch: Fetch) -> bytes | RestartOrder | None:
        """The first batch or restart among the feeds that the child wants, None when it has all."""
        for want in self.wants(site, fetch):
            answer = self.feeds.serve(want)
            if isinstance(answer, Restart):
                return order_of(answer)
            if answer is not None:
                self.note_sent([(site, answer)])
                return answer
        return None

    def wants(self, site: str, fetch: Fetch) -> tuple[Want, ...]:
        """What a child asks for, in the wire version that is spoken with it. Raises RefusedError."""
        wire = greeting.agreed(site, fetch.wire, self._inbound.spoken)
        wants = tuple(
            Want(one.stream, one.epoch, one.after, one.target, wire) for one in fetch.wants
        )
        for want in wants:
            self.feeds.heard(site, want)
        return wants

    def note_sent(self, sent: Sequence[tuple[str, bytes]]) -> None:
        """Remember which batch each site is handed, for the delivery grid."""
        note_sent(self.engine, sent, self._inbound.clock())

    def status(self, site: str, status: Status) -> None:
        """Keep what a child says of itself and of the sites below it."""
        now = self._inbound.clock()
        below = f"{site}."
        reports = [
            Report(one.site, one.stream, one.epoch, one.through, one.applied_at)
            for one in status.reports
            if one.site == site or one.site.startswith(below)
        ]
        rows = [
            {"site": one.site, "parent": one.parent, "received": now,
             "status": one.model_dump(mode="json")}
            for one in status.sites
            if one.site == site or one.site.startswith(below)
        ]  # fmt: skip
        with self.engine.begin() as connection:
            position.report(connection, reports, now)
            upsert(connection, site_status, rows)
        self._inbound.reported(status)

    def answer(self, site: str, asked: Asked) -> bytes:
        """What a child asks in order to compare itself with this site. Raises RefusedError."""
        try:
            if asked.topic == FEED_TOPIC:
                compared = self.digests.compare(FeedAsk.model_validate(asked.question))
                return compared.model_dump_json().encode()
            if asked.topic == RECORDS_TOPIC:
                return self.digests.records(RecordsAsk.model_validate(asked.question))
            answer = self._inbound.answers.get(asked.topic)
            if answer is not None:
                return answer(self.engine, site, asked.question)
        except ValidationError as error:
            raise RefusedError("malformed", f"the question does not read: {error}") from error
        raise RefusedError("malformed", f"{self.identity.site} knows no topic {asked.topic!r}")

    def refused(self, site: str, code: RefusalCode, detail: str) -> None:
        """Count a refusal under the site that the request claimed to come from."""
        now = self._inbound.clock()
        with self.engine.begin() as connection:
            _count_refusal(connection, site, code, detail, now)

    def _signed_by(self, site: str) -> Verify:
        def verify(producer: str, signature: bytes, signed: bytes) -> bool:
            return producer == site and signature_holds(self.public_key(site), signature, signed)

        return verify

    @staticmethod
    def _must_own(site: str, stream: str) -> None:
        if stream != journal_of(site):
            raise RefusedError("foreign_stream", f"{site} may not write {stream}")

    def _marks(self, connection: Connection, site: str) -> list[Mark]:
        """Where this parent stands in every epoch of a child's journal that it holds."""
        held = position.all_epochs(connection, journal_of(site))
        return [self._mark(connection, one) for one in held]

    def _mark(self, connection: Connection, at: Position) -> Mark:
        secured = at.through
        if self._inbound.relay_into is not None:
            own = outbox.secured(connection, self._inbound.relay_into)
            secured = position.secured_through(connection, at, self._inbound.relay_into, own)
        return Mark(
            stream=at.stream,
            epoch=at.epoch,
            applied=at.through,
            secured=secured,
            hash=at.hash.hex(),
        )


def order_of(restart: Restart) -> RestartOrder:
    """A restart as it travels."""
    order = RestartOrder(stream=restart.stream, epoch=restart.epoch, head=restart.head)
    if restart.history is None:
        return order
    past = [PastEpoch(epoch=epoch, through=end) for epoch, end in restart.history.past]
    return order.model_copy(update={"past": past, "present": restart.history.present})


def _count_refusal(
    connection: Connection, site: str, code: str, detail: str, now: datetime
) -> None:
    statement = insert(refusal).values(
        site=site[:80], code=code, detail=detail[:500], count=1, first=now, last=now
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["site", "code"],
            set_={"count": refusal.c.count + 1, "detail": statement.excluded.detail,
                  "last": statement.excluded.last},
        )
    )  # fmt: skip
