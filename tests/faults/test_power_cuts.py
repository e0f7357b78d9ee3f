"""The power goes: what was not synced is gone or torn, and what a site had promised is there.

The laboratory drops unsynced writes below SQLite (`ops.soak.unsynced_sqlite`) and among files
(`ops.soak.unsynced_files`). Each is also shown to catch who does not sync.
"""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ops.soak.unsynced_files import UnsyncedFiles
from ops.soak.unsynced_sqlite import UnsyncedDisk
from pos_frontend.lookup import COUNTS_FILE, kept_counts
from replication import incarnation
from replication.errors import LinkDownError, RefusedError
from replication.streams import CHAIN_FEED
from replication.transport.letters.box import Box, down, up
from replication.transport.letters.numbers import Numbers
from replication.transport.letters.office import WAY, LetterOffice
from replication.transport.letters.transport import LetterTransport
from schemas.wire.records import Tax
from tests.faults import at_work
from tests.faults.at_work import Tell
from tests.faults.victims import Victim
from tests.pos_frontend.shop import make_lane
from tests.pos_frontend.test_durability import tickets_after_check
from tests.replication.test_feed import publish, taxes
from tests.sites import SmallSite, Town


def sell_on_an_unsynced_disk(tell: Tell, data: Path, seed: int, lucky: float) -> None:
    UnsyncedDisk(seed, lucky).install()
    at_work.sell(tell, data)


def sell_without_sync(tell: Tell, data: Path) -> None:
    """A till that forgot to sync, on the same disk."""
    UnsyncedDisk(0, lucky=0.0).install()

    @event.listens_for(Engine, "begin")
    def lazy(connection: object) -> None:
        connection.connection.driver_connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]

    at_work.sell(tell, data)


@pytest.mark.fault("6", "unsynced writes dropped")
@pytest.mark.parametrize("seed", range(4))
def test_each_committed_ticket_survives_a_power_cut(tmp_path: Path, seed: int) -> None:
    data = tmp_path / "lane"
    make_lane(data)
    rng = random.Random(seed)
    told: list[str] = []
    for cuts in range(1, 4):
        till = Victim(sell_on_an_unsynced_disk, data, seed * 10 + cuts, rng.choice((0.0, 0.3, 0.8)))
        told += [till.hear() for _ in range(rng.randrange(1, 25))]
        till.kill()
        told += till.told()
        receipts = [one.receipt for one in tickets_after_check(data)]
        assert set(told) <= set(receipts)
        assert len(receipts) - len(told) <= cuts


def test_the_laboratory_catches_a_till_that_does_not_sync(tmp_path: Path) -> None:
    data = tmp_path / "lane"
    make_lane(data)
    till = Victim(sell_without_sync, data)
    told = [till.hear() for _ in range(10)]
    till.kill()
    assert not set(told) <= {one.receipt for one in tickets_after_check(data)}


def test_what_sqlite_reads_back_is_what_it_wrote(tmp_path: Path) -> None:
    """The disk below SQLite is itself sound: all is there as long as the process lives, and after."""
    Victim(write_and_read, tmp_path / "some.db").result()
    with sqlite3.connect(tmp_path / "some.db") as connection:
        assert connection.execute("SELECT count(*), sum(length(x)) FROM t").fetchone() == (
            40,
            78_000,
        )
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def write_and_read(tell: Tell, path: Path) -> None:
    UnsyncedDisk(1, lucky=0.5).install()
    for mode in ("DELETE", "WAL"):
        writer, reader = sqlite3.connect(path), sqlite3.connect(path)
        writer.execute(f"PRAGMA journal_mode={mode}")
        writer.execute("CREATE TABLE IF NOT EXISTS t (x BLOB)")
        for n in range(40):
            with writer:
                writer.execute("INSERT INTO t VALUES (?)", (bytes(n * 100),))
        count = reader.execute("SELECT count(*) FROM t").fetchone()[0]
        if mode == "DELETE":
            with writer:
                writer.execute("DELETE FROM t")
            writer.execute("VACUUM")
        tell(count)
        writer.close()
        reader.close()


# --- files ---


@pytest.fixture
def box(tmp_path: Path) -> Box:
    made = Box(tmp_path / "box")
    made.prepare()
    return made


@pytest.mark.fault("6", "unsynced writes dropped")
@pytest.mark.parametrize("seed", [None, *range(5)])
def test_a_letter_that_was_put_survives_a_power_cut(box: Box, seed: int | None) -> None:
    with UnsyncedFiles(box.path) as disk:
        with disk.watching():
            box.put("00000001.push", b"one" * 1000)
            box.put("00000002.push", b"two" * 1000)
            box.put("00000001.push", b"another" * 1000)
        disk.power_cut(None if seed is None else random.Random(seed))
    held = {path.name: path.read_bytes() for path in box.path.iterdir()}
    assert held == {"00000001.push": b"another" * 1000, "00000002.push": b"two" * 1000}


