"""The serving side of a link: what a parent does for a child whose request was authenticated.

Every method takes the name of the site that asks, as the transport has proven it. It answers or
raises RefusedError; whatever it refuses is counted and can be seen on the replication page.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.postgresql import insert

from replication import apply, enrolment, journal, position
from replication.apply import Inbound
from replication.errors import RefusalCode, RefusedError
from replication.feed import FeedOffice, Restart, Want
from replication.identity import Identity, signature_holds
from replication.messages import Fetch, Hello, Mark, RestartOrder, Status, Welcome
from replication.position import Position, Report
from replication.sent_notes import SentNotes
from replication.streams import journal_of
from schemas.tables.base import upsert
from schemas.tables.link import parent_mark, peer, refusal, site_status
from schemas.wire.batch import WIRE_VERSION, BatchError, Verify, open_batch, peek, read_entries


class Parent:
    """A site as its children see it."""

    def __init__(self, engine: Engine, identity: Identity, inbound: Inbound) -> None:
        self.engine = engine
        self.identity = identity
        self.feeds = FeedOffice(engine, identity)
        self._inbound = inbound
        self._sent = SentNotes(engine)

    def public_key(self, site: str) -> bytes:
        """The key of an enrolled child. Raises RefusedError unknown_site or revoked."""
        with self.engine.connect() as connection:
            row = connection.execute(select(peer).where(peer.c.site == site)).one_or_none()
        if row is None:
            raise RefusedError("unknown_site", f"{site} is not enrolled here: enrol it first")
        if row.revoked is not None:
            raise RefusedError("revoked", f"the key of {site} was revoked: enrol it anew")
        return bytes(row.public_key)

    def enrol(self, request: bytes) -> bytes:
        """Admit a new site by its token."""
        with self.engine.begin() as connection:
            return enrolment.admit(connection, request, self.identity, self._inbound.clock())

    def hello(self, site: str, hello: Hello) -> Welcome:
        """Where this parent stands in the child's journal."""
        self._must_own(site, hello.journal.stream)
        with self.engine.connect() as connection:
            at = position.find(connection, hello.journal.stream, hello.journal.epoch)
            mark = self._mark(connection, at)
        return Welcome(
            site=self.identity.site, wire=WIRE_VERSION, clock=self._inbound.clock(), mark=mark
        )

    def push(self, site: str, data: bytes) -> Mark:
        """Apply a journal batch of the child. Raises RefusedError."""
        try:
            header, payload = open_batch(data, self._signed_by(site))
            self._must_own(site, header.stream)
            if header.type != "journal":
                raise RefusedError("foreign_stream", f"{header.stream} is not a journal")
            entries = read_entries(header, payload)
        except BatchError as error:
            raise RefusedError(error.problem, str(error)) from error
        with self.engine.begin() as connection:
            after = apply.receive(connection, header, entries, self._inbound)
            return self._mark(connection, after)

    def fetch(self, site: str, fetch: Fetch) -> bytes | RestartOrder | None:
        """The first batch or restart among the feeds that the child wants, None when it has all."""
        for want in fetch.wants:
            answer = self.feeds.serve(Want(want.stream, want.epoch, want.after))
            if isinstance(answer, Restart):
                return RestartOrder(stream=answer.stream, epoch=answer.epoch, head=answer.head)
            if answer is not None:
                self._note_sent(site, answer)
                return answer
        return None

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

    def _mark(self, connection: Connection, at: Position) -> Mark:
        secured = at.through
        if self._inbound.relay_into is not None:
            own = journal.head_of(connection, self._inbound.relay_into)
            held = connection.execute(
                select(parent_mark.c.secured).where(
                    parent_mark.c.stream == own.stream, parent_mark.c.epoch == own.epoch
                )
            ).scalar()
            secured = position.secured_through(connection, at.stream, at.epoch, held or 0)
        return Mark(
            stream=at.stream,
            epoch=at.epoch,
            applied=at.through,
            secured=secured,
            hash=at.hash.hex(),
        )

    def _note_sent(self, site: str, data: bytes) -> None:
        """Remember what was handed out; it feeds the delivery grid and may be lost."""
        header = peek(data)
        row = {
            "site": site, "stream": header.stream, "epoch": header.epoch,
            "through": header.through, "sent_at": self._inbound.clock(),
        }  # fmt: skip
        self._sent.note(row)


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
