"""That the benchmarks run and tell ratios. What the figures are is nobody's business here: the
machine that runs the tests is busy with them.
"""

from __future__ import annotations

import gc
import json
import random
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import __main__ as command
from benchmarks import (
    backtest,
    catch_up,
    day_close,
    lane_commit,
    many_branches,
    promotions,
    replenishment,
    replenishment_night,
    report,
    source_commit,
    thin_line,
    ticket_arrival,
    tickets_against_native,
    tickets_into_branch,
    tickets_into_hq,
    till_files,
    till_start,
    wire_bytes,
)
from benchmarks.backtest import LEVELS, PEERS, SAFETY
from benchmarks.backtest_series import Case, Series
from benchmarks.backtest_shop import live
from benchmarks.browser import NoBrowserError
from benchmarks.measures import (
    MILLISECONDS,
    Limit,
    Outcome,
    Round,
    Unit,
    Wording,
    compare,
    p50,
    p99,
)
from benchmarks.scale import Scale
from schemas.domain.replenishment.supply import SupplyTerms
from schemas.tables.base import open_postgres
from tests.journeys.found import DataMissingError

TINY = Scale(
    rounds=2, commits=3, items=40, lane_items=3_000, scans=2, changes=1, mass_changes=1, mass=20,
    batches=2, batch=10, drains=1, backlog=20, arrivals=2, day=1, fresh=100, readers=10, thin=10_000,
    closing=40,
    monitored=1, backtested=2, replenished=40, reported=120, rebuilt=2,
)  # fmt: skip
TURNS = [Round([0.002, 0.004, 0.006], [0.001, 0.002, 0.003]), Round([0.003], [0.003])]


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """What a measure hides from the collector would stay in this process for all tests that follow."""
    yield
    gc.unfreeze()


def test_a_measure_tells_the_middle_and_how_far_its_rounds_differ() -> None:
    found = compare(TURNS, p50, Wording("ours", "peer"))
    assert (found.ours.middle, found.peer.middle) == (0.0035, 0.0025)
    assert (found.ours.least, found.ours.most) == (0.002, 0.006)
    assert (found.ratio.least, found.ratio.middle, found.ratio.most) == (1.0, 1.5, 2.0)


def test_the_slow_ones_are_compared_over_all_rounds() -> None:
    found = compare(TURNS, p99, Wording("ours", "peer"))
    assert (found.ours.middle, found.peer.middle, found.ratio.middle) == (0.006, 0.003, 2.0)


@pytest.mark.parametrize(
    ("samples", "expected"), [([3.0], 3.0), (list(range(1, 101)), 99), (list(range(1, 201)), 198)]
)
def test_p99_is_what_99_of_100_do_not_exceed(samples: list[float], expected: float) -> None:
    assert p99(samples) == expected


@pytest.mark.parametrize(
    ("limit", "over"),
    [
        (None, False),
        (Limit(1.6, of_ratio=True), False),
        (Limit(1.3, of_ratio=True), True),
        (Limit(0.004, of_ratio=False), False),
        (Limit(0.003, of_ratio=False), True),
    ],
)
def test_a_missed_limit_is_said_aloud(limit: Limit | None, *, over: bool) -> None:
    found = compare(TURNS, p50, Wording("ours", "peer", limit=limit))
    assert found.is_over is over
    assert ("OVER ITS LIMIT" in report.table([found])) is over


def test_a_rate_is_shown_as_things_a_second() -> None:
    found = compare(TURNS, p50, Wording("ours", "peer", Unit("tickets/s", things=7)))
    assert "2,000 tickets/s (1,167–3,500)" in report.table([found])


def test_lane_commits_are_measured(tmp_path: Path) -> None:
    found = lane_commit.run(TINY, tmp_path)
    names = [one.name for one in found.measures]
    assert names[0] == "lane commit, p50"
    assert "lane commit while the catalogue is applied, p99" in names
    assert report.table(found.measures).count("×") >= len(names)


def test_a_till_starts_and_sells_what_a_catalogue_was_filled_up_with(tmp_path: Path) -> None:
    shop = till_files.large(tmp_path, TINY)
    assert shop.items == TINY.lane_items
    copies = [code for code in shop.codes if not code.startswith("04")]
    assert len(copies) > len(shop.codes) / 2
    assert till_start.first_sale(replace(shop, codes=copies), random.Random(1)) > 0


def test_prices_under_promotions_are_measured(tmp_path: Path) -> None:
    found = promotions.run(TINY, tmp_path)
    assert [one.name for one in found.measures if one.limit] == [
        "price of 50 lines under 1,000 promotions, p99",
        "price of 300 lines under 1,000 promotions, p99",
    ]
    assert all(one.ours.middle > one.peer.middle > 0 for one in found.measures)
    assert found.notes


def test_proposals_of_a_chain_are_measured(tmp_path: Path) -> None:
    found = replenishment.run(TINY, tmp_path)
    assert all(one.ours.middle > 0 < one.peer.middle for one in found.measures)
    assert "of 40 lines ordered" in found.notes[0]


def test_a_night_of_replenishment_over_postgresql_is_measured(hq_database: str) -> None:
    engine = open_postgres(hq_database)
    found = replenishment_night.measure(engine, TINY)
    engine.dispose()
    assert all(one.ours.middle > 0 < one.peer.middle for one in found.measures)
    assert "100,000 times that of a part" in found.measures[0].name
    assert found.notes[0].startswith(
        "a night over PostgreSQL: 1 branches × 40 items and their centre"
    )
    assert found.notes[1].startswith("a first night: 80 items in ")