def test_the_laboratory_catches_a_letter_whose_directory_is_not_synced(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Box, "flush", lambda _self: None)
    with UnsyncedFiles(box.path) as disk:
        with disk.watching():
            box.put("00000001.push", b"one")
        disk.power_cut()
    assert list(box.path.iterdir()) == []


def test_the_laboratory_catches_a_letter_that_is_not_synced(box: Box) -> None:
    with UnsyncedFiles(box.path) as disk:
        with disk.watching():
            part = box.path / "00000001.push.part"
            part.write_bytes(b"one" * 1000)
            part.rename(box.path / "00000001.push")
            box.flush()
        disk.power_cut()
    assert (box.path / "00000001.push").read_bytes() == b""


class PowerCutError(BaseException):
    """The power went; nothing catches it."""


class Carrier:
    """Takes letters to headquarters' box, where the power goes at some syncs."""

    def __init__(self, hq: SmallSite, place: Path, site: str, rng: random.Random) -> None:
        self._hq, self._place, self._site, self._rng = hq, place, site, rng
        self.cuts = 0
        for one in (up(place / "box", site), down(place / "box", site)):
            one.prepare()

    def carry(self, name: str, letter: bytes) -> bytes:
        """See `Carrier.carry`."""
        requests, answers = (
            up(self._place / "box", self._site),
            down(self._place / "box", self._site),
        )
        with UnsyncedFiles(self._place) as disk:
            try:
                with disk.watching(self._maybe_cut):
                    if name not in requests.names() and name not in answers.names():
                        requests.put(name, letter)
                    LetterOffice(
                        self._hq.serving(), self._place / "box", self._place / "aside"
                    ).round()
            except PowerCutError:
                self.cuts += 1
                disk.power_cut(self._rng)
                raise LinkDownError("headquarters lost its power") from None
        if name not in answers.names():
            raise LinkDownError(f"{name} was not answered")
        answer = answers.get(name)
        answers.remove(name)
        return answer

    def close(self) -> None:
        """See `Carrier.close`."""

    def _maybe_cut(self) -> None:
        if self._rng.random() < 1 / 6:
            raise PowerCutError


@pytest.mark.fault("6", "unsynced writes dropped")
@pytest.mark.parametrize("seed", range(3))
def test_letters_lose_nothing_however_often_the_power_goes(
    town: Town, tmp_path: Path, seed: int
) -> None:
    hq = town.headquarters()
    branch = town.branch("N001", hq, (CHAIN_FEED,))
    carrier = Carrier(hq, tmp_path / "hq", branch.name, random.Random(seed))
    numbers = Numbers(branch.feeds, hq.name, WAY)
    line = LetterTransport(branch.identity, hq.identity.public_key, numbers, carrier, pause=0.01)
    runner = branch.link(line)
    wanted = {f"t{n}": 12 + n for n in range(3)}
    for n in range(400):
        if n < 15:
            branch.write(f"sale {n}".encode())
            publish(hq, CHAIN_FEED, Tax(tax_code=f"t{n % 3}", rate=n))
        try:
            (runner.push_once if n % 2 else runner.fetch_once)()
        except (LinkDownError, RefusedError):
            runner.greet_again()
        if n > 40 and taxes(branch.feeds) == wanted and len(hq.entries(branch.stream)) == 15:
            break
    assert carrier.cuts > 3
    assert [one.body for one in hq.entries(branch.stream)] == [one.body for one in branch.entries()]
    assert taxes(branch.feeds) == wanted


@pytest.mark.fault("6", "unsynced writes dropped")
def test_the_mark_of_an_incarnation_survives_a_power_cut(tmp_path: Path) -> None:
    mark = tmp_path / incarnation.FILE
    older, newer = incarnation.Mark("a", "e", 1), incarnation.Mark("a", "e", 2)
    incarnation.write_mark(mark, older)
    for seed in range(10):
        with UnsyncedFiles(tmp_path) as disk:
            with disk.watching():
                incarnation.write_mark(mark, newer)
            disk.power_cut(random.Random(seed))
        assert incarnation.read_mark(mark) in (older, newer)


@pytest.mark.fault("6", "unsynced writes dropped")
def test_a_torn_note_of_look_ups_silences_no_lane(tmp_path: Path) -> None:
    (tmp_path / COUNTS_FILE).write_text('{"found": 1', "utf-8")
    assert kept_counts(tmp_path) == {}
