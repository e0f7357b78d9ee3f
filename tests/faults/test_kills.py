"""SIGKILL of sender and receiver at every step, each at its very place: see `victims`.

Whoever is killed is started again; at the end every site holds what was written, once.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from replication import feed_office
from replication.transport.http import HttpTransport
from replication.transport.sftp.client import SshPlace
from replication.transport.sftp.pinning import fingerprint
from schemas.tables.catalogue import tax
from tests.faults import at_work
from tests.faults.at_work import where
from tests.faults.street import Street, found_street, linked, serving
from tests.faults.victims import Place, Victim
from tests.hq.test_cli import free_port
from tests.pos_frontend.shop import make_lane
from tests.pos_frontend.test_durability import tickets_after_check
from tests.sites import Town

HTTP = "replication.transport.http:HttpTransport"
BOX = "replication.transport.letters.box:Box"

#: A branch that sends its journal up and takes the chain's feed.
SENDING = {
    "before a batch is sent": Place(f"{HTTP}.push", 2),
    "before its note is committed": Place("replication.outbox:remember", 2, "after"),
    "between the fetch and the apply": Place(f"{HTTP}.fetch", 2, "after"),
    "before what was fetched is committed": Place("replication.following:take", 2, "after"),
}
#: Headquarters, or a branch that relays a lane's journal into its own.
RECEIVING = {
    "before the apply": Place("replication.apply:receive", 2),
    "before the commit": Place("replication.apply:receive", 2, "after"),
    "between apply and answer": Place("replication.parent:Parent.push", 2, "after"),
}  # fmt: skip
RELAYING = {
    "between the relay and the position": Place("replication.position:move", 2),
    "between apply and answer": Place("replication.parent:Parent.push", 2, "after"),
}


@pytest.fixture
def street(town: Town) -> Street:
    return found_street(town)


def work_until_killed(street: Street, victim: Victim) -> None:
    """Sell and change prices until the victim has come to its place."""
    for n in range(600):
        if not victim.process.is_alive():
            break
        street.sell(f"sale {n}".encode())
        street.price(**{f"t{n % 5}": n})
        time.sleep(0.15)
    victim.must_have_been_killed()


def every(places: dict[str, Place]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("at", places.values(), ids=places.keys())


@pytest.mark.fault("1", "before and after commit")
@pytest.mark.fault("1", "between apply and answer")
@every(SENDING)
def test_the_sender_is_killed(street: Street, at: Place) -> None:
    with ExitStack() as stack:
        hq = stack.enter_context(serving(street.hq))
        lane_line = HttpTransport(stack.enter_context(serving(street.branch)), street.lane.identity)
        stack.enter_context(linked(street.lane, lane_line))
        work_until_killed(street, Victim(at_work.follow, where(street.branch), hq, at=at))
        again = Victim(at_work.follow, where(street.branch), hq)
        stack.callback(again.kill)
        street.must_agree()


@pytest.mark.fault("1", "before and after commit")
@pytest.mark.fault("1", "between apply and answer")
@every(RECEIVING)
def test_headquarters_is_killed(street: Street, at: Place) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        lane_line = HttpTransport(stack.enter_context(serving(street.branch)), street.lane.identity)
        victim = Victim(at_work.serve, where(street.hq), port, at=at)
        victim.hear()
        stack.enter_context(linked(street.lane, lane_line))
        stack.enter_context(
            linked(street.branch, HttpTransport(address, street.branch.identity, timeout=2.0))
        )
        work_until_killed(street, victim)
        again = Victim(at_work.serve, where(street.hq), port)
        stack.callback(again.kill)
        street.must_agree()


@pytest.mark.fault("1", "before and after commit")
@pytest.mark.fault("1", "between apply and answer")
@every(RELAYING)
def test_a_branch_that_relays_is_killed(street: Street, at: Place) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        upper = HttpTransport(stack.enter_context(serving(street.hq)), street.branch.identity)
        stack.enter_context(linked(street.branch, upper))
        victim = Victim(at_work.serve, where(street.branch), port, at=at)
        victim.hear()
        stack.enter_context(
            linked(street.lane, HttpTransport(address, street.lane.identity, timeout=2.0))
        )
        work_until_killed(street, victim)
        again = Victim(at_work.serve, where(street.branch), port)
        stack.callback(again.kill)
        street.must_agree()


@pytest.mark.fault("1", "in an initial load")
@pytest.mark.parametrize(
    "at",
    [
        Place("replication.following:take", 4, "after"),
        Place("schemas.tables.catalogue_store:CatalogueStore.sweep"),
    ],
    ids=str,
)
def test_a_branch_is_killed_in_its_initial_load(
    street: Street, at: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_office, "_CUT_RECORDS", 40)
    street.price(**{f"t{n:03}": n for n in range(300)})
    with serving(street.hq) as hq, serving(street.branch) as branch:
        victim = Victim(at_work.follow, where(street.branch), hq, at=at)
        victim.must_have_been_killed()
        again = Victim(at_work.follow, where(street.branch), hq)
        with linked(street.lane, HttpTransport(branch, street.lane.identity)):
            street.must_agree()
        again.kill()


@pytest.mark.fault("1", "in a repair")
@pytest.mark.parametrize(
    "at",
    [
        Place("replication.repair:_write", 2, "after"),
        Place("replication.repair:_repair_some", 2, "after"),
    ],
    ids=str,
)
def test_a_branch_is_killed_in_a_repair(street: Street, at: Place) -> None:
    street.price(**{f"t{n:02}": n for n in range(40)})
    with serving(street.hq) as hq, serving(street.branch) as branch:
        lane_line = HttpTransport(branch, street.lane.identity)
        upper = HttpTransport(hq, street.branch.identity)
        with linked(street.lane, lane_line), linked(street.branch, upper):
            street.must_agree()
        with street.branch.feeds.begin() as connection:
            connection.execute(delete(tax).where(tax.c.tax_code < "t12"))
            connection.execute(update(tax).where(tax.c.tax_code > "t34").values(rate=1))
        Victim(at_work.mend, where(street.branch), hq, at=at).must_have_been_killed()
        assert any("catalogue" in one for one in street.differences())
        mended = Victim(at_work.mend, where(street.branch), hq).result()
        assert mended
        assert all(mended)
        with linked(street.lane, HttpTransport(branch, street.lane.identity)):
            street.must_agree()


@pytest.mark.fault("1", "while a spool file is being written")
@pytest.mark.parametrize(
    "at",
    [
        Place("os:fsync", 3),
        Place(f"{BOX}.flush", 2),
        Place("replication.transport.letters.numbers:Numbers.take", 3, "after"),
    ],
    ids=str,
)
def test_headquarters_is_killed_while_it_writes_a_letter(
    street: Street, at: Place, site_directory: Path
) -> None:
    port = free_port()
    with ExitStack() as stack:
        lane_line = HttpTransport(stack.enter_context(serving(street.branch)), street.lane.identity)
        stack.enter_context(linked(street.lane, lane_line))
        victim = Victim(at_work.answer_letters, where(street.hq), site_directory, port, at=at)
        to = SshPlace(
            "127.0.0.1", port, street.branch.name, fingerprint(victim.hear()), timeout=2.0
        )
        key = street.hq.identity.public_key
        upper = at_work.by_letters(street.branch, street.hq.name, key, to)
        stack.enter_context(linked(street.branch, upper))
        work_until_killed(street, victim)
        again = Victim(at_work.answer_letters, where(street.hq), site_directory, port)
        stack.callback(again.kill)
        street.must_agree()


@pytest.mark.fault("1", "while a spool file is being written")
@pytest.mark.parametrize(
    "at",
    [
        Place("paramiko:SFTPFile.write", 2, "after"),
        Place("paramiko:SFTPClient.posix_rename", 2, "after"),
    ],
    ids=str,
)
def test_a_branch_is_killed_while_it_writes_a_letter(
    street: Street, at: Place, site_directory: Path
) -> None:
    port = free_port()
    with ExitStack() as stack:
        lane_line = HttpTransport(stack.enter_context(serving(street.branch)), street.lane.identity)
        stack.enter_context(linked(street.lane, lane_line))
        office = Victim(at_work.answer_letters, where(street.hq), site_directory, port)
        stack.callback(office.kill)
        to = SshPlace(
            "127.0.0.1", port, street.branch.name, fingerprint(office.hear()), timeout=2.0
        )
        key = street.hq.identity.public_key
        known = (where(street.branch), street.hq.name, key, to)
        work_until_killed(street, Victim(at_work.write_letters, *known, at=at))
        again = Victim(at_work.write_letters, *known)
        stack.callback(again.kill)
        street.must_agree()


@pytest.mark.fault("1", "before and after commit")
@pytest.mark.parametrize(("when", "kept"), [("before", 3), ("after", 4)])
def test_a_till_is_killed_at_its_commit(tmp_path: Path, when: str, kept: int) -> None:
    make_lane(tmp_path / "lane")
    at = Place("pos_frontend.journal:LaneJournal.commit", 4, "after")
    if when == "before":
        at = Place("pos_frontend.counters:write", 4, "after")
    victim = Victim(at_work.sell, tmp_path / "lane", at=at)
    victim.must_have_been_killed()
    told = victim.told()
    receipts = [one.receipt for one in tickets_after_check(tmp_path / "lane")]
    assert told == receipts[:3]
    assert len(receipts) == kept
