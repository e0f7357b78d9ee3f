"""Who is behind, with what and since when, as headquarters can know it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, insert, update

from hq.day_board import day_board
from hq.replication_view import SiteStanding, refusals, standings
from hq.reports.branches import known_branches
from replication.identity import new_epoch
from schemas.tables.base import open_postgres
from schemas.tables.journal import stream
from schemas.tables.link import peer, position, site_status
from tests.hq.day_builder import MONDAY, hear
from tests.hq.reporting_site import BRANCHES, NOW, live_a_week, speak

CODES = [*BRANCHES, "N004"]


@pytest.fixture
def engine(hq_database: str) -> Iterator[Engine]:
    opened = open_postgres(hq_database)
    speak(opened)
    yield opened
    opened.dispose()


def look(engine: Engine, codes: list[str] = CODES) -> dict[str, SiteStanding]:
    with engine.connect() as connection:
        return {one.site: one for one in standings(connection, codes, NOW)}


def test_every_site_has_its_state(engine: Engine) -> None:
    assert {site: one.state for site, one in look(engine).items()} == {
        "N001": "connected",
        "N001.01": "connected",
        "N002": "behind",
        "N002.01": "behind",
        "N003": "offline",
        "N004": "silent",
    }


@pytest.mark.parametrize(
    ("way", "state"),
    [
        ({"mode": "nightly", "next_seconds": 4 * 3600}, "scheduled"),
        ({"mode": "interval", "next_seconds": 2 * 3600}, "offline"),
        ({"mode": "on_demand"}, "scheduled"),
        ({"mode": "real_time"}, "offline"),
    ],
)
def test_a_branch_is_on_schedule_until_it_is_overdue(
    engine: Engine, way: dict[str, object], state: str
) -> None:
    said = {"name": "sftp", "since": NOW.isoformat()} | way
    with engine.begin() as connection:
        connection.execute(delete(site_status).where(site_status.c.site == "N003"))
        hear(connection, "N003", NOW - timedelta(hours=3), detail={"way": said})
        hear(connection, "N003.01", NOW - timedelta(hours=3))
    assert look(engine)["N003"].state == look(engine)["N003.01"].state == state


def test_a_revoked_key_is_shown_before_anything_else(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(peer).where(peer.c.site == "N001").values(revoked=NOW))
    assert look(engine)["N001"].state == "revoked"


def test_a_scope_shows_its_own_branches_and_their_lanes(engine: Engine) -> None:
    assert list(look(engine, ["N002"])) == ["N002", "N002.01"]


def test_records_behind_are_counted_and_since_when(engine: Engine) -> None:
    (feed,) = look(engine)["N002"].feeds
    assert (feed.feed, feed.head - feed.through, feed.behind) == ("feed:chain", 4, 4)
    assert feed.since == NOW - timedelta(hours=1)
    assert look(engine)["N001"].feeds[0].behind == 0


def test_a_lane_follows_what_its_branch_does(engine: Engine) -> None:
    (feed,) = look(engine)["N002.01"].feeds
    assert (feed.through, feed.behind, feed.since) == (0, 9, None)


def test_reports_of_a_former_epoch_count_for_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(stream).where(stream.c.name == "feed:chain").values(epoch=new_epoch())
        )
    assert look(engine)["N001"].feeds[0].behind == 9


def test_skew_is_told_of_branches_alone(engine: Engine) -> None:
    found = look(engine)
    assert found["N001"].skew == timedelta(seconds=42)
    assert found["N001.01"].skew is None
    assert found["N004"].skew is None


def test_a_lane_was_heard_by_its_own_clock(engine: Engine) -> None:
    spoken = NOW - timedelta(hours=1)
    with engine.begin() as connection:
        hear(connection, "N003.01", NOW, clock=spoken.isoformat())
    assert look(engine)["N003.01"].heard == spoken
    assert look(engine)["N003.01"].state == "offline"


def test_how_far_a_journal_is_held_here(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            insert(position).values(
                stream="journal:N001", epoch="e", through=120, hash=b"", applied_at=NOW
            )
        )
    assert (look(engine)["N001"].held_through, look(engine)["N001"].held_at) == (120, NOW)


def test_refusals_are_counted_by_who_they_claimed_to_be(engine: Engine) -> None:
    with engine.connect() as connection:
        (one,) = refusals(connection)
    assert (one.site, one.code, one.count) == ("N009", "unknown_site", 12)


def test_the_board_shows_every_state_of_a_day(engine: Engine) -> None:
    live_a_week(engine)
    with engine.connect() as connection:
        known = known_branches(connection)
        board = day_board(connection, known, MONDAY - timedelta(days=1), NOW.date(), NOW)
    rows = {row.branch.branch: row for row in board.rows}
    cells = {
        code: [None if one is None else one.state for one in row.cells]
        for code, row in rows.items()
    }
    assert cells["N001"] == ["open", "closed", "reclosed", "not_opened"]
    assert cells["N004"] == [None] * 4
    assert board.dates[0] == NOW.date()
    tuesday = rows["N002"].cells[1]
    assert tuesday is not None
    assert (tuesday.late, tuesday.quarantined, tuesday.differing) == (1, 1, 0)
    assert rows["N002"].pending == 37
    assert rows["N004"].heard is None
