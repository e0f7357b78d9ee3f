"""A slice of the soak: a few seeds live a few days of faults, and end as their model says.

`make soak` lives hundreds of them. What is looked at here besides: that a seed replays exactly, and
that the comparison finds what is wrong, for one that finds nothing proves nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import delete, update
from typer.testing import CliRunner

from ops.cli import app
from ops.embedded_postgres import EmbeddedPostgres
from ops.soak import runs
from ops.soak.chain import SoakChain, prepared
from ops.soak.memory import Run
from ops.soak.names import drawn_from
from ops.soak.restores import LANE, SCENARIOS, rehearse
from ops.soak.settling import compare_all
from schemas.tables.journal import journal_entry
from schemas.tables.tickets import ticket, ticket_line

SEEDS = (9, 12)


@pytest.fixture(scope="module")
def chain(
    hq_database_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SoakChain]:
    """Give a soak's chain in the run's PostgreSQL, under names that no other worker has."""
    directory = tmp_path_factory.mktemp("soak")
    with prepared(hq_database_server, directory, f"soak{os.getpid()}-") as made:
        yield made


@pytest.mark.fault("1", "before and after commit")
@pytest.mark.fault("1", "between apply and answer")
@pytest.mark.fault("2", "batches duplicated")
@pytest.mark.fault("2", "batches reordered")
@pytest.mark.fault("3", "the line cut mid-batch")
@pytest.mark.fault("4", "a branch restored from an old backup, with the line up")
@pytest.mark.fault("4", "HQ restored")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_ends_as_its_model_says(chain: SoakChain, seed: int) -> None:
    result = runs.live_once(chain, seed, 2)
    assert result.held, result.told()
    assert sum(result.faults.values()) > 10
    assert result.facts > 40
    assert any("repeated=0.08" in step or "repeated=0.15" in step for step in result.history)


@pytest.mark.fault("4", "a branch restored from an old backup, with the line up")
@pytest.mark.fault("4", "a branch restored from an old backup, with the line dead")
@pytest.mark.fault("4", "HQ restored")
@pytest.mark.fault("4", "both to different times")
@pytest.mark.fault("4", "a lane's disk replaced")
@pytest.mark.fault("4", "a branch server replaced by a bare machine")
def test_every_restore_gets_back_what_its_disk_lost(chain: SoakChain) -> None:
    rehearsals = list(rehearse(chain))
    assert [one.scenario for one in rehearsals] == list(SCENARIOS)
    for one in rehearsals:
        assert not one.differences, one.told()
        assert 0 < one.lost == one.back, one.told()
        assert one.lost_for_good == 0, one.told()
        # A lane with a new disk has no prices yet; every other sells before any line is up.
        assert one.sold_at_once == (LANE not in one.scenario.bare), one.told()
        # Whoever may have sold what no disk holds any more goes on well beyond it.
        jumps = LANE in (*one.scenario.older, *one.scenario.bare)
        assert bool(one.skipped) == jumps, one.told()


def test_a_seed_replays_exactly(chain: SoakChain) -> None:
    first, second = (runs.live_once(chain, 7, 1) for _ in range(2))
    assert first.history == second.history
    assert first.faults == second.faults


def test_what_is_wrong_is_found(chain: SoakChain) -> None:
    """A ticket of another quantity at headquarters, one that vanished there, aggregates that say something
    else, an entry that a lane lost.
    """
    with drawn_from("3"):
        run = Run(chain, 3)
        assert run.live(1) == []
        sold = [one for one in run.model.alive(branch="N001") if one.kind == "ticket"]
        with chain.hq.disk.feeds.begin() as connection:
            connection.execute(delete(ticket).where(ticket.c.uuid == sold[0].id[1]))
            connection.execute(
                update(ticket_line).where(ticket_line.c.ticket == sold[1].id[1])
                .values(quantity=ticket_line.c.quantity + 1000)
            )  # fmt: skip
            connection.exec_driver_sql(
                "UPDATE consolidated_fresh SET sales[1] = sales[1] + 1"
                " WHERE branch = 'N001' AND sales IS NOT NULL"
            )
        writer = chain.sites[sold[1].writer]
        with writer.disk.journals.begin() as connection:
            connection.execute(delete(journal_entry).where(journal_entry.c.kind == "shift.ended"))
        found = [str(one) for one in compare_all(run)]
    assert any(f"hq: its tables do not hold {sold[0]}" in one for one in found)
    assert any(f"hq: its tables hold {sold[1].place}" in one for one in found)
    assert any(f"{writer.name}: no longer holds" in one for one in found)
    assert any("consolidated sales of N001" in one for one in found)


def test_the_command_names_what_it_needs() -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["soak"]).exit_code == 2
    assert runner.invoke(app, ["soak", "--seeds", "9-1"]).exit_code == 2