def test_replenishment_is_compared_where_curves_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sales of one week in six that nobody could foresee: the same for every rule, but for what it keeps."""

    def missing() -> object:
        raise DataMissingError("not here")

    chance = random.Random(5)
    items = [Series([chance.choice((0, 0, 1000, 2000)) for _ in range(90)], 1000) for _ in range(3)]
    made_up = Case("made up", date(2026, 1, 5), 60, items, SupplyTerms(1))
    monkeypatch.setattr(backtest, "groceries", lambda _: [made_up])
    monkeypatch.setattr(backtest, "vegetable_files", missing)
    monkeypatch.setattr(backtest, "retail_file", missing)
    found = backtest.run(TINY, tmp_path)
    assert {one.against.split(",")[0] for one in found.measures} == {name for name, _ in PEERS}
    assert found.notes[:2] == ["back-test: a case is left out, not here"] * 2
    assert len(found.notes) == 3 + len(LEVELS) + len(PEERS) * len(SAFETY)


def test_what_arrives_is_sold_spoils_or_lies_there() -> None:
    """Nothing is sold that is not there, and a rule that orders nothing sells what lay there at first."""
    days = [1000] * 5 + [3000, 1000, 0, 5000, 2000]
    case = Case("by hand", date(2026, 1, 5), 5, (), SupplyTerms(1), shelf_life_days=2)
    # 5 lie there on the first day, 3 are sold, 1 the day after, 1 spoils that evening
    nothing = live(case, Series(days, 1000), lambda _: 0, warm_up=0)
    assert (nothing.wanted, nothing.served, nothing.wasted) == (11_000, 4000, 1000)
    assert (nothing.days_short, nothing.lines, nothing.stock) == (2, 0, 2000)
    # 2 every day come the morning after and keep for two days: 2 of those 5 sell on the day after the
    # quiet one, all 4 that are there on the busy one
    steady = live(case, Series(days, 1000), lambda _: 2000, warm_up=0)
    assert (steady.received, steady.lines) == (8000, 5)
    assert steady.received + 5000 == steady.served + steady.wasted + 0


def test_tickets_into_headquarters_are_measured(hq_database: str, tmp_path: Path) -> None:
    found = tickets_into_hq.measure(hq_database, TINY, tmp_path)
    (only,) = found.measures
    assert only.ratio.middle > 0
    assert "tickets/s" in report.table(found.measures)


def test_tickets_into_a_branch_are_measured(branch_database: str) -> None:
    found = tickets_into_branch.measure(branch_database, TINY)
    (only,) = found.measures
    assert only.ratio.middle > 0
    assert "tickets/s" in report.table(found.measures)


def test_the_close_of_a_day_is_measured(branch_database: str) -> None:
    engine = open_postgres(branch_database)
    found = day_close.measure(engine, TINY)
    engine.dispose()
    assert [one.ours.middle > 0 for one in found.measures] == [True, True]
    assert "close of a day of 10 lanes and 40 tickets" in report.table(found.measures)


def test_the_command_prints_a_table_and_writes_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def run(scale: Scale, place: Path) -> Outcome:
        del scale
        (place / "left").write_text("behind", encoding="utf-8")
        return Outcome([compare(TURNS, p50, Wording("made up", "peer", MILLISECONDS))], ["a note"])

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(command, "BENCHMARKS", {"made_up": run})
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--quick", "--json", str(tmp_path / "out")])
    command.main()
    printed = capsys.readouterr().out
    assert "1.50× (1.00–2.00)" in printed
    assert "a note" in printed
    written = json.loads((tmp_path / "out").read_text(encoding="utf-8"))
    assert written["benchmarks"]["made_up"]["measures"][0]["ratio"]["middle"] == 1.5
    assert written["hardware"]["cores"]


def test_one_that_cannot_run_takes_nothing_from_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(scale: Scale, place: Path) -> Outcome:
        del scale, place
        return Outcome([compare(TURNS, p50, Wording("made up", "peer"))])

    def fail(scale: Scale, place: Path) -> Outcome:
        del scale, place
        raise NoBrowserError("no Chromium was found")

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(command, "BENCHMARKS", {"broken": fail, "made_up": run})
    monkeypatch.setattr(sys, "argv", ["benchmarks"])
    with pytest.raises(SystemExit, match="did not run: broken"):
        command.main()
    said = capsys.readouterr()
    assert "1.50× (1.00–2.00)" in said.out
    assert "no Chromium was found" in said.err


@pytest.mark.parametrize(
    ("benchmark", "measures"),
    [
        (tickets_against_native, 1),
        (ticket_arrival, 2),
        (source_commit, 2),
        (wire_bytes, 2),
        (catch_up, 2),
        (many_branches, 3),
        (thin_line, 1),
    ],
)
def test_a_benchmark_of_the_link_runs_and_loses_nothing(
    benchmark: ModuleType, measures: int, site_directory: Path
) -> None:
    """Each raises when a ticket, a price or a batch is not what it should be at its end."""
    found = benchmark.run(TINY, site_directory)
    assert len(found.measures) == measures
    assert all(one.ours.middle > 0 for one in found.measures)
    assert found.notes
