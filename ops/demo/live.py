"""The demonstration from beginning to end: the steps in their order, and then the chain that stays."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

from ops.demo import evening, morning, selling
from ops.demo.chain import PINS, Chain
from ops.demo.processes import DemoError
from ops.demo.staff import staff
from ops.demo.stage import Stage
from ops.demo.telling import Teller


def run(
    directory: Path, baskets: int | None, seconds: float, report: Path | None, *, stay: bool
) -> None:
    """Live the day below an empty `directory`. Raises SystemExit(1) when something did not hold."""
    teller = Teller()
    # A service manager's stop is a Ctrl-C: everything that was started is stopped either way.
    # Set for both, because a shell that starts it in the background has it ignore Ctrl-C.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, signal.default_int_handler)
    stage: Stage | None = None
    try:
        with Chain(directory, directory / "clock.json") as chain:
            stage = _live(chain, teller, baskets, seconds)
            if report is not None:
                _write(report, stage)
            if stay:
                _stay(chain, teller)
    except KeyboardInterrupt:
        teller.note("stopped")
    except DemoError as error:
        teller.bad(str(error))
        sys.exit(1)
    if stage is None or not all(stage.held.values()):
        sys.exit(1)


def _live(chain: Chain, teller: Teller, baskets: int | None, seconds: float) -> Stage:
    with teller.step(1, "Headquarters is founded and takes in catalogue, prices and members"):
        material, files = morning.found(chain, teller, baskets)
        stage = Stage(chain, teller, material)
        morning.import_master_data(stage, files)
    with teller.step(2, "Branches and lanes enrol and load"):
        morning.enrol(stage)
    with teller.step(3, "Lanes sell the day; a line breaks, a lane is killed, prices change"):
        lanes = selling.open_day(stage)
        selling.sell(stage, lanes, seconds)
    with teller.step(4, "Tills are counted and the days closed"):
        evening.close_days(stage, lanes)
    with teller.step(5, "One day is re-closed after a correction"):
        evening.re_close(stage, lanes)
    with teller.step(6, "The consolidated report is compared with the data file"):
        evening.compare_with_the_data(stage, lanes, baskets)
    with teller.step(7, "Reports and receipts are written"):
        evening.write_reports(stage, lanes)
    stage.measured["seconds"] = {**teller.seconds, "all": round(teller.so_far(), 1)}
    return stage


def _write(report: Path, stage: Stage) -> None:
    text = json.dumps({"held": stage.held, **stage.measured}, indent=2, ensure_ascii=False)
    report.write_text(f"{text}\n", encoding="utf-8")


def _stay(chain: Chain, teller: Teller) -> None:
    """Leave the chain up, and say how to look at it."""
    say = teller.console.print
    say("\nThe chain stays up. Ctrl-C stops all of it, databases too.")
    for name, address in chain.addresses.items():
        say(f"   {name:8} {address}")
    say("Sign in with these operators and PINs:")
    for one in staff():
        if one.role != "cashier" or one.operator.endswith("1"):
            say(f"   {one.operator:12} {PINS[one.operator]}  {one.role} {one.branch}")
    signal.pause()
