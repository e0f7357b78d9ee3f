"""The state of the link as headquarters sees it, on a chain in trouble."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import SecretStr
from starlette.testclient import TestClient

from hq import link_report
from hq.bootstrap import Headquarters
from hq.deadlines import ReplicationSettings
from hq.entry_journey import find_by_number, find_by_receipt
from hq.link_watch import Watch, watch
from hq.metrics import LinkCollector
from hq.settings import MetricsSettings
from hq.web.app import application
from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.kinds import DatabaseKind
from tests.hq.link_scene import FORKED, LAGGING, NOW, QUARANTINED, WELL, Scene, troubled

#: When the first ticket was sold that the lagging branch has not sent.
WAITS_SINCE = NOW - timedelta(minutes=44, seconds=58)
CODES = (WELL, FORKED, LAGGING, QUARANTINED)


@pytest.fixture(scope="module")
def scene(
    hq_database_server: EmbeddedPostgres,
    postgres_template: Callable[[DatabaseKind], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """Give the chain at the end of its bad morning; these tests only look."""
    with troubled(hq_database_server, postgres_template, tmp_path_factory.mktemp("scene")) as made:
        yield made


def look(scene: Scene, **deadlines: object) -> Watch:
    settings = ReplicationSettings.model_validate(deadlines)
    with scene.chain.hq.engine.connect() as connection:
        return watch(connection, CODES, scene.chain.hq.clock(), settings)


def alarms(found: Watch) -> dict[str, list[str]]:
    return {
        one.standing.site: [alarm.code for alarm in one.alarms] for one in found.sites if one.alarms
    }


def test_each_trouble_rings_where_it_is_and_nowhere_else(scene: Scene) -> None:
    assert alarms(look(scene)) == {
        "N002.01": ["forked"],
        "N003": ["behind", "lagging"],
        "N004.01": ["quarantined"],
        "N004.02": ["quarantined"],
    }


def test_a_deadline_is_a_setting_of_the_chain_or_of_one_branch(scene: Scene) -> None:
    patient = look(scene, quarantine_minutes=3000, branches={LAGGING: {"behind_minutes": 90}})
    assert alarms(patient) == {"N002.01": ["forked"]}
    strict = look(scene, behind_minutes=90, lane_offline_minutes=60)
    assert alarms(strict)["N002.02"] == ["offline"]
    assert LAGGING not in alarms(strict)


def test_what_waits_says_since_when_and_how_long_it_may(scene: Scene) -> None:
    (behind, lagging) = next(one for one in look(scene).branches if one.code == LAGGING).own.alarms
    assert (behind.since, behind.deadline) == (WAITS_SINCE, timedelta(minutes=15))
    assert behind.count == 5
    assert (lagging.subject, lagging.count) == ("feed:chain", 1)
    assert timedelta(minutes=44) < NOW - lagging.since < timedelta(minutes=50)


def test_what_is_taken_in_is_counted_by_its_writer(scene: Scene) -> None:
    found = {one.code: one for one in look(scene).branches}
    well = found[WELL]
    # Forty tickets by two lanes within ten minutes; of the branch itself came nothing since.
    assert (well.own.standing.rate.entries, well.rate.entries) == (0, 4)
    assert [lane.standing.rate.entries for lane in well.lanes] == [2, 2]
    assert well.rate.bytes > 1000
    assert found[LAGGING].rate.entries == 0


def test_a_replaced_machine_shows_both_epochs_of_its_journal(scene: Scene) -> None:
    one = look(scene).find(FORKED)
    assert one is not None
    assert [held.through for held in one.standing.journals] == [4, 7]
    assert one.standing.word is not None
    assert one.standing.word.report.journal is not None
    assert one.standing.word.report.journal.epoch == one.standing.journals[0].epoch


def test_the_fork_and_the_first_are_both_found_by_the_lanes_number(scene: Scene) -> None:
    with scene.chain.hq.engine.connect() as connection:
        (parked,) = (one for one in look(scene).sites if one.standing.parked.forks)
        found = find_by_number(connection, parked.standing.site, 4)
        by_branch = find_by_number(connection, FORKED, 1)
    assert sorted((one.standing, one.uuid is None, one.intact) for one in found) == [
        ("first", False, True),
        ("fork", True, True),
    ]
    fork = next(one for one in found if one.standing == "fork")
    assert fork.parked is not None
    assert "held with another hash" in fork.parked.reason
    assert {one.standing for one in by_branch} == {"first", "repeat"}


def test_an_entry_is_followed_from_its_receipt(scene: Scene) -> None:
    with scene.chain.hq.engine.connect() as connection:
        (one,) = find_by_receipt(connection, "N001.02", 1)
        assert find_by_receipt(connection, "N001.02", 999) == []
    assert (one.writer, one.branch, one.standing, one.intact) == ("N001.02", WELL, "first", True)
    assert one.uuid is not None
    assert one.entry.sequence <= one.held.through


def test_text_and_json_say_what_the_page_says(scene: Scene) -> None:
    found = look(scene)
    told = json.loads(json.dumps(link_report.as_json(found)))
    assert [one["alarm"] for one in told["alarms"]] == [one.code for one in found.alarms]
    lagging = next(one for one in told["sites"] if one["site"] == LAGGING)
    assert (lagging["pending"], lagging["state"]) == (5, "behind")
    assert lagging["oldest_unsent"] == WAITS_SINCE.isoformat()
    text = link_report.as_text(found)
    assert "ALARM  N003 behind 5 for 44m (deadline 15m)" in text
    assert text.count("\n") == len(found.alarms) + len(found.sites) + 2


def test_the_metrics_are_read_from_the_database_at_every_scrape(scene: Scene) -> None:
    registry = CollectorRegistry()
    registry.register(LinkCollector(scene.chain.hq))
    told = generate_latest(registry).decode()
    assert 'chainwright_site_pending_entries{branch="N003",site="N003"} 5.0' in told
    assert 'chainwright_alarms{alarm="forked",branch="N002",site="N002.01"} 1.0' in told
    assert (
        'chainwright_feed_records_behind{branch="N003",feed="feed:chain",site="N003"} 1.0' in told
    )
    assert 'chainwright_site_oldest_unsent_seconds{branch="N003",site="N003"} 2698.0' in told


@pytest.mark.parametrize(
    ("said", "status"),
    [({}, 401), ({"Authorization": "Bearer wrong"}, 401),
     ({"Authorization": "Bearer a token of sixteen"}, 200)],
)  # fmt: skip
def test_metrics_are_for_whoever_has_the_token(
    scene: Scene, said: dict[str, str], status: int
) -> None:
    hq = scene.chain.hq
    metrics = MetricsSettings(token=SecretStr("a token of sixteen"))
    settings = hq.settings.model_copy(update={"metrics": metrics})
    guarded = Headquarters(hq.engine, hq.identity, hq.clock, settings, hq.link, hq.feeds, hq.ledger)
    answer = TestClient(application(guarded)).get("/metrics", headers=said)
    assert answer.status_code == status
    assert ("chainwright_site_up" in answer.text) == (status == 200)


def test_without_a_token_there_are_no_metrics(scene: Scene) -> None:
    assert TestClient(application(scene.chain.hq)).get("/metrics").status_code == 404
