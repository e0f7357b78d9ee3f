"""README's reliability table, made from the tests that name a fault and from how they ended.

    a test says        @pytest.mark.fault("8", "an unknown kind")
    make reliability   runs all that say so, and writes the table between the two marks of the README
    a test in CI       finds the table stale that does not name exactly these tests

The results of the soak are told below it, as they stand committed in docs/soak.

    python -m tests.faults.reliability [REPORT]     REPORT: pytest's own junitxml of a whole run
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

HOME = Path(__file__).parents[2]
README = HOME / "README.md"
BEGIN, END = "<!-- reliability: begin -->", "<!-- reliability: end -->"
SOAKS = HOME / "docs" / "soak"
_ROW = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """A fault, by its number in the list and its name, and a test that shows it to be survived."""

    number: int
    fault: str
    path: str
    test: str


def marked(home: Path = HOME) -> list[Shown]:
    """Every fault that a test names, out of the tests' source."""
    found: list[Shown] = []
    for path in sorted((home / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        where = path.relative_to(home).as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found += [
                    Shown(number, fault, where, node.name)
                    for number, fault in _faults(node.decorator_list)
                ]
    return sorted(found)


def _faults(decorators: Sequence[ast.expr]) -> Iterator[tuple[int, str]]:
    for one in decorators:
        if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.fault":
            number, fault = (ast.literal_eval(argument) for argument in one.args)
            yield int(number), str(fault)


def told(readme: str) -> list[Shown]:
    """Every fault and test that the table in the README names. Raises ValueError without its marks."""
    table = readme[readme.index(BEGIN) : readme.index(END)]
    rows = [line.split("|") for line in table.splitlines() if re.match(r"\| *\d", line)]
    return sorted(
        Shown(int(row[1]), row[2].strip(), path, f"test_{name.replace(' ', '_')}")
        for row in rows
        for name, path in _ROW.findall(row[3])
    )


def table(shown: Sequence[Shown], outcomes: Mapping[tuple[str, str], str]) -> str:
    """The table: a row for each fault, with the tests that show it and how they ended."""
    faults = list(dict.fromkeys((one.number, one.fault) for one in shown))
    lines = ["| | fault | shown by | |", "|---|---|---|---|"]
    for number, fault in faults:
        tests = [one for one in shown if (one.number, one.fault) == (number, fault)]
        links = ", ".join(_link(one) for one in tests)
        ended = {outcomes.get((one.path, one.test), "not run") for one in tests}
        result = "survived" if ended == {"passed"} else ", ".join(sorted(ended))
        lines.append(f"| {number} | {fault} | {links} | {result} |")
    return "\n".join(lines)


def _link(one: Shown) -> str:
    words = one.test.removeprefix("test_").replace("_", " ")
    return f"[{words}]({one.path})"


def soaks(directory: Path = SOAKS) -> list[str]:
    """The committed results of the soak, a line each."""
    return [_soak(json.loads(file.read_text("utf-8"))) for file in sorted(directory.glob("*.json"))]


def _soak(result: Mapping[str, object]) -> str:
    seeds, faults = result["seeds"], result["faults"]
    if not isinstance(seeds, list) or not isinstance(faults, dict):
        raise TypeError(result)
    befell = f"{sum(faults.values()):,} faults and mishaps befell {result['facts']:,} facts"
    return (
        f"- Soak over {result['over']}: {len(seeds)} seeds × {result['days']} days "
        f"({result['date']}, revision {result['revision']}); {befell}; {result['outcome']}."
    )


def run(shown: Sequence[Shown]) -> dict[tuple[str, str], str]:
    """Run every marked test; how each ended."""
    files = sorted({one.path for one in shown})
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-m", "fault", f"--junitxml={report}", *files],
            cwd=HOME, check=False,
        )  # fmt: skip
        return ended(report)


def ended(report: Path) -> dict[tuple[str, str], str]:
    """How each test of a run ended, the worst of its cases."""
    outcomes: dict[tuple[str, str], str] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - written by our own pytest
        path = case.attrib["classname"].replace(".", "/") + ".py"
        key = path, case.attrib["name"].partition("[")[0]
        failed = any(child.tag in {"failure", "error", "skipped"} for child in case)
        outcomes[key] = "FAILED" if failed else outcomes.get(key, "passed")
    return outcomes


def main(arguments: Sequence[str]) -> int:
    """Write the table anew; 1 when a test failed."""
    shown = marked()
    outcomes = ended(Path(arguments[0])) if arguments else run(shown)
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    body = "\n\n".join([table(shown, outcomes), "\n".join(soaks())]).strip()
    README.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}", encoding="utf-8")
    results = {outcomes.get((one.path, one.test)) for one in shown}
    return 0 if results == {"passed"} else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
