"""How fast journals are taken in: counted by writer and minute, and forgotten in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from replication import intake, journal
from replication.errors import RefusedError
from replication.intake import Rate
from replication.runner import LinkRunner
from replication.self_report import read
from replication.testing import MemoryTransport
from schemas.tables.base import reading
from schemas.tables.link import intake as intake_table
from schemas.tables.link import site_status
from schemas.wire.entry import Origin
from tests.sites import NOON, SmallSite, Town


@pytest.fixture
def hq(town: Town) -> SmallSite:
    return town.headquarters()


def rates(site: SmallSite, minutes: float) -> dict[str, Rate]:
    with site.journals.connect() as connection:
        return intake.rates(connection, NOON + timedelta(minutes=minutes))


def take(site: SmallSite, sender: SmallSite, minutes: float, *bodies: bytes) -> None:
    entries = sender.write(*bodies)
    with site.journals.begin() as connection:
        intake.note(connection, entries, NOON + timedelta(minutes=minutes))


def trouble_of(runner: LinkRunner) -> str | None:
    return runner.trouble


def test_a_rate_is_the_mean_of_the_last_minutes(town: Town, hq: SmallSite) -> None:
    branch = town.branch("N001", hq)
    take(hq, branch, 0, b"1234567890", b"1234567890")
    take(hq, branch, 0.5, b"1234567890")
    take(hq, branch, 4, b"1234567890", b"12345")
    assert rates(hq, 4) == {"N001": Rate(0.5, 4.5)}
    assert rates(hq, 12) == {"N001": Rate(0.2, 1.5)}
    assert rates(hq, 20) == {}


def test_the_ring_forgets_what_it_needs_no_more(town: Town, hq: SmallSite) -> None:
    branch = town.branch("N001", hq)
    for minute in range(40):
        take(hq, branch, minute, b"1")
    with hq.journals.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(intake_table)).scalar_one()
    assert rows == 16
    assert rates(hq, 39) == {"N001": Rate(1.0, 1.0)}


def test_a_lane_is_counted_as_itself_and_a_strange_origin_as_its_sender(
    town: Town, hq: SmallSite
) -> None:
    branch = town.branch("N001", hq)
    lane = town.lane("N001.01", branch)
    lane.link(MemoryTransport(branch.serving(), lane.name)).push_once()
    lane.write(b"1", b"2")
    lane.link(MemoryTransport(branch.serving(), lane.name)).push_once()
    foreign = Origin("journal:N002.01", "e", 1, "", bytes(32), bytes(32))
    with branch.journals.begin() as connection:
        journal.append(connection, branch.stream, [journal.Draft("note", 1, NOON, b"3", foreign)])
    branch.link(MemoryTransport(hq.serving(), branch.name)).push_once()
    assert rates(hq, 0) == {"N001.01": Rate(0.2, 0.2), "N001": Rate(0.1, 0.1)}


def test_a_site_tells_its_parent_how_its_own_link_stands(town: Town) -> None:
    hq = town.headquarters()
    branch = town.branch("N001", hq)
    branch.write(b"1", b"2")
    runner = branch.link(MemoryTransport(hq.serving(), "N001"))
    runner.push_once()
    branch.write(b"3")
    status = runner.status()
    report = read(status.sites[0].detail)
    assert report.journal is not None
    assert (report.journal.head, report.journal.secured) == (3, 2)
    assert (report.unsecured_since, report.trouble) == (NOON, "")


def test_a_refused_link_says_why_in_its_reports_until_it_goes_well_again(town: Town) -> None:
    hq = town.headquarters()
    branch = town.branch("N001", hq)
    runner = branch.link(MemoryTransport(hq.serving(), "N001"))
    runner.push_once()
    message = "journal:N001 entry 3 does not follow"

    def refused() -> None:
        runner._stop.set()
        raise RefusedError("chain", message)

    refused.__name__ = "push_once"
    runner._keep_going(refused)
    assert trouble_of(runner) == f"chain: {message}"
    assert read(runner.status().sites[0].detail).trouble == f"chain: {message}"
    runner._stop.clear()
    runner.report_once()

    def well() -> None:
        runner._stop.set()

    well.__name__ = "push_once"
    runner._keep_going(well)
    assert trouble_of(runner) is None
    with reading(hq.journals) as connection:
        row = connection.execute(select(site_status)).one()
    assert row.status["detail"]["trouble"] == f"chain: {message}"
