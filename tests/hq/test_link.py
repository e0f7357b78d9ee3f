"""Broken and hostile peers at headquarters' door: refused, counted, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from hq import sites
from hq.link_watch import watch
from hq.web.app import application
from replication import enrolment
from replication.identity import Identity, new_epoch, new_private_key
from replication.messages import Hello, JournalHead
from replication.parent import Parent
from replication.session import signed_hello, signed_request
from schemas.domain.ticket import Ticket
from schemas.tables.journal import journal_entry, quarantine
from schemas.tables.link import position, refusal
from schemas.tables.tickets import ticket
from schemas.wire import canonical, entries
from schemas.wire.batch import MAX_BATCH_BYTES, pack_journal
from schemas.wire.entry import GENESIS, Entry, entry_hash
from schemas.wire.versions import WIRE_VERSION, Versions
from tests.hq.conftest import NOON, Chain
from tests.hq.day_builder import MONDAY, BranchDay, lanes_of, line


@dataclass
class Answer:
    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        return str(self.body["code"])


class Peer:
    """A branch that speaks the link by hand, so that it can speak it wrongly."""

    def __init__(self, client: TestClient, identity: Identity) -> None:
        self.client, self.identity = client, identity
        self.epoch, self.session, self.counter = new_epoch(), "", 0
        self.last: tuple[str, bytes, dict[str, str]] = ("", b"", {})

    def send(self, verb: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.last = (verb, body, headers)
        response = self.client.post(f"/link/{verb}", content=body, headers=headers)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        return Answer(
            response.status_code, response.json() if is_json else response.text, response.headers
        )

    def hello(self) -> Answer:
        nonce = str(self.send("challenge", b"", {}).body)
        head = JournalHead(stream=f"journal:{self.identity.site}", epoch=self.epoch, head=1)
        said = Hello(site=self.identity.site, wire=WIRE_VERSION, clock=NOON, journal=head)
        body = said.model_dump_json().encode()
        answer = self.send(
            "hello",
            body,
            {
                "Chainwright-Site": self.identity.site,
                "Chainwright-Nonce": nonce,
                "Chainwright-Signature": self.identity.sign(signed_hello(nonce, body)).hex(),
            },
        )
        self.session = answer.headers.get("Chainwright-Session", "")
        return answer

    def push(self, body: bytes, *, signer: Identity | None = None) -> Answer:
        self.counter += 1
        signed = signed_request(self.session, self.counter, "push", body)
        return self.send(
            "push",
            body,
            {
                "Chainwright-Site": self.identity.site,
                "Chainwright-Session": self.session,
                "Chainwright-Counter": str(self.counter),
                "Chainwright-Signature": (signer or self.identity).sign(signed).hex(),
            },
        )

    def batch(
        self, *bodies: bytes, kind: str = "ticket", stream: str = "",
        signer: Identity | None = None, wire: int = WIRE_VERSION,
    ) -> bytes:  # fmt: skip
        held: list[Entry] = []
        previous, name = GENESIS, stream or f"journal:{self.identity.site}"
        for number, body in enumerate(bodies, 1):
            at = canonical.instant(NOON)
            digest = entry_hash(name, self.epoch, number, kind, 1, at, previous, body)
            held.append(Entry(name, self.epoch, number, kind, 1, at, previous, body, digest))
            previous = digest
        return pack_journal(held, self.identity.site, (signer or self.identity).sign, wire)


@pytest.fixture
def client(chain: Chain) -> Iterator[TestClient]:
    with TestClient(application(chain.hq)) as made:
        yield made


@pytest.fixture
def enrolled(chain: Chain, client: TestClient) -> Callable[[str], Peer]:
    """Give a branch that came in by a token."""

    def make(site: str) -> Peer:
        with chain.hq.engine.begin() as connection:
            token = sites.issue_token(connection, site, "ADMIN", chain.hq.clock())
        identity = Identity(site, "branch", "hq", new_private_key())
        peer = Peer(client, identity)
        asked = enrolment.ask(token, identity.public_key)
        assert peer.send("enrol", asked, {}).status == 200
        return peer

    return make


@pytest.fixture
def peer(enrolled: Callable[[str], Peer]) -> Peer:
    made = enrolled("N001")
    assert made.hello().status == 200
    return made


def sold(branch: str = "N001") -> Ticket:
    return BranchDay(branch, MONDAY, lanes_of(branch)).sell(0, line("1001", 350))


def opening(branch: str) -> bytes:
    return entries.encode(BranchDay(branch, MONDAY, lanes_of(branch)).facts[0])


def held(chain: Chain) -> tuple[int, ...]:
    """How many rows there are of whatever a push could leave behind."""
    with chain.hq.engine.connect() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (journal_entry, position, ticket, quarantine)
        )


def refusals(chain: Chain) -> dict[tuple[str, str], int]:
    with chain.hq.engine.connect() as connection:
        rows = connection.execute(select(refusal.c.site, refusal.c.code, refusal.c.count))
        return {(site, code): count for site, code, count in rows}


def test_a_sound_batch_is_taken_and_its_repeat_is_answered_with_the_position(
    chain: Chain, peer: Peer
) -> None:
    batch = peer.batch(opening("N001"), kind="day.opened")
    first = peer.push(batch)
    after = held(chain)
    again = peer.push(batch)
    assert first.status == again.status == 200
    assert (first.body["applied"], first.body["secured"]) == (1, 1)
    assert again.body == first.body
    assert held(chain) == after == (1, 1, 0, 0)
    assert refusals(chain) == {}


Send = Callable[[Peer, Peer], Answer]


@pytest.mark.parametrize(
    ("send", "code"),
    [
        pytest.param(lambda one, _: one.send("push", one.batch(b"{}"), {}), "unsigned", id="unsigned"),
        pytest.param(
            lambda one, other: one.push(one.batch(b"{}"), signer=other.identity),
            "bad_signature", id="a-request-signed-by-another",
        ),
        pytest.param(
            lambda one, other: one.push(one.batch(b"{}", signer=other.identity)),
            "bad_signature", id="a-batch-signed-by-another",
        ),
        pytest.param(
            lambda one, other: one.push(other.batch(b"{}")),
            "bad_signature", id="a-batch-of-another-branch",
        ),
        pytest.param(
            lambda one, _: one.push(one.batch(b"{}", stream="journal:N002")),
            "foreign_stream", id="a-journal-of-another-branch",
        ),
        pytest.param(
            lambda one, _: one.push(bytes(MAX_BATCH_BYTES + 1)), "oversized", id="oversized"
        ),
        pytest.param(
            lambda one, _: one.push(one.batch(b"{}")[:-70]), "truncated", id="truncated"
        ),
        pytest.param(lambda one, _: one.push(b""), "truncated", id="empty"),
    ],
)  # fmt: skip
def test_a_bad_push_is_refused_visibly_and_changes_nothing(
    chain: Chain, peer: Peer, enrolled: Callable[[str], Peer], send: Send, code: str
) -> None:
    other = enrolled("N002")
    before = held(chain)
    answer = send(peer, other)
    assert (answer.status, answer.code) == (409, code)
    assert answer.body["message"]
    assert held(chain) == before
    site = "?" if code == "unsigned" else "N001"
    assert refusals(chain) == {(site, code): 1}


@pytest.mark.fault("8", "a newer wire version")
def test_a_batch_in_a_newer_version_rings_and_is_taken_once_headquarters_is_upgraded(
    chain: Chain, peer: Peer
) -> None:
    newer = peer.batch(opening("N001"), kind="day.opened", wire=WIRE_VERSION + 1)
    before = held(chain)
    answer = peer.push(newer)
    assert (answer.status, answer.code) == (409, "wire_version")
    assert "upgrade this site before those below it" in answer.body["message"]
    assert held(chain) == before
    with chain.hq.engine.connect() as connection:
        settings = chain.hq.settings.replication
        alarms = watch(connection, ["N001"], chain.hq.clock(), settings).alarms
    assert [(one.code, one.subject) for one in alarms] == [("refused", "wire_version")]
    parent = chain.hq.link.parent
    upgraded = replace(parent._inbound, spoken=Versions(WIRE_VERSION + 1))
    chain.hq.link.parent = Parent(parent.engine, parent.identity, upgraded)
    assert peer.push(newer).status == 200
    assert held(chain) == (1, 1, 0, 0)


def test_a_site_that_is_too_old_is_refused_at_its_hello(chain: Chain, peer: Peer) -> None:
    parent = chain.hq.link.parent
    later = replace(parent._inbound, spoken=Versions(WIRE_VERSION + 3))
    chain.hq.link.parent = Parent(parent.engine, parent.identity, later)
    answer = peer.hello()
    assert (answer.status, answer.code) == (409, "wire_version")
    assert "upgrade N001, at first to a release that speaks" in answer.body["message"]
    assert refusals(chain) == {("N001", "wire_version"): 1}


def test_a_replayed_request_is_refused_though_its_batch_is_sound(chain: Chain, peer: Peer) -> None:
    peer.push(peer.batch(opening("N001"), kind="day.opened"))
    before = held(chain)
    assert peer.send(*peer.last).code == "replayed"
    assert peer.send(*peer.last).code == "replayed"
    assert held(chain) == before
    assert refusals(chain) == {("N001", "replayed"): 2}


def test_a_hello_is_said_once(chain: Chain, peer: Peer) -> None:
    peer.hello()
    assert peer.send(*peer.last).code == "replayed"
    assert refusals(chain) == {("N001", "replayed"): 1}


@pytest.mark.fault("5", "a revoked key")
def test_a_stranger_and_a_revoked_key_are_refused(
    chain: Chain, client: TestClient, peer: Peer
) -> None:
    stranger = Peer(client, Identity("N009", "branch", "hq", new_private_key()))
    assert stranger.hello().code == "unknown_site"
    with chain.hq.engine.begin() as connection:
        sites.revoke(connection, "N001", "ADMIN", "stolen", NOON)
    assert peer.push(peer.batch(b"{}")).code == "revoked"
    assert refusals(chain) == {("N009", "unknown_site"): 1, ("N001", "revoked"): 1}


@pytest.mark.fault("5", "a token used twice")
def test_a_token_serves_one_key(chain: Chain, client: TestClient) -> None:
    with chain.hq.engine.begin() as connection:
        token = sites.issue_token(connection, "N001", "ADMIN", chain.hq.clock())
    keys = [Identity("N001", "branch", "hq", new_private_key()) for _ in range(2)]
    first, second = (Peer(client, one) for one in keys)
    assert first.send("enrol", enrolment.ask(token, keys[0].public_key), {}).status == 200
    refused = second.send("enrol", enrolment.ask(token, keys[1].public_key), {})
    assert refused.code == "token"
    assert "used already" in refused.body["message"]
    assert chain.hq.link.parent.public_key("N001") == keys[0].public_key


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("ticket", entries.encode(sold("N002")), "N001 wrote a Ticket"),
        ("ticket", entries.encode(replace(sold(), lane="N001")), None),
        ("day.opened", opening("N002"), "N001 wrote a DayOpened"),
        ("ticket", b'{"uuid":1}', "does not read"),
        ("loyalty.earned", b"{}", "does not know entries of kind 'loyalty.earned'"),
    ],
)
def test_what_a_branch_may_not_state_is_parked_and_what_follows_flows_on(
    chain: Chain, peer: Peer, kind: str, body: bytes, reason: str | None
) -> None:
    answer = peer.push(peer.batch(body, kind=kind))
    assert (answer.status, answer.body["applied"]) == (200, 1)
    with chain.hq.engine.connect() as connection:
        parked = [str(row.reason) for row in connection.execute(select(quarantine))]
        tickets = connection.execute(select(func.count()).select_from(ticket)).scalar_one()
    if reason is None:
        assert (parked, tickets) == ([], 1)
    else:
        assert (len(parked), tickets) == (1, 0)
        assert reason in parked[0]
