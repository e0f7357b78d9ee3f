"""The soak over processes needs minutes: `make soak` lives it. Here, what can be seen without."""

from __future__ import annotations

import psutil
from typer.testing import CliRunner

from ops.cli import app
from ops.soak.process_chain import _works
from tests.faults.victims import Victim


def test_a_chain_of_processes_is_lived_one_at_a_time() -> None:
    told = CliRunner().invoke(app, ["soak", "--seeds", "1-2", "--over", "processes", "--jobs", "2"])
    assert told.exit_code == 2
    assert "needs the machine for itself" in told.stderr


def wait(tell: object) -> None:
    assert callable(tell)
    tell("here")
    tell_nothing_more()


def tell_nothing_more() -> None:
    psutil.Process().suspend()


def test_a_process_that_was_killed_works_no_more() -> None:
    victim = Victim(wait)
    assert victim.hear() == "here"
    process = psutil.Process(victim.process.pid or 0)
    assert _works(process)
    victim.kill()
    assert not _works(process)
