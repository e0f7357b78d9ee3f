"""The stores of completejourney at headquarters: every report by store and month against sums of the file.

    the file says            headquarters takes in
    a basket of a store      a receipt of its branch, with its household as the member
    a product                an item, of its category below its department
    retail discount          a promotion; what else differs from price × quantity is an override that says so
    coupons                  a tender, up to what is owed; the rest is cash

Journals are kept and projected by the code that applies them. `python -m tests.journeys.consolidated` takes in
the whole file, rebuilds, closes 50 days again, and delivers once more in another order.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from pyarrow import Table, array, compute, parquet, scalar, timestamp
from sqlalchemy import Engine, insert, text

from hq.consolidation import rebuild, taking
from hq.consolidation.figures import answer
from hq.consolidation.held import Spoken, keep
from hq.consolidation.question import Dimension, Question
from hq.reports.branches import known_branches
from ops.demo.source import data_file
from ops.embedded_postgres import EmbeddedPostgres
from replication import journal
from replication.streams import journal_of
from schemas.domain.day import DayClosed, DayOpened, DayReopened, DayTotals
from schemas.domain.ticket import Control, Discount, SaleLine, TenderLine, Ticket
from schemas.tables import sales_store
from schemas.tables.base import open_postgres
from schemas.tables.catalogue import category
from schemas.tables.migrate import upgrade
from schemas.wire import entries
from schemas.wire.entries import Fact
from tests.hq.day_builder import ensure_journal, instant_of
from tests.journeys.found import folder

NOW = datetime(2017, 9, 2, tzinfo=UTC)
_BATCH = 500
_UNTIL = datetime(2017, 9, 1)  # noqa: DTZ001 - the file names no zone
#: What is compared: the columns of the file by which it is grouped, and how the question calls them.
_BY: dict[Dimension, str] = {
    "day": "day", "hour": "hour", "item": "item", "category": "category", "operator": "operator",
    "member": "member",
}  # fmt: skip


def cents(column: str, table: Table) -> list[int]:
    """A column of amounts in hundredths."""
    return [round(one * 100) for one in table[column].to_pylist()]


def read(stores: Sequence[int] | None = None) -> Table:
    """The lines of the file, of these stores or of all, with the keys by which reports group them."""
    lines = parquet.read_table(data_file("transactions"))
    # The control totals are of eight months; the package has the whole year.
    within = compute.less(lines["transaction_timestamp"], scalar(_UNTIL, timestamp("ns")))
    lines = lines.filter(within)
    if stores is not None:
        lines = lines.filter(compute.is_in(lines["store_id"], value_set=array(list(stores))))
    products = parquet.read_table(data_file("products")).to_pydict()
    of = {
        product: f"{department}/{kind or ''}"
        for product, department, kind in zip(
            products["product_id"],
            products["department"],
            products["product_category"],
            strict=True,
        )
    }
    at = lines["transaction_timestamp"].cast(timestamp("us"))
    store, household = lines["store_id"].to_pylist(), lines["household_id"].to_pylist()
    columns: dict[str, object] = {
        "branch": [f"S{one}" for one in store],
        "month": compute.strftime(at, format="%Y-%m-01"),
        "day": compute.strftime(at, format="%Y-%m-%d"),
        "hour": compute.strftime(at, format="%H"),
        "item": [str(one) for one in lines["product_id"].to_pylist()],
        "category": [of.get(one, "unknown/") for one in lines["product_id"].to_pylist()],
        "operator": [f"S{one}-C{who % 3}" for one, who in zip(store, household, strict=True)],
        "member": [f"H{one}" for one in household],
        "basket": lines["basket_id"], "at": at,
        "thousandths": [one * 1000 for one in lines["quantity"].to_pylist()],
        "sales": cents("sales_value", lines), "retail": cents("retail_disc", lines),
        "coupon": cents("coupon_disc", lines),
    }  # fmt: skip
    return Table.from_pydict(columns)


@dataclass
class Store:
    """A branch and its journal, by day."""

    branch: str
    facts: list[Fact] = field(default_factory=list)
    told: int = 0

    def tell(self, engine: Engine, count: int) -> None:
        """Have headquarters take in what comes next."""
        facts = self.facts[self.told : self.told + count]
        self.told += len(facts)
        name = journal_of(self.branch)
        with engine.begin() as connection:
            ensure_journal(connection, self.branch)
            drafts = [
                journal.Draft(*entries.kind_of(one), instant_of(one), entries.encode(one))
                for one in facts
            ]
            kept = journal.append(connection, name, drafts)
            keep(
                connection,
                [
                    Spoken(one, name, entry.epoch, entry.sequence)
                    for one, entry in zip(facts, kept, strict=True)
                ],
            )
            sales_store.write(connection, facts)

    def close_again(self, day: date, revision: int) -> None:
        """Open a day and close it once more."""
        at = datetime.combine(day, datetime.max.time(), UTC).replace(microsecond=0)
        self.facts.append(DayReopened(self.branch, day, revision, "M", "again", at))
        self.facts.append(_closed(self.branch, day, revision + 1))


def stores(lines: Table, prefix: str = "") -> list[Store]:
    """The branches with their journals; a prefix makes them others, which sold the same."""
    rows = lines.sort_by([("branch", "ascending"), ("at", "ascending"), ("basket", "ascending")])
    found: dict[str, Store] = {}
    day: dict[str, date] = {}
    for basket in _baskets(rows):
        branch = prefix + basket[0]["branch"]
        store = found.setdefault(branch, Store(branch))
        on = date.fromisoformat(basket[0]["day"])
        if day.get(branch) != on:
            if branch in day:
                store.facts.append(_closed(branch, day[branch], 1))
            day[branch] = on
            store.facts.append(DayOpened(branch, on, "M", basket[0]["at"].replace(tzinfo=UTC)))
        store.facts.append(_ticket(branch, prefix, on, basket))
    for branch, on in day.items():
        found[branch].facts.append(_closed(branch, on, 1))
    return list(found.values())


def _closed(branch: str, day: date, revision: int) -> DayClosed:
    at = datetime.combine(day, datetime.max.time(), UTC).replace(microsecond=0)
    return DayClosed(branch, day, revision, "M", at, DayTotals(0, 0, {"cash": 0}, {}), ())


def _baskets(rows: Table) -> Iterator[list[dict]]:  # type: ignore[type-arg]
    held: list[dict] = []  # type: ignore[type-arg]
    for batch in rows.to_batches(max_chunksize=20_000):
        for row in batch.to_pylist():
            if held and (row["branch"], row["basket"]) != (held[0]["branch"], held[0]["basket"]):
                yield held
                held = []
            held.append(row)
    if held:
        yield held


def _ticket(branch: str, prefix: str, on: date, basket: list[dict]) -> Ticket:  # type: ignore[type-arg]
    first = basket[0]
    total = sum(row["sales"] for row in basket)
    coupons = min(total, sum(row["coupon"] for row in basket))
    tenders = [TenderLine("coupon", coupons, "c")] if coupons else []
    if total - coupons or not tenders:
        tenders.append(TenderLine("cash", total - coupons))
    at = first["at"].replace(tzinfo=UTC)
    return Ticket(
        uuid=f"{branch}-{first['basket']}", branch=branch, lane=f"{branch}.01", counter=first["basket"],
        shift=f"{branch}-{on}", business_date=on, zone="UTC", started=at, committed=at,
        operator=prefix + first["operator"], lines=tuple(_lines(basket)), tenders=tuple(tenders),
        total=total, rounding=0, change=0, control=Control(0, 0, 0), member=first["member"],
    )  # fmt: skip


def _lines(basket: Iterable[dict]) -> Iterator[SaleLine]:  # type: ignore[type-arg]
    for number, row in enumerate(basket, 1):
        pieces = row["thousandths"] // 1000
        listed = row["sales"] + row["retail"]
        price = -(-listed // pieces) if pieces else 0
        rest = price * pieces - listed
        discounts = (
            [Discount("promotion", row["retail"], "retail", rule="RETAIL")] if row["retail"] else []
        )
        if rest:
            discounts.append(Discount("override", rest, "as recorded"))
        yield SaleLine(
            number=number, item=row["item"], name=row["item"], unit="piece",
            quantity=row["thousandths"], list_price=price, amount=row["sales"],
            category=row["category"], discounts=tuple(discounts),
        )  # fmt: skip


def found_publish(engine: Engine, lines: Table) -> None:
    """Publish the tree of categories: departments above their product categories."""
    codes = sorted(set(lines["category"].to_pylist()))
    rows = [(one, one.partition("/")[0]) for one in codes]
    rows += [(one, "") for one in sorted({parent for _, parent in rows})]
    shared = {"stream": "feed:chain", "generation": 1}
    with engine.begin() as connection:
        connection.execute(
            insert(category),
            [shared | {"key": c, "category": c, "name": c, "parent": parent} for c, parent in rows],
        )


def differences(engine: Engine, lines: Table, prefix: str = "") -> list[str]:
    """Where reports by store and month are not what the file says."""
    found: list[str] = []
    with engine.connect() as connection:
        known = tuple(
            one for one in known_branches(connection) if one.branch.startswith(f"{prefix}S")
        )
        for by, column in ({"": ""} | _BY).items():
            keys = [one for one in ("branch", "month", column) if one]
            grouped = lines.group_by(keys).aggregate(
                [("sales", "sum"), ("retail", "sum"), ("thousandths", "sum"), ("basket", "count_distinct"),
                 ("basket", "count")]
            )  # fmt: skip
            expected = {
                tuple(row[key] for key in keys): (
                    row["sales_sum"], row["thousandths_sum"], row["basket_count_distinct"], row["basket_count"],
                )
                for row in grouped.to_pylist()
            }  # fmt: skip
            asked: tuple[Dimension, ...] = ("branch", "month", *((by,) if by else ()))
            question = Question(known, date(2016, 12, 1), date(2017, 9, 1), asked)
            told = {
                tuple(key.removeprefix(prefix) for key in row.keys): (
                    row.figures.sales,
                    row.figures.quantity,
                    row.figures.receipts,
                    row.figures.lines,
                )
                for row in answer(connection, question, NOW).rows
            }
            found += [
                f"{key}: the file comes to {expected.get(key)}, the report to {told.get(key)}"
                for key in sorted({*expected, *told})
                if expected.get(key) != told.get(key)
            ]
    return found


def deliver(engine: Engine, journals: Sequence[Store], chance: Random | None = None) -> None:
    """All of it, store by store, or in slices by chance."""
    waiting = list(journals)
    while waiting:
        one = waiting[0] if chance is None else chance.choice(waiting)
        one.tell(engine, _BATCH if chance is None else chance.randrange(1, 2 * _BATCH))
        waiting = [store for store in waiting if store.told < len(store.facts)]
    taking.take_in(engine)


def close_days_again(engine: Engine, journals: Sequence[Store], count: int, chance: Random) -> None:
    """Open so many days, and close them once more."""
    closed = [
        (store, one.business_date)
        for store in journals
        for one in store.facts
        if isinstance(one, DayClosed)
    ]
    for store, day in chance.sample(closed, min(count, len(closed))):
        store.close_again(day, 1)
        store.tell(engine, _BATCH)


def main() -> int:
    """The whole file."""
    lines = read()
    with (
        tempfile.TemporaryDirectory(prefix="cw-") as place,
        EmbeddedPostgres(Path(place) / "postgres") as server,
    ):
        server.ensure_database("hq")
        upgrade(server.dsn("hq"), "hq")
        engine = open_postgres(server.dsn("hq"))
        wrong = list(_whole(engine, lines))
        engine.dispose()
    for one in wrong[:50]:
        sys.stdout.write(f"{one}\n")
    return 1 if wrong else 0


def _whole(engine: Engine, lines: Table) -> Iterator[str]:
    found_publish(engine, lines)
    chance, journals = Random(50), stores(lines)
    began = time.monotonic()
    deliver(engine, journals)
    _say(f"{lines.num_rows} lines of {len(journals)} stores in {time.monotonic() - began:.0f} s")
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    yield from differences(engine, lines)
    yield from _control(engine)
    began = time.monotonic()
    codes = [one.branch for one in journals]
    yield from (
        f"{one.branch}: {one.mended} rows were mended"
        for one in rebuild.rebuild(engine, codes)
        if one.mended
    )
    _say(f"rebuilt in {time.monotonic() - began:.0f} s")
    close_days_again(engine, journals, 50, chance)
    yield from differences(engine, lines)
    others = stores(lines, "X")
    deliver(engine, others, chance)
    yield from differences(engine, lines, "X")
    _say("closed 50 days again, and delivered in another order")


def _control(engine: Engine) -> Iterator[str]:
    """The independent totals, where they are."""
    place = folder()
    if place is None:
        return
    totals = json.loads((place / "CONTROL_TOTALS.json").read_text())["completejourney"]
    with engine.connect() as connection:
        question = Question(
            known_branches(connection), date(2016, 12, 1), date(2017, 9, 1), ("branch",)
        )
        told = answer(connection, question, NOW)
    wanted = (
        totals["baskets"],
        totals["rows"],
        totals["quantity"] * 1000,
        totals["sales_value_cents"],
    )
    figures = told.total
    held = (figures.receipts, figures.lines, figures.quantity, figures.sales)
    if held != wanted:
        yield f"CONTROL_TOTALS.json has {wanted}, the report {held}"
    by_store = {row.keys[0][1:]: row.figures.sales for row in told.rows}
    if by_store != totals["sales_value_cents_by_store"]:
        yield "the stores' totals are not those of CONTROL_TOTALS.json"


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
