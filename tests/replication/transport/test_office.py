"""The letter office: what it makes of what lies in a box."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from replication.errors import RefusedError
from replication.identity import Identity, signature_holds
from replication.messages import Mark
from replication.transport.letters.box import Box, down, up
from replication.transport.letters.letter import (
    MAX_LETTER_BYTES,
    Letter,
    Verb,
    digest_of,
    open_letter,
    seal_letter,
)
from replication.transport.letters.office import LetterOffice
from schemas.tables.link import peer, refusal
from schemas.wire import canonical
from tests.sites import NOON, SmallSite, Town


@pytest.fixture
def office(hq: SmallSite, branch: SmallSite, tmp_path: Path) -> LetterOffice:
    """One whose rounds a test walks itself."""
    made = LetterOffice(hq.serving(), tmp_path / "box", tmp_path / "aside")
    furnish(made, branch.name)
    return made


def furnish(office: LetterOffice, site: str) -> None:
    """Make a site's directories, as its server or an administrator does."""
    for box in (up(office.root, site), down(office.root, site)):
        box.prepare()


def request(who: Identity, number: int, verb: Verb, body: bytes, site: str | None = None) -> Letter:
    name = site or who.site
    return Letter(name, name, "sftp", number, verb, "request", body, number)


def send(office: LetterOffice, who: Identity, number: int, verb: Verb, body: bytes) -> bytes:
    data = seal_letter(request(who, number, verb, body), who.sign)
    up(office.root, who.site).put(f"{number:012d}.{verb}", data)
    return data


def answer(office: LetterOffice, hq: SmallSite, site: str, name: str) -> Letter:
    def by_hq(sender: str, signature: bytes, signed: bytes) -> bool:
        return sender == "hq" and signature_holds(hq.identity.public_key, signature, signed)

    return open_letter(down(office.root, site).get(name), by_hq)


def refusals(hq: SmallSite) -> list[tuple[str, str]]:
    with hq.feeds.connect() as connection:
        rows = connection.execute(select(refusal.c.site, refusal.c.code).order_by(refusal.c.code))
        return [(row.site, row.code) for row in rows]


def aside(office: LetterOffice, site: str) -> list[str]:
    """The reasons of what was set aside."""
    return [path.read_text() for path in sorted((office.aside / site).glob("*.reason"))]


def test_a_push_is_answered_with_the_mark_and_bound_to_its_letter(
    hq: SmallSite, branch: SmallSite, office: LetterOffice
) -> None:
    branch.write(b"1")
    data = send(office, branch.identity, 1, "push", branch.batch())
    assert office.round() == 1
    got = answer(office, hq, "N001", "000000000001.push")
    assert (got.kind, got.answers) == ("answer", digest_of(data))
    assert Mark.model_validate_json(got.body).applied == 1
    assert up(office.root, "N001").names() == []


def test_a_part_is_never_read(hq: SmallSite, branch: SmallSite, office: LetterOffice) -> None:
    branch.write(b"1")
    send(office, branch.identity, 1, "push", branch.batch())
    box = up(office.root, "N001").path
    (box / "000000000001.push").rename(box / "000000000001.push.part")
    assert office.round() == 0
    assert hq.books.applied == []
    assert (box / "000000000001.push.part").exists()


def test_a_letter_that_comes_again_is_replayed_and_its_batch_alone_a_repeat(
    hq: SmallSite, branch: SmallSite, office: LetterOffice
) -> None:
    branch.write(b"1")
    data = send(office, branch.identity, 1, "push", branch.batch())
    office.round()
    send(office, branch.identity, 2, "push", branch.batch())
    office.round()
    assert answer(office, hq, "N001", "000000000002.push").kind == "answer"
    up(office.root, "N001").put("000000000001.push", data)
    office.round()
    said = answer(office, hq, "N001", "000000000001.push")
    assert said.kind == "refused"
    assert canonical.decode(said.body)["taken"] == 2
    assert refusals(hq) == [("N001", "replayed")]
    assert hq.books.applied == [("N001", b"1")]


@pytest.mark.fault("1", "between apply and answer")
def test_a_crash_between_answer_and_removal_is_no_replay(
    hq: SmallSite, branch: SmallSite, office: LetterOffice
) -> None:
    branch.write(b"1")
    data = send(office, branch.identity, 1, "push", branch.batch())
    office.round()
    up(office.root, "N001").put("000000000001.push", data)
    office.round()
    assert answer(office, hq, "N001", "000000000001.push").kind == "answer"
    assert up(office.root, "N001").names() == []
    assert refusals(hq) == []


