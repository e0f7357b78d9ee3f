"""A lane as processes: enrolled at a real end of a branch, loaded, cut off, killed, and back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pos_frontend.screen.client import TillGoneError
from schemas.domain.ticket import Ticket
from schemas.tables.kinds import DatabaseKind
from schemas.wire import entries
from tests.pos_frontend.running import (
    BranchEnd,
    RunningLane,
    branch_end,
    command,
    free_port,
    is_alive,
    serving,
    until,
    write_settings,
)
from tests.pos_frontend.shop import (
    BREAD,
    CHAIN,
    LOCAL,
    MILK,
    OWN,
    a_day,
    branch_records,
    chain_records,
    make_lane,
)


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), capture_output=True, text=True, check=False, timeout=180)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def branch(new_database: Callable[[DatabaseKind], str], port: int) -> Iterator[BranchEnd]:
    with branch_end(new_database("branch"), port) as end:
        end.publish({CHAIN: chain_records(), OWN: branch_records(), LOCAL: [a_day()]})
        yield end


@pytest.fixture
def settings(tmp_path: Path, port: int) -> Path:
    return write_settings(tmp_path, f"http://127.0.0.1:{port}")


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[RunningLane]:
    """Give a lane whose branch is not there."""
    make_lane(tmp_path / "data")
    with serving(write_settings(tmp_path)) as running:
        yield running


def arrived_tickets(branch: BranchEnd) -> list[Ticket]:
    facts = [
        entries.decode(one.entry.kind, one.entry.version, one.entry.body) for one in branch.arrived
    ]
    return [fact for fact in facts if isinstance(fact, Ticket)]


def test_a_lane_enrols_loads_sells_and_is_heard(branch: BranchEnd, settings: Path) -> None:
    token = branch.token()
    enrolled = run("enrol", "--settings", settings, "--token", token)
    assert enrolled.returncode == 0, enrolled.stderr
    assert "N001.03" in enrolled.stdout
    again = run("enrol", "--settings", settings, "--token", token)
    assert again.returncode == 0, "a second time changes nothing"
    with serving(settings) as lane, lane.client() as till:
        until(lambda: not till.look()["status"]["loading"] and bool(till.state["lane"]["name"]))
        till.sign_in("C1", "1111")
        till.open_shift(0)
        till.scan(MILK)
        assert till.tender("cash", 1000) is True
        until(lambda: till.look()["status"]["unsent"] == 0)
        assert till.state["status"]["online"] is True
        until(lambda: len(arrived_tickets(branch)) == 1)
        assert arrived_tickets(branch)[0].change == 650
        receipt = lane.directory / "data/receipts/N001.03-000001.png"
        until(receipt.exists)


@pytest.mark.fault("4", "a lane's disk replaced")
def test_a_lanes_new_disk_is_enrolled_with_the_journal_of_the_old_one(
    branch: BranchEnd, settings: Path
) -> None:
    assert run("enrol", "--settings", settings, "--token", branch.token()).returncode == 0
    with serving(settings) as lane, lane.client() as till:
        until(lambda: not till.look()["status"]["loading"] and bool(till.state["lane"]["name"]))
        till.sign_in("C1", "1111")
        till.open_shift(0)
        till.scan(MILK)
        till.tender("card")
        until(lambda: till.look()["status"]["unsent"] == 0)
    shutil.rmtree(settings.parent / "data")
    again = run("enrol", "--settings", settings, "--token", branch.token())
    assert again.returncode == 0, again.stderr
    assert "2 entries of its journal came back" in again.stdout
    with serving(settings) as lane, lane.client() as till:
        until(lambda: not till.look()["status"]["loading"] and bool(till.state["lane"]["name"]))
        # The shift that was open when the disk broke is open still.
        till.sign_in("C1", "1111")
        till.scan(MILK)
        till.tender("card")
        until(lambda: till.look()["status"]["unsent"] == 0)
    assert [one.counter for one in arrived_tickets(branch)] == [1, 1002]


def test_a_wrong_token_is_refused_and_a_right_one_then_taken(
    branch: BranchEnd, settings: Path
) -> None:
    token = branch.token()
    refused = run("enrol", "--settings", settings, "--token", "0.0")
    assert refused.returncode != 0
    assert run("enrol", "--settings", settings, "--token", token).returncode == 0


def test_serve_refuses_databases_that_are_not_migrated(tmp_path: Path) -> None:
    settings = write_settings(tmp_path)
    refused = run("serve", "--settings", settings)
    assert refused.returncode != 0
    assert "enrol" in refused.stderr
    (tmp_path / "data").mkdir()
    (tmp_path / "data/journal.db").touch()
    (tmp_path / "data/catalogue.db").touch()
    refused = run("serve", "--settings", settings)
    assert "chainwright lane migrate" in refused.stderr
    assert run("migrate", "--settings", settings).returncode == 0
    assert "enrol" in run("serve", "--settings", settings).stderr


def test_a_lane_sells_without_its_branch(lane: RunningLane) -> None:
    with lane.client() as till:
        till.sign_in("C1", "1111")
        till.open_shift(10000)
        for _ in range(5):
            till.scan(MILK)
            till.tender("card")
        until(lambda: till.look()["status"]["unsent"] == 6)
        assert till.state["status"]["online"] is False


def test_sync_is_started_again_and_dies_with_its_till(lane: RunningLane) -> None:
    def syncs() -> list[int]:
        return [child.pid for child in psutil.Process(lane.process.pid).children()]

    until(lambda: len(syncs()) == 1)
    (first,) = syncs()
    os.kill(first, signal.SIGKILL)
    others: list[int] = []

    def is_replaced() -> bool:
        others[:] = [pid for pid in syncs() if pid != first]
        return len(others) == 1

    until(is_replaced)
    (second,) = others
    lane.process.kill()
    until(lambda: not is_alive(second))


@pytest.mark.fault("1", "before and after commit")
def test_a_killed_till_keeps_its_tickets_and_its_shift(tmp_path: Path) -> None:
    make_lane(tmp_path / "data")
    settings = write_settings(tmp_path)
    with serving(settings) as lane:
        till = lane.client()
        till.sign_in("C1", "1111")
        till.open_shift(0)
        till.scan(MILK)
        basket = till.state["basket"]["uuid"]
        till.tender("cash")
        lane.process.kill()
        lane.process.wait()
        with pytest.raises(TillGoneError):
            till.look()
    with serving(settings) as lane, lane.client() as till:
        till.sign_in("C1", "1111")
        assert till.state["state"] == "selling"
        assert till.state["basket"]["lines"] == []
        # The key pressed once more, since no answer came: the ticket was made, and is made once.
        till.ask("tender", kind="cash", basket=basket)
        assert till.state["last"]["receipt"] == "N001.03-000001"


def test_a_killed_till_has_its_basket_back(tmp_path: Path) -> None:
    make_lane(tmp_path / "data")
    settings = write_settings(tmp_path)
    kept = tmp_path / "data/basket.json"
    with serving(settings) as lane, lane.client() as client:
        client.sign_in("C1", "1111")
        client.open_shift(20000)
        client.scan(MILK)
        client.scan(BREAD)
        before = client.state["basket"]
        until(lambda: kept.exists() and kept.read_bytes().count(b'"entered"') == 2)
        lane.process.kill()
        lane.process.wait()
    with serving(settings) as lane, lane.client() as client:
        client.sign_in("C1", "1111")
        assert client.state["basket"] == before
        client.tender("card")
        until(lambda: not kept.exists())
        assert client.state["last"]["uuid"] == before["uuid"]
