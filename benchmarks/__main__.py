"""`make bench`: run the benchmarks and print their figures.

    python -m benchmarks [names] [--json FILE] [--quick | --whole]

Without names all are run. `--quick` takes a fraction of the samples and of the catalogue, to see
that everything works; its figures mean little. `--whole` takes 30 days and a fresh branch at their
real sizes and a thin line at its real speed, which is many minutes. The exit status is 0 when all ran, whatever they
found: a limit that is missed is printed, and a person decides. One that cannot run says why, the
others run on, and the status is 1. Nothing is left behind, no file and no process.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from benchmarks import (
    backtest,
    catch_up,
    consolidated_reports,
    day_close,
    hardware,
    lane_commit,
    many_branches,
    monitor,
    price_arrival,
    promotions,
    rebuild,
    replenishment,
    replenishment_night,
    report,
    scan_to_paint,
    source_commit,
    thin_line,
    ticket_arrival,
    tickets_against_native,
    tickets_into_branch,
    tickets_into_hq,
    till_start,
    wire_bytes,
)
from benchmarks.measures import Outcome
from benchmarks.scale import FULL, QUICK, WHOLE, Scale

BENCHMARKS: Mapping[str, Callable[[Scale, Path], Outcome]] = {
    "lane_commit": lane_commit.run,
    "scan_to_paint": scan_to_paint.run,
    "till_start": till_start.run,
    "promotions": promotions.run,
    "price_arrival": price_arrival.run,
    "tickets_into_branch": tickets_into_branch.run,
    "tickets_into_hq": tickets_into_hq.run,
    "tickets_against_native": tickets_against_native.run,
    "ticket_arrival": ticket_arrival.run,
    "source_commit": source_commit.run,
    "wire_bytes": wire_bytes.run,
    "catch_up": catch_up.run,
    "day_close": day_close.run,
    "many_branches": many_branches.run,
    "thin_line": thin_line.run,
    "monitor": monitor.run,
    "backtest": backtest.run,
    "replenishment": replenishment.run,
    "replenishment_night": replenishment_night.run,
    "consolidated_reports": consolidated_reports.run,
    "rebuild": rebuild.run,
}


def main() -> None:
    """Run what was asked for."""
    asked = _arguments()
    # A line that goes down because its benchmark is over is no news.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    # What ends the run from outside unwinds it too, so that what it started ends with it.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    scale = QUICK if asked.quick else WHOLE if asked.whole else FULL
    names = asked.names or list(BENCHMARKS)
    outcomes: dict[str, Outcome] = {}
    with hardware.directory() as place:
        described = hardware.describe(place)
        for name in names:
            found = _run(name, scale, place / name)
            if found is not None:
                outcomes[name] = found
    _show(described, outcomes, quick=asked.quick)
    if asked.json is not None:
        text = json.dumps(report.as_json(described, outcomes), ensure_ascii=False, indent=2)
        asked.json.write_text(text + "\n", encoding="utf-8")
    if failed := [name for name in names if name not in outcomes]:
        sys.exit(f"did not run: {', '.join(failed)}")


def _run(name: str, scale: Scale, place: Path) -> Outcome | None:
    """Run one benchmark in a directory of its own; None when it could not."""
    print(f"{name} …", end=" ", flush=True, file=sys.stderr)
    begun = time.monotonic()
    place.mkdir()
    try:
        found = BENCHMARKS[name](scale, place)
    except Exception:  # noqa: BLE001 - whatever stops one must not take the others' figures along
        print("failed", file=sys.stderr)
        traceback.print_exc()
        return None
    print(f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
    return found


def _show(described: Mapping[str, str], outcomes: Mapping[str, Outcome], *, quick: bool) -> None:
    measures = [one for found in outcomes.values() for one in found.measures]
    print(report.table(measures))
    print()
    for note in dict.fromkeys(note for found in outcomes.values() for note in found.notes):
        print(note)
    print(", ".join(f"{name} {value}" for name, value in described.items()))
    if quick:
        print("quick: a fraction of the samples, for a look only")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a fraction of the samples")
    size.add_argument("--whole", action="store_true", help="the sizes that take minutes, unscaled")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.names) - BENCHMARKS.keys()):
        parser.error(
            f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}"
        )
    return asked


if __name__ == "__main__":
    main()
