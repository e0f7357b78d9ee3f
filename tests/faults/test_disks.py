"""Disks that are full, that have no inodes, that may not be written, and a database that hangs.

Each test has small disks of its own in a process of its own: see `ops.soak.small_disks`. Where a
machine lets nobody mount, these tests fail and say what to permit.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from ops.embedded_postgres import EmbeddedPostgres
from ops.soak import small_disks
from ops.soak.small_disks import SmallDisk
from pos_frontend import databases
from pos_frontend.cli import app
from pos_frontend.errors import TillError
from replication.errors import LinkDownError
from replication.streams import CHAIN_FEED
from replication.transport.letters.box import down, up
from replication.transport.letters.numbers import Numbers
from replication.transport.letters.office import WAY, LetterOffice
from replication.transport.letters.transport import LetterTransport
from schemas.tables.kinds import DatabaseKind
from schemas.tables.migrate import upgrade
from schemas.wire.records import Tax
from tests.faults.at_work import Tell, Where, opened, where
from tests.faults.street import Street, found_street, linked, relayed, running
from tests.faults.victims import Victim
from tests.pos_frontend.running import write_settings
from tests.pos_frontend.shop import MILK, Scene, make_lane
from tests.pos_frontend.test_durability import tickets_after_check
from tests.replication.test_feed import publish, taxes
from tests.sites import Town

MEGABYTE = 1024 * 1024


# --- a lane ---


@pytest.mark.fault("6", "disk full at lane")
def test_a_lane_whose_disk_is_full_says_so_and_sells_on_when_there_is_room(tmp_path: Path) -> None:
    Victim(sell_with_a_full_disk, tmp_path).result()


def sell_with_a_full_disk(tell: Tell, place: Path) -> None:
    disk, data = lane_disk(place)
    with databases.for_till(data) as both:
        scene = Scene(data, both)
        till = scene.ready()
        sell(scene, 3)
        ballast = disk.fill()
        sold = 3 + sell_until_refused(scene)
        for _ in range(3):
            # The cashier is told, has the basket still, and nothing was printed.
            basket = till.sale
            with pytest.raises(TillError) as refused:
                till.tender("cash", "50")
            assert refused.value.code == "not_saved"
            assert "full" in str(refused.value.values["reason"])
            assert till.sale == basket
            assert len(scene.prints.printed) == sold
        ballast.unlink()
        assert till.tender("cash", "50") is True
        sell(scene, 2)
        sold += 3
    assert len(tickets_after_check(data)) == sold == len(scene.prints.printed)
    tell(sold)


def sell_until_refused(scene: Scene) -> int:
    """How often it still went: the write-ahead log's last page may have room for a sale."""
    for sold in range(100):
        scene.till.scan(MILK)
        try:
            scene.till.tender("cash", "50")
        except TillError:
            return sold
    pytest.fail("the disk is not full")


def sell(scene: Scene, times: int) -> None:
    for _ in range(times):
        scene.till.scan(MILK)
        scene.till.tender("cash", "50")


def lane_disk(place: Path, inodes: int = 0) -> tuple[SmallDisk, Path]:
    """A lane on a small disk of its own."""
    small_disks.own_mounts()
    disk = small_disks.mount(place / "disk", 2 * MEGABYTE, inodes)
    make_lane(disk.path / "data")
    return disk, disk.path / "data"


@pytest.mark.fault("6", "no inodes")
def test_a_lane_without_inodes(tmp_path: Path) -> None:
    Victim(sell_without_inodes, tmp_path).result()


def sell_without_inodes(tell: Tell, place: Path) -> None:
    disk, data = lane_disk(place, inodes=60)
    with databases.for_till(data) as both:
        scene = Scene(data, both)
        scene.ready()
        sell(scene, 1)
        many = disk.use_up_inodes()
        sell(scene, 5)  # a lane at work needs no new file
    # What a lane lets go of at its end is taken too.
    disk.use_up_inodes()
    refused_to_start(place, disk)
    for one in many.iterdir():
        one.unlink()
    with databases.for_till(data) as both:
        scene = Scene(data, both)
        scene.till.sign_in("C1", "1111")
        sell(scene, 1)
    assert len(tickets_after_check(data)) == 7
    tell(7)


@pytest.mark.fault("6", "a read-only file system")
def test_a_lane_whose_file_system_is_read_only(tmp_path: Path) -> None:
    Victim(sell_read_only, tmp_path).result()


def sell_read_only(tell: Tell, place: Path) -> None:
    disk, data = lane_disk(place)
    with databases.for_till(data) as both:
        scene = Scene(data, both)
        scene.ready()
        sell(scene, 2)
    disk.remount_read_only(read_only=True)
    refused_to_start(place, disk)
    disk.remount_read_only(read_only=False)
    with databases.for_till(data) as both:
        scene = Scene(data, both)
        scene.till.sign_in("C1", "1111")
        sell(scene, 1)
    assert len(tickets_after_check(data)) == 3
    tell(3)


def refused_to_start(place: Path, disk: SmallDisk) -> None:
    """Its command says in a line what is wrong and what to do."""
    settings = write_settings(place)
    settings.write_text(
        settings.read_text("utf-8").replace('"data"', f'"{disk.path}/data"'), "utf-8"
    )
    told = CliRunner().invoke(app, ["serve", "--settings", str(settings)])
    assert told.exit_code == 1, told.output
    assert "the lane's databases cannot be opened or written" in told.stderr
    assert "Traceback" not in told.stderr


