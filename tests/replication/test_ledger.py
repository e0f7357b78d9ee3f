"""A backup that is put back revives no used token, no revoked or replaced key, no copy shut out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from replication import enrolment, incarnation
from replication.errors import RefusedError
from replication.identity import new_private_key
from replication.ledger import Ledger, Line
from replication.parent import Parent
from replication.peers import key_of_peer
from schemas.tables.link import peer
from tests.sites import NOON, SmallSite, Town

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "trust.jsonl")


@pytest.fixture
def hq(town: Town, ledger: Ledger) -> SmallSite:
    site = town.headquarters()
    assert site.parent is not None
    site.parent = Parent(site.feeds, site.identity, site.parent._inbound, ledger)
    return site


def issue(hq: SmallSite, site: str = "N001") -> str:
    with hq.feeds.begin() as connection:
        return enrolment.issue(connection, site, [], NOON - HOUR, DAY)


def enrol(hq: SmallSite, token: str) -> bytes:
    key = new_private_key()
    hq.serving().enrol(enrolment.ask(token, key))
    return key


def reopen(hq: SmallSite, ledger: Ledger) -> int:
    with hq.feeds.begin() as connection:
        return ledger.reconcile(connection)


def key_of(hq: SmallSite, site: str = "N001") -> bytes:
    with hq.feeds.connect() as connection:
        return key_of_peer(connection, site)


def revoke(hq: SmallSite, ledger: Ledger, key: bytes) -> None:
    with hq.feeds.begin() as connection:
        connection.execute(peer.update().where(peer.c.site == "N001").values(revoked=NOON))
        ledger.note(Line("revoked", "N001", "", key, NOON))


def test_a_token_that_was_used_after_the_backup_lets_nobody_else_in(
    hq: SmallSite, ledger: Ledger
) -> None:
    token = issue(hq)
    old = hq.backup()
    key = enrol(hq, token)
    hq.restore(old)
    assert reopen(hq, ledger) == 2, "the token is used, and the key is known again"
    assert key_of(hq) == key
    with pytest.raises(RefusedError, match="was used already"):
        enrol(hq, token)
    # The site itself may ask again: its answer may have been lost.
    hq.serving().enrol(enrolment.ask(token, key))
    assert reopen(hq, ledger) == 0


def test_a_machine_that_was_replaced_after_the_backup_stays_out(
    hq: SmallSite, ledger: Ledger
) -> None:
    stolen = enrol(hq, issue(hq))
    old = hq.backup()
    fresh = enrol(hq, issue(hq))
    hq.restore(old)
    assert key_of(hq) == stolen
    assert reopen(hq, ledger) >= 1
    assert key_of(hq) == fresh


def test_a_replaced_machine_that_asks_again_comes_back_by_no_backup(
    hq: SmallSite, ledger: Ledger
) -> None:
    first = issue(hq)
    stolen = enrol(hq, first)
    old = hq.backup()
    fresh = enrol(hq, issue(hq))
    with pytest.raises(RefusedError, match="was used already"):
        hq.serving().enrol(enrolment.ask(first, stolen))
    hq.restore(old)
    reopen(hq, ledger)
    assert key_of(hq) == fresh


def test_a_key_that_was_revoked_after_the_backup_stays_revoked(
    hq: SmallSite, ledger: Ledger
) -> None:
    key = enrol(hq, issue(hq))
    unused = issue(hq)
    old = hq.backup()
    revoke(hq, ledger, key)
    hq.restore(old)
    assert reopen(hq, ledger) == 2
    with pytest.raises(RefusedError, match="was revoked"):
        key_of(hq)
    with pytest.raises(RefusedError, match="not valid here"):
        enrol(hq, unused)
    assert reopen(hq, ledger) == 0


def test_a_site_that_came_back_by_a_new_token_after_its_revocation_stays_in(
    hq: SmallSite, ledger: Ledger
) -> None:
    first = enrol(hq, issue(hq))
    old = hq.backup()
    revoke(hq, ledger, first)
    again = enrol(hq, issue(hq))
    hq.restore(old)
    reopen(hq, ledger)
    assert key_of(hq) == again


def test_a_key_that_was_taken_later_than_the_last_line_stays(hq: SmallSite, ledger: Ledger) -> None:
    enrol(hq, issue(hq))
    other = new_private_key()
    with hq.feeds.begin() as connection:
        taken = {"public_key": other, "enrolled": NOON + HOUR}
        connection.execute(peer.update().where(peer.c.site == "N001").values(**taken))
    assert reopen(hq, ledger) == 0
    assert key_of(hq) == other


def test_a_copy_that_was_shut_out_after_the_backup_stays_out(hq: SmallSite, ledger: Ledger) -> None:
    for name in ("known", "unknown"):
        ledger.note(Line("shut_out", "N001", name, b"", NOON))
    with hq.feeds.begin() as connection:
        incarnation.heard(connection, "N001", "known", "", NOON)
    assert reopen(hq, ledger) == 2
    with hq.feeds.begin() as connection:
        for name, follows in (("known", ""), ("unknown", ""), ("younger", "unknown")):
            with pytest.raises(RefusedError, match="was shut out"):
                incarnation.heard(connection, "N001", name, follows, NOON)
        incarnation.heard(connection, "N001", "the other", "", NOON)
    assert reopen(hq, ledger) == 0


def test_what_cannot_be_noted_does_not_count(
    hq: SmallSite, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issue(hq)
    with monkeypatch.context() as full:
        full.setattr("replication.ledger.os.fsync", _fails)
        with pytest.raises(OSError, match="no space left"):
            enrol(hq, token)
    with pytest.raises(RefusedError, match="not enrolled"):
        key_of(hq)


def _fails(_: int) -> None:
    raise OSError("no space left on device")


@pytest.mark.parametrize(
    ("before", "torn"),
    [
        (b"", b'{"what":"used","si'),
        (b"", b'{"what":"used","site":"N001"}\n'),
        (b"\x00\xff\n", b""),
    ],
)
def test_a_line_that_a_power_cut_tore_spoils_no_other(
    tmp_path: Path, ledger: Ledger, before: bytes, torn: bytes
) -> None:
    lines = [
        Line("used", "N001", "token", b"\x01" * 32, NOON),
        Line("revoked", "N002", "", b"\x02" * 32, NOON),
    ]
    ledger.note(lines[0])
    file = tmp_path / "trust.jsonl"
    file.write_bytes(before + file.read_bytes() + torn)
    ledger.note(lines[1])
    assert list(ledger.lines()) == lines