def test_what_cannot_be_a_letter_is_refused_counted_and_set_aside(
    town: Town, hq: SmallSite, branch: SmallSite, office: LetterOffice
) -> None:
    other = town.branch("N002", hq)
    good = seal_letter(request(branch.identity, 1, "status", b"{}"), branch.identity.sign)
    cases = {
        "000000000001.status": (good[:-1], "truncated"),
        "000000000002.status": (
            seal_letter(request(branch.identity, 2, "status", b"{}"), other.identity.sign),
            "bad_signature",
        ),
        "000000000003.status": (b"CWL1" + bytes(MAX_LETTER_BYTES), "oversized"),
        "000000000004.status": (good, "foreign_stream"),
        "000000000005.fetch": (
            seal_letter(
                request(branch.identity, 5, "fetch", bytes(257 * 1024)), branch.identity.sign
            ),
            "oversized",
        ),
    }
    for name, (data, _) in cases.items():
        up(office.root, "N001").put(name, data)
    office.round()
    for name, (_, code) in cases.items():
        said = canonical.decode(answer(office, hq, "N001", name).body)
        assert said["code"] == code, name
    assert [reason.partition(":")[0] for reason in aside(office, "N001")] == [
        code for _, code in cases.values()
    ]
    assert {code for _, code in refusals(hq)} == {code for _, code in cases.values()}


def test_a_link_out_of_the_box_is_not_followed(
    hq: SmallSite, branch: SmallSite, office: LetterOffice, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of headquarters")
    (up(office.root, "N001").path / "000000000001.hello").symlink_to(secret)
    (up(office.root, "N001").path / "000000000002.hello").mkdir()
    (down(office.root, "N001").path / "000000000003.status.part").symlink_to(secret)
    office.round()
    assert secret.read_text() == "of headquarters"
    assert len(aside(office, "N001")) == 2
    send(office, branch.identity, 3, "status", b"nonsense")
    office.round()
    assert answer(office, hq, "N001", "000000000003.status").kind == "refused"
    assert secret.read_text() == "of headquarters"


@pytest.mark.fault("5", "a revoked key")
def test_a_revoked_site_is_told_so(hq: SmallSite, branch: SmallSite, office: LetterOffice) -> None:
    with hq.feeds.begin() as connection:
        connection.execute(update(peer).where(peer.c.site == "N001").values(revoked=NOON))
    branch.write(b"1")
    send(office, branch.identity, 1, "push", branch.batch())
    office.round()
    said = canonical.decode(answer(office, hq, "N001", "000000000001.push").body)
    assert said["code"] == "revoked"
    assert hq.books.applied == []


def test_one_bad_site_does_not_stop_the_others(
    town: Town, hq: SmallSite, branch: SmallSite, office: LetterOffice
) -> None:
    other = town.branch("N002", hq)
    furnish(office, "N002")
    box = down(office.root, "N001").path
    box.rmdir()
    box.write_text("in the way")
    send(office, branch.identity, 1, "push", b"")
    other.write(b"1")
    send(office, other.identity, 1, "push", other.batch())
    assert office.round() == 1
    assert hq.books.applied == [("N002", b"1")]


def test_what_fails_here_is_set_aside_and_the_next_letter_goes_on(
    hq: SmallSite, branch: SmallSite, office: LetterOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(hq.serving(), "status", broken)
        send(office, branch.identity, 1, "status", b'{"reports":[],"sites":[]}')
        office.round()
    assert answer(office, hq, "N001", "000000000001.status").kind == "failed"
    assert "a bug" in aside(office, "N001")[0]
    send(office, branch.identity, 2, "status", b'{"reports":[],"sites":[]}')
    office.round()
    assert answer(office, hq, "N001", "000000000002.status").kind == "answer"


def test_old_answers_and_parts_are_swept(
    hq: SmallSite, branch: SmallSite, office: LetterOffice
) -> None:
    for number in (1, 2):
        send(office, branch.identity, number, "status", b'{"reports":[],"sites":[]}')
        office.round()
    answers = down(office.root, "N001")
    assert answers.names() == ["000000000002.status"], "what is older than the newest goes at once"
    requests = up(office.root, "N001").path
    (requests / "000000000009.push.part").touch()
    (requests / "notes.txt").touch()
    old = time.time() - timedelta(days=2).total_seconds()
    for path in (answers.path / "000000000002.status", *requests.iterdir()):
        os.utime(path, (old, old))
    (requests / "000000000010.push.part").touch()
    swept = LetterOffice(hq.serving(), office.root, office.aside)
    swept.round()
    assert answers.names() == []
    assert sorted(path.name for path in requests.iterdir()) == [
        "000000000010.push.part",
        "notes.txt",
    ]


def test_a_box_gives_back_what_was_put_and_no_more(tmp_path: Path) -> None:
    box = Box(tmp_path / "up")
    box.prepare()
    box.put("000000000002.push", b"two")
    box.put("000000000010.push", b"ten")
    box.put("000000000002-000001.fetch", b"a part")
    assert box.names() == ["000000000002.push", "000000000002-000001.fetch", "000000000010.push"]
    assert box.get("000000000002.push", limit=1) == b"tw"
    with pytest.raises(FileNotFoundError):
        box.get("000000000003.push")


def test_a_refusal_of_the_parent_takes_the_number_too(
    hq: SmallSite, branch: SmallSite, office: LetterOffice
) -> None:
    branch.write(b"1", b"2")
    send(office, branch.identity, 1, "push", branch.batch(after=1))
    office.round()
    assert canonical.decode(answer(office, hq, "N001", "000000000001.push").body)["code"] == "gap"
    with pytest.raises(RefusedError, match="old"):
        office._clerk.read(
            "N001", "000000000001.push",
            seal_letter(request(branch.identity, 1, "push", b""), branch.identity.sign),
        )  # fmt: skip
