"""`make journeys`: a week of completejourney and a month of cumcm2023c through the till, against their files.

It ends with 1 when a day comes to something else, or the data are not here.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from datetime import date
from pathlib import Path

from ops.demo.source import DataError
from tests.journeys import control, groceries, vegetables
from tests.journeys.control import DaySum
from tests.journeys.found import DataMissingError, vegetable_files
from tests.journeys.lane import Done


def main() -> int:
    """Run both."""
    try:
        sales, items = vegetable_files()
        grocery_file = groceries.transactions_file()
    except (DataMissingError, DataError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    month = vegetables.MONTH
    agreed = [
        _journey(
            "completejourney",
            groceries.WEEK,
            lambda data: groceries.run(data, groceries.WEEK),
            lambda days: control.groceries(grocery_file, days),
        ),
        _journey(
            "cumcm2023c",
            month,
            lambda data: vegetables.run(data, sales, items, month),
            lambda days: control.vegetables(sales, days),
        ),
    ]
    return 0 if all(agreed) else 1


def _journey(
    name: str,
    days: Collection[date],
    run: Callable[[Path], Done],
    expected: Callable[[Collection[date]], Mapping[date, DaySum]],
) -> bool:
    began = time.process_time()
    with tempfile.TemporaryDirectory() as place:
        done = run(Path(place) / "lane")
    seconds = time.process_time() - began
    sums = expected(days)
    for on in days:
        if sums[on] != done.sums.get(on):
            told = f"the file comes to {sums[on]}, the till to {done.sums.get(on)}"
            sys.stdout.write(f"{name} {on}: {told}\n")
    agree = sum(sums[on] == done.sums.get(on) for on in days)
    lines = sum(one.lines for one in sums.values())
    sys.stdout.write(
        f"{name}: {agree} of {len(days)} days agree, {done.tickets} tickets of {lines} lines,"
        f" {seconds:.0f} s of a core; {dict(done.did)}\n"
    )
    return agree == len(days)


if __name__ == "__main__":
    sys.exit(main())