# --- the letters' spool ---


@pytest.mark.fault("6", "disk full at spool")
@pytest.mark.parametrize("inodes", [False, True], ids=["no bytes", "no inodes"])
def test_a_letter_box_whose_disk_is_full(town: Town, tmp_path: Path, inodes: bool) -> None:
    hq = town.headquarters()
    branch = town.branch("N001", hq, (CHAIN_FEED,))
    branch.write(*(f"sale {n}".encode() for n in range(20)))
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    Victim(exchange_on_a_full_disk, where(hq), where(branch), tmp_path, inodes).result()
    assert [one.body for one in hq.entries(branch.stream)] == [one.body for one in branch.entries()]
    assert taxes(branch.feeds) == {"full": 1300}


def exchange_on_a_full_disk(
    tell: Tell, hq_at: Where, branch_at: Where, place: Path, inodes: bool
) -> None:
    small_disks.own_mounts()
    disk = small_disks.mount(place / "spool", MEGABYTE, 60 if inodes else 0)
    hq, branch = opened(hq_at), opened(branch_at)
    carrier = DirectCarrier(disk.path / "box", branch.name)
    office = LetterOffice(hq.serving(), disk.path / "box", place / "aside", pause=0.01)
    office.start()
    line = LetterTransport(
        branch.identity, hq.identity.public_key,
        Numbers(branch.feeds, hq.name, WAY), carrier, pause=0.05,
    )  # fmt: skip
    ballast = disk.use_up_inodes() if inodes else disk.fill()
    with linked(branch, line) as runner:
        time.sleep(1.0)
        assert hq.entries(branch.stream) == []
        if inodes:
            for one in ballast.iterdir():
                one.unlink()
        else:
            ballast.unlink()
        settled(lambda: len(hq.entries(branch.stream)) == 20 and taxes(branch.feeds) != {})
        assert runner.trouble is None
    office.stop()
    assert not [
        one for one in up(disk.path / "box", branch.name).path.iterdir() if one.suffix == ".part"
    ]
    tell("exchanged")


class DirectCarrier:
    """Puts letters into headquarters' box by itself, as a mounted share would."""

    def __init__(self, root: Path, site: str) -> None:
        self._up, self._down = up(root, site), down(root, site)
        for box in (self._up, self._down):
            box.prepare()

    def carry(self, name: str, letter: bytes) -> bytes:
        """See `Carrier.carry`."""
        try:
            if name not in self._up.names() and name not in self._down.names():
                self._up.put(name, letter)
            limit = time.monotonic() + 0.5
            while name not in self._down.names():
                if time.monotonic() > limit:
                    raise LinkDownError(f"{name} was not answered")
                time.sleep(0.01)
            answer = self._down.get(name)
            self._down.remove(name)
        except OSError as error:
            raise LinkDownError(str(error)) from error
        return answer

    def close(self) -> None:
        """See `Carrier.close`."""


def settled(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < limit, "it did not come to hold"
        time.sleep(0.05)


# --- the databases of branch and headquarters ---


@pytest.mark.fault("6", "disk full at branch")
@pytest.mark.fault("6", "disk full at HQ")
@pytest.mark.fault("6", "a database that stops answering")
@pytest.mark.parametrize("full", ["hq", "branch"])
def test_a_database_whose_disk_is_full_and_which_then_hangs(
    full: DatabaseKind, new_database: Callable[[DatabaseKind], str], site_directory: Path
) -> None:
    other: DatabaseKind = "branch" if full == "hq" else "hq"
    Victim(trade_on_a_full_disk, full, new_database(other), site_directory).result()


def trade_on_a_full_disk(tell: Tell, full: DatabaseKind, other: str, place: Path) -> None:
    small_disks.own_mounts()
    disk = small_disks.mount(place / "disk", 160 * MEGABYTE)
    place.chmod(0o755)
    sizes = {"max_wal_size": "32MB", "min_wal_size": "32MB", "shared_buffers": "16MB"}
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedPostgres(disk.path / "postgres", sizes))
        server.ensure_database()
        upgrade(server.dsn(), full)
        town = Town(lambda kind: server.dsn() if kind == full else other, place)
        stack.callback(town.close)
        street = found_street(town)
        with running(street, timeout=1.0):
            street.sell(b"before")
            street.must_agree()
            trade_while_full(street, disk, full)
            trade_while_it_hangs(street, server)
    tell(len(street.sold))


def trade_while_full(street: Street, disk: SmallDisk, full: DatabaseKind) -> None:
    ballast = disk.fill()
    # More than what the tables' last pages may still hold.
    street.sell(*(f"{n} ".encode() + bytes(range(32, 127)) * 20 for n in range(300)))
    time.sleep(1.5)
    above = street.hq if full == "hq" else street.branch
    assert len(relayed(above)) < len(street.sold)
    ballast.unlink()
    street.must_agree()


def trade_while_it_hangs(street: Street, server: EmbeddedPostgres) -> None:
    pid = int((server.data / "postmaster.pid").read_text("ascii").splitlines()[0])
    postmaster = psutil.Process(pid)
    stopped = [postmaster, *postmaster.children()]
    for one in stopped:
        one.send_signal(signal.SIGSTOP)
    # Nobody may wait for it but who needs it: the till commits.
    street.sell(b"while it hangs")
    threading.Event().wait(2.0)
    for one in stopped:
        one.send_signal(signal.SIGCONT)
    street.must_agree()
