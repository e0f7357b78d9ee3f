"""Large imports: looked at as a whole, applied in slices, and gone on with after whatever ended them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select

from hq import import_runs, import_work, price_changes, uploads
from hq.import_runs import ImportRunError, Run
from hq.import_work import ImportWorker
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import barcode, item
from schemas.tables.feed import feed_record
from tests.hq.conftest import APPROVER, BUYER, NOON, Chain

HEADER = "item,name,category,unit,tax_code,barcode\n"
#: Ten rows: one wrong check digit, one that bears an earlier row's barcode by another spelling, one without a category.
ROWS = (
    "A1,a,01,piece,,4006381333931\nA2,a,01,piece,,4006381333932\nA3,a,01,piece,,\n"
    "A4,a,01,piece,,012345678905\nA5,a,01,piece,,\nA6,a,99,piece,,\nA7,a,01,piece,,0012345678905\n"
    "A8,=a,01,piece,,\nA9,a,01,piece,,5\nB1,a,01,piece,,96385074\n"
)


@pytest.fixture
def worker(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> ImportWorker:
    """Give what imports three rows at a time."""
    monkeypatch.setattr(import_work, "SLICE", 3)
    return made(chain)


def made(chain: Chain) -> ImportWorker:
    settings = chain.hq.settings
    return ImportWorker(chain.hq.engine, chain.hq.clock, settings.data / uploads.DIRECTORY, 2)


def begin(chain: Chain, text: str | bytes, kind: str = "items") -> int:
    data = text.encode() if isinstance(text, str) else text
    upload = uploads.keep(chain.hq.settings.data / uploads.DIRECTORY, data)
    with chain.hq.engine.begin() as connection:
        return import_runs.begin(connection, kind, upload, kind, BUYER, NOON)


def workbook(text: str) -> bytes:
    """The same rows as a workbook, which the worker reads."""
    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(text.splitlines()):
            for column, cell in enumerate(line.split(",")):
                sheet.write_string(number, column, cell)
    data = output.getvalue()
    assert import_work.read_file("items", data) == text.encode()
    return data


def confirm(chain: Chain, run: int, *, leave_out: bool = True) -> None:
    with chain.hq.engine.begin() as connection:
        import_runs.confirm(connection, run, BUYER, NOON, leave_out=leave_out)


def standing(chain: Chain, run: int) -> Run:
    with chain.hq.engine.connect() as connection:
        return import_runs.find(connection, run)


def held(chain: Chain) -> list[str]:
    with chain.hq.engine.connect() as connection:
        query = select(item.c.item).where(item.c.item.like("A%") | item.c.item.like("B%"))
        return list(connection.execute(query.order_by(item.c.item)).scalars())


RIGHT = ["A1", "A3", "A4", "A5", "A8", "A9", "B1"]


@pytest.mark.parametrize("data", [HEADER + ROWS, workbook(HEADER + ROWS)], ids=["csv", "workbook"])
def test_a_file_is_looked_at_and_its_right_rows_applied(
    chain: Chain, worker: ImportWorker, data: str | bytes
) -> None:
    run = begin(chain, data)
    assert worker.work(run)
    found = standing(chain, run)
    assert (found.state, found.rows, found.new, found.problems) == ("ready", 10, 7, 3)
    assert held(chain) == []
    with chain.hq.engine.connect() as connection:
        told = [str(one) for one in import_runs.problems(connection, run)]
        assert import_runs.problems(connection, run, after=(3, 0), limit=1)[0].line == 7
    assert told == [
        "line 3, barcode: 4006381333932 has a wrong check digit",
        "line 7, category: there is no category 99; import categories first",
        "line 8, barcode: 00012345678905 stands in line 5 already",
    ]
    with pytest.raises(ImportRunError, match="3 rows of the file are wrong"):
        confirm(chain, run, leave_out=False)
    confirm(chain, run)
    worker.work(run)
    found = standing(chain, run)
    assert (found.state, found.done, found.new, found.changed) == ("done", 10, 7, 0)
    assert held(chain) == RIGHT
    again = begin(chain, data)
    worker.work(again)
    assert (standing(chain, again).new, standing(chain, again).changed) == (0, 0)


def test_it_goes_on_behind_the_slice_at_which_the_program_ended(
    chain: Chain, worker: ImportWorker
) -> None:
    """Ended while it is read, and while it is applied; nothing is applied twice, and nothing is missing."""
    run = begin(chain, HEADER + ROWS)

    def die(_: Run) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        worker.work(run, die)
    assert (standing(chain, run).state, standing(chain, run).line) == ("reading", 4)
    # The same file is the same run.
    assert begin(chain, HEADER + ROWS) == run
    made(chain).work(run)
    confirm(chain, run)
    with pytest.raises(KeyboardInterrupt):
        made(chain).work(run, die)
    assert (standing(chain, run).state, standing(chain, run).line) == ("applying", 4)
    assert held(chain) == ["A1", "A3"]
    before = numbers(chain)
    made(chain).work(run)
    assert standing(chain, run).state == "done"
    assert held(chain) == RIGHT
    assert {key: number for key, number in numbers(chain).items() if key in before} == before


def numbers(chain: Chain) -> dict[Any, int]:
    with chain.hq.engine.connect() as connection:
        row = feed_record.c
        return {
            (one.kind, one.key): one.number
            for one in connection.execute(select(row.kind, row.key, row.number))
        }


def test_what_became_wrong_meanwhile_stops_it_and_is_named(
    chain: Chain, worker: ImportWorker
) -> None:
    run = begin(chain, HEADER + ROWS)
    worker.work(run)
    chain.load("barcodes", "barcode,item,unit\n96385074,1001,piece\n")
    confirm(chain, run)
    worker.work(run)
    found = standing(chain, run)
    assert found.state == "stopped"
    assert found.why is not None
    assert "96385074" in found.why["params"]["reason"]
    assert "1001" in found.why["params"]["reason"]
    assert held(chain) == RIGHT[:-1]


def test_others_publish_between_slices(chain: Chain, worker: ImportWorker) -> None:
    """An urgent price change is drafted, approved and published while an import is at work."""
    text = HEADER + "".join(f"A{number:03},a,01,piece,,\n" for number in range(9))
    run = begin(chain, text)
    worker.work(run)
    confirm(chain, run)
    told: list[tuple[int, int]] = []

    def change_price(now: Run) -> None:
        cells = [PriceCell("1001", "piece", "", 100 + now.done)]
        with chain.hq.engine.begin() as connection:
            new = NewPriceChange("urgent", CHAIN_FEED, NOON, None, cells)
            document = price_changes.draft(connection, new, BUYER, NOON)
            price_changes.approve(connection, document, APPROVER, NOON)
            number = price_changes.publish(connection, document, BUYER, NOON + timedelta(seconds=1))
        told.append((number, len(held(chain))))

    worker.work(run, change_price)
    assert [count for _, count in told] == [3, 6, 9]
    last = max(number for key, number in numbers(chain).items() if key[0] == "item")
    assert told[0][0] < told[1][0] < last < told[2][0]


def test_a_person_stops_it_and_somebody_at_work_is_left_alone(
    chain: Chain, worker: ImportWorker, later: Callable[[int], Any]
) -> None:
    run = begin(chain, HEADER + ROWS)
    worker.work(run)
    confirm(chain, run)
    other: list[bool] = []

    def stop(_: Run) -> None:
        other.append(made(chain).work(run))
        with chain.hq.engine.begin() as connection:
            import_runs.stop(connection, run, BUYER, later(1))

    worker.work(run, stop)
    assert other == [False]
    assert standing(chain, run).state == "stopped"
    assert held(chain) == ["A1", "A3"]
    confirm(chain, run)
    worker.work(run)
    assert held(chain) == RIGHT
    with chain.hq.engine.connect() as connection:
        codes = connection.execute(select(func.count()).select_from(barcode)).scalar_one()
    assert codes == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER.replace("name", "nam") + ROWS, "Unknown: nam"),
        (HEADER + ROWS + "C1,a\n", "Line 12 has 2 cells"),
        (HEADER + ROWS + 'C1,"a', "has no line break"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    chain: Chain, worker: ImportWorker, text: str, said: str
) -> None:
    run = begin(chain, text)
    worker.work(run)
    found = standing(chain, run)
    assert found.state == "refused"
    assert found.why is not None
    assert said in found.why["text"] % found.why["params"]
    assert held(chain) == []
