"""That README's reliability table names exactly the tests that show a fault to be survived."""

from __future__ import annotations

from pathlib import Path

from tests.faults.reliability import BEGIN, END, README, SOAKS, Shown, marked, soaks, table, told

SOURCE = """
import pytest

@pytest.mark.fault("8", "an unknown kind")
@pytest.mark.parametrize("kind", ["a", "b"])
def test_it_waits_for_an_upgrade(kind): ...

class TestMore:
    @pytest.mark.fault("2", "batches truncated")
    def test_half_a_batch_is_refused(self): ...

def test_nothing_of_the_kind(): ...
"""


def test_the_table_names_exactly_the_tests_that_are_marked() -> None:
    assert told(README.read_text("utf-8")) == marked(), "run `make reliability`"


def test_the_results_of_the_soak_are_told() -> None:
    text = README.read_text("utf-8")
    lines = soaks(SOAKS)
    assert lines
    assert all(line in text for line in lines), "run `make reliability`"


def test_marks_are_read_and_the_table_reads_back(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_some.py").write_text(SOURCE, "utf-8")
    shown = marked(tmp_path)
    assert shown == [
        Shown(2, "batches truncated", "tests/test_some.py", "test_half_a_batch_is_refused"),
        Shown(8, "an unknown kind", "tests/test_some.py", "test_it_waits_for_an_upgrade"),
    ]
    made = table(shown, {("tests/test_some.py", "test_half_a_batch_is_refused"): "passed"})
    assert told(f"{BEGIN}\n{made}\n{END}") == shown
    assert made.splitlines()[2].endswith("| survived |")
    assert made.splitlines()[3].endswith("| not run |")
