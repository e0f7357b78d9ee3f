"""The stores of completejourney at headquarters: every report by store and month against sums of the file.

    in the order of the stores   delivered whole; rebuilt from the journals after every aggregate was lost; 50 days
                                 closed again, on each of which a payment was moved from cash to a card
    in another order             delivered in slices by chance, at a headquarters of its own; 50 baskets come when
                                 all is closed, and their days are closed again

Each time every dimension and every definition is held against the file (`chain_answers`), besides as first closed.
`python -m tests.journeys consolidated` does all of it, prints what was compared, and ends with 1 where something
differs. The independent totals (CONTROL_TOTALS.json) have to be there.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from pandas import DataFrame
from sqlalchemy import Engine, text

from hq.consolidation import rebuild
from hq.consolidation.figures import answer
from hq.consolidation.question import Dimension, Question
from hq.reports.branches import known_branches
from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.base import open_postgres
from schemas.tables.consolidation import SUMMED, fresh
from schemas.tables.migrate import upgrade
from tests.journeys import chain_file, chain_masters
from tests.journeys.chain_answers import NOW, Compared, definitions, differ, dimensions
from tests.journeys.chain_delivery import Store, close_again, deliver, stores
from tests.journeys.chain_file import FIRST, LAST
from tests.journeys.chain_journals import Chosen, has_till
from tests.journeys.chain_sums import Traded
from tests.journeys.found import ControlTotals, control_totals

_DAYS = 50
_SAID_EVERY = 20
_CONTROLLED: Mapping[Dimension, str] = {
    "branch": "sales_value_cents_by_store", "month": "sales_value_cents_by_month",
}  # fmt: skip


def main() -> int:
    """The whole file."""
    totals = control_totals()
    said = _Said()
    with said.timed("the file is read"):
        traded = Traded.of(chain_file.read())
    with (
        tempfile.TemporaryDirectory(prefix="cw-") as place,
        EmbeddedPostgres(Path(place) / "postgres") as server,
    ):
        for name, run in (("hq", _in_order), ("hq2", _in_another_order)):
            server.ensure_database(name)
            upgrade(server.dsn(name), "hq")
            engine = open_postgres(server.dsn(name))
            run(engine, traded, said)
            said.tell(_control(engine, totals))
            engine.dispose()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    said.say(f"{said.differences} differences in {said.rows:,} rows; at most {memory:,} MiB")
    return 1 if said.differences else 0


@dataclass
class _Said:
    """What was compared so far, told as it goes on."""

    began: float = field(default_factory=time.monotonic)
    rows: int = 0
    differences: int = 0

    def say(self, words: str) -> None:
        sys.stdout.write(f"{time.monotonic() - self.began:5.0f} s  {words}\n")
        sys.stdout.flush()

    @contextmanager
    def timed(self, words: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.say(f"{words}: {time.monotonic() - began:.0f} s")

    def follow(self, counts: Iterable[int]) -> None:
        """Say every some seconds how many entries are taken in."""
        last = time.monotonic()
        for count in counts:
            if time.monotonic() - last > _SAID_EVERY:
                last = time.monotonic()
                self.say(f"  {count:,} entries")

    def tell(self, compared: Iterable[Compared]) -> None:
        """Say what came of comparisons, and count it."""
        for one in compared:
            self.rows += one.rows
            self.differences += len(one.differences)
            self.say(str(one))


def choose(traded: Traded, count: int, chance: Random) -> Chosen:
    """So many days by chance, of each a basket that paid cash; no till was counted there."""
    paid = traded.baskets[traded.baskets["cash"] > traded.baskets["change"]]
    paid = paid[~paid["branch"].map(has_till).astype(bool)]
    days = paid.drop_duplicates(["branch", "day"])
    rows = zip(*(days[name].to_list() for name in ("branch", "day", "basket")), strict=True)
    every = list(rows)
    return {
        (branch, on): basket for branch, on, basket in chance.sample(every, min(count, len(every)))
    }


def _in_order(engine: Engine, traded: Traded, said: _Said) -> None:
    chosen = choose(traded, _DAYS, Random(50))
    journals = stores(traded.lines, traded.baskets, {}, chosen)
    _publish(engine, traded.lines, said)
    with said.timed(f"{len(traded.lines):,} lines of {len(journals)} stores are taken in"):
        said.follow(deliver(engine, journals))
    _compare(engine, traded, said, "as delivered, store by store")
    before = digests(engine)
    with said.timed("rebuilt from the journals, of nothing"):
        mended = rebuild_of_nothing(engine, journals)
    after = digests(engine)
    rows = Compared(
        "rows of the aggregates", mended, () if before == after else (f"{before}, {after}",)
    )
    said.tell([rows])
    close_again(engine, journals, chosen)
    said.say(f"{len(chosen)} days are closed again")
    _compare(engine, traded.paid_by_card(chosen), said, "after that")
    said.say("as first closed:")
    said.tell(dimensions(engine, traded, revision=1))


def _in_another_order(engine: Engine, traded: Traded, said: _Said) -> None:
    late = choose(traded, _DAYS, Random(51))
    journals = stores(traded.lines, traded.baskets, late, ())
    _publish(engine, traded.lines, said)
    with said.timed(f"delivered in another order, {len(late)} baskets after their days"):
        said.follow(deliver(engine, journals, Random(52)))
    _compare(engine, traded, said, "in another order")
    said.say("as first closed, without what came late:")
    said.tell(dimensions(engine, traded.without(late), revision=1))


def _publish(engine: Engine, lines: DataFrame, said: _Said) -> None:
    with said.timed("stores, goods and members are published"):
        chain_masters.publish(engine, lines)


def _compare(engine: Engine, traded: Traded, said: _Said, when: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    said.say(f"{when}:")
    said.tell(dimensions(engine, traded))
    said.tell(definitions(engine, traded))


def rebuild_of_nothing(engine: Engine, journals: Sequence[Store]) -> int:
    """Lose every aggregate, and work all of it out anew; answers how many rows that were."""
    with engine.begin() as connection:
        for table in (*SUMMED, fresh):
            connection.exec_driver_sql(f"TRUNCATE {table.name}")
    return sum(one.mended for one in rebuild.rebuild(engine, [store.branch for store in journals]))


def digests(engine: Engine) -> dict[str, tuple[int, int]]:
    """How many rows the summed tables have, and a sum of what stands in them, in whatever order."""
    with engine.connect() as connection:
        return {
            table.name: tuple(
                connection.exec_driver_sql(
                    f"SELECT count(*), sum(hashtextextended(CAST(one AS text), 0)) FROM {table.name} AS one"  # noqa: S608 - names of our own
                ).one()
            )
            for table in SUMMED
        }


def _control(engine: Engine, totals: ControlTotals) -> Iterator[Compared]:
    """The totals that others computed: of all, by store, by month, and what promotions took off."""
    wanted: dict[tuple[str, str], int] = {
        ("", name): totals[name]
        for name in ("baskets", "rows", "quantity", "sales_value_cents", "retail_disc_cents")
    }
    for key in ("branch", "month"):
        of_each = totals[_CONTROLLED[key]]
        wanted |= {
            (key, f"S{one}" if key == "branch" else f"{one}-01"): held
            for one, held in of_each.items()
        }
    held: dict[tuple[str, str], int] = {}
    with engine.connect() as connection:
        known = known_branches(connection)
        for by in _CONTROLLED:
            told = answer(connection, Question(known, FIRST, LAST, (by,)), NOW)
            held |= {(by, row.keys[0]): row.figures.sales for row in told.rows}
        promoted = answer(connection, Question(known, FIRST, LAST, ("promotion",)), NOW).total
    total = told.total
    held |= {
        ("", "baskets"): total.receipts or 0, ("", "rows"): total.lines,
        ("", "quantity"): total.quantity // 1000, ("", "sales_value_cents"): total.sales,
        ("", "retail_disc_cents"): promoted.discount,
    }  # fmt: skip
    found = differ(
        {key: (one,) for key, one in wanted.items()}, {key: (one,) for key, one in held.items()}
    )
    yield Compared("CONTROL_TOTALS.json", len(held), tuple(found))
