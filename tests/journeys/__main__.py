"""`make journeys`: real data through the till, the branch and headquarters, held against their files.

    till           a week of completejourney and a month of cumcm2023c through the till; the month has a branch and
                   headquarters behind it: what it cost, what is left of it and what a stocktake misses is held
                   against the files too
    consolidated   the whole of completejourney at headquarters: every report by store and month
    catalogue      the barcodes of off_ean as a catalogue; of so many rows, where a number follows

All of them, or those that are named: `python -m tests.journeys consolidated`. It ends with 1 when something comes to
something else, or the data are not here.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from ops.demo.source import DataError
from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.kinds import DatabaseKind
from schemas.tables.migrate import upgrade
from tests.branch.shop import make_shop
from tests.journeys import books, catalogue, consolidated, control, groceries, vegetables
from tests.journeys.control import DaySum, StockSum
from tests.journeys.found import DataMissingError, VegetableFiles, vegetable_files
from tests.journeys.lane import Done
from tests.journeys.store import Store


def main(asked: Sequence[str]) -> int:
    """Run what is asked for, or everything."""
    rows = [int(one) for one in asked if one.isdecimal()]
    journeys: dict[str, Callable[[], int]] = {
        "till": _till,
        "consolidated": consolidated.main,
        "catalogue": lambda: catalogue.main(*rows[:1]),
    }
    names = [one for one in asked if not one.isdecimal()] or list(journeys)
    unknown = [one for one in names if one not in journeys]
    if unknown:
        sys.stderr.write(f"{', '.join(unknown)}: there are {', '.join(journeys)}\n")
        return 1
    failed = 0
    for name in names:
        sys.stdout.write(f"--- {name}\n")
        sys.stdout.flush()
        try:
            failed |= journeys[name]()
        except (DataMissingError, DataError) as error:
            sys.stderr.write(f"{error}\n")
            failed = 1
    return failed


def _till() -> int:
    """The week and the month."""
    files = vegetable_files()
    grocery_file = groceries.transactions_file()
    month = vegetables.MONTH
    agreed = [
        _journey(
            "completejourney",
            groceries.WEEK,
            lambda data: groceries.run(data, groceries.WEEK),
            lambda days: control.groceries(grocery_file, days),
        )
    ]
    with _store() as store:
        agreed += [
            _journey(
                "cumcm2023c",
                month,
                lambda data: vegetables.run(data, files, month, store),
                lambda days: control.vegetables(files.sales, days),
            ),
            _books(store, files, month),
        ]
    return 0 if all(agreed) else 1


@contextmanager
def _store() -> Iterator[Store]:
    """A branch and headquarters on a PostgreSQL of their own."""
    with (
        tempfile.TemporaryDirectory(prefix="cw-") as place,
        EmbeddedPostgres(Path(place) / "postgres") as server,
    ):

        def make(kind: DatabaseKind) -> str:
            server.ensure_database(kind)
            upgrade(server.dsn(kind), kind)
            return server.dsn(kind)

        shop = make_shop(make, Path(place))
        try:
            yield Store(shop)
        finally:
            shop.engine.dispose()
            shop.headquarters.engine.dispose()


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


def _books(store: Store, files: VegetableFiles, days: Collection[date]) -> bool:
    """Margin by item and day, stock and shrinkage, at the branch and at headquarters."""
    expected, now = control.stock(files, days), store.shop.clock()
    held = {
        "branch": books.at_branch(store.shop.engine),
        "headquarters": books.at_headquarters(store.shop.headquarters.engine, days, now),
    }
    for site, found in held.items():
        for what in ("margins", "on_hand", "shrinkage"):
            wanted, told = getattr(expected, what), getattr(found, what)
            for key in sorted(wanted.keys() | told.keys(), key=str):
                if wanted.get(key) != told.get(key):
                    words = f"the files come to {wanted.get(key)}, the {site} to {told.get(key)}"
                    sys.stdout.write(f"{what} of {key}: {words}\n")
    agree = [site for site, found in held.items() if found == expected]
    sys.stdout.write(f"{_summary(expected)}: {' and '.join(agree) or 'no site'} agree\n")
    return len(agree) == len(held)


def _summary(expected: StockSum) -> str:
    net = sum(one.net for one in expected.margins.values())
    cost = sum(one.cost for one in expected.margins.values())
    grams = -sum(quantity for quantity, _ in expected.shrinkage.values())
    lost = -sum(value for _, value in expected.shrinkage.values())
    left = sum(value for _, value in expected.on_hand.values())
    return (
        f"margins of {len(expected.margins)} items' days, {net / 100:.2f} less {cost / 100:.2f};"
        f" {grams / 1000:.3f} units worth {lost / 100:.2f} missing of {len(expected.shrinkage)} items,"
        f" {left / 100:.2f} on hand"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
