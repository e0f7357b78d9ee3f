"""What came of a soak: told seed by seed, and written as JSON to be committed beside the code.

A seed that failed is told with everything that it takes to live through it again: the seed, the
revision, every step, and what differed in the end.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SeedResult:
    """One seed: what befell it, what differed, and in how many seconds it was lived."""

    seed: int
    days: int
    faults: dict[str, int]
    differences: tuple[str, ...]
    history: tuple[str, ...]
    facts: int
    lost: int
    seconds: float
    over: str = "memory"

    @property
    def held(self) -> bool:
        """Whether everything is as it should be."""
        return not self.differences

    def told(self) -> str:
        """In a line; a failed one with its history and its differences."""
        befell = sum(self.faults.values())
        line = (
            f"seed {self.seed}: {self.days} days, {self.facts} facts, {befell} faults, "
            f"{self.lost} lost with every disk that held them, {self.seconds:.1f} s"
        )
        if self.held:
            return f"{line}: held"
        return "\n".join(
            [
                f"{line}: FAILED at revision {revision()}",
                *(f"  {step}" for step in self.history),
                *(f"  DIFFERS {one}" for one in self.differences),
                f"again: chainwright soak --seed {self.seed} --days {self.days} --over {self.over}",
            ]
        )


def summary(results: Sequence[SeedResult], over: str) -> dict[str, object]:
    """Everything that is kept of a soak."""
    faults: Counter[str] = Counter()
    for one in results:
        faults.update(one.faults)
    failed = {str(one.seed): list(one.differences) for one in results if not one.held}
    return {
        "over": over,
        "revision": revision(),
        "date": datetime.now(UTC).date().isoformat(),
        "days": max((one.days for one in results), default=0),
        "seeds": sorted(one.seed for one in results),
        "outcome": "failed" if failed else "held",
        "failed": failed,
        "facts": sum(one.facts for one in results),
        "lost_with_every_disk": sum(one.lost for one in results),
        "faults": dict(sorted(faults.items())),
        "seconds": round(sum(one.seconds for one in results)),
    }


def write(file: Path, results: Sequence[SeedResult], over: str) -> None:
    """Write the summary, to be committed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(summary(results, over), indent=1, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


@cache
def revision() -> str:
    """The commit that runs, as of the first look, marked when files differ from it; the version where there is no commit."""
    home = Path(__file__).parents[2]
    if not (home / ".git").exists():
        return version("chainwright")
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return told.stdout.strip() or version("chainwright")
