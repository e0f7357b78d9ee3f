"""Rows pasted from a spreadsheet: read as an import reads them, shown beside what is there, published whole."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from hq import (
    barcode_holders,
    catalogue_export,
    catalogue_import,
    import_runs,
    item_grid,
    items,
    price_changes,
    uploads,
)
from hq.catalogue_export import EXPORTS
from hq.catalogue_import import ImportRefusedError, Order
from hq.import_work import ImportWorker
from hq.item_grid import GridError, Look
from hq.items import ItemError, ItemQuery
from replication.console.csv_file import Problem
from replication.console.spreadsheet_cell import guarded
from tests.hq.conftest import ADMIN, APPROVER, BUYER, NOON, Chain

SOON = NOON + timedelta(minutes=1)


def stocked(chain: Chain) -> None:
    """Give the chain one of everything that can be exported."""
    chain.load("taxes", "tax_code,rate\nvat,13\nfood,9.5\n")
    chain.load("items", "item,name,category,unit,tax_code,stocked,barcode\n2001,'=酱油,01,瓶,vat,,6901234567892\n"
               '2002,"a ""b"", c",01,kg,,no,\n2003,\'\'-x,01,piece,,,\n')  # fmt: skip
    chain.load("units", "item,unit,factor\n2001,箱,12\n1001,bag,0.5\n")
    chain.load("barcodes", "barcode,item,unit\n96385074,1001,bag\n012345678905,2001,箱\n7,1002,piece\n"
               "123456789,1003,box\n16901234567899,2003,piece\nX-1,2003,piece\n04252614,2002,kg\n")  # fmt: skip
    chain.load("costs", "item,unit,cost\n2001,箱,60\n1001,piece,1.5\n")
    chain.load("delivery_prices", "item,unit,price\n2001,箱,66\n")
    chain.load("suppliers", "supplier,name,closed\nS1,Farm,\nS2,Old,yes\n")
    chain.load("minimum_margins", "category,margin\n01,20\n01-1,12.50\n")
    document = chain.load(
        "prices", "item,unit,tier,price\n1001,piece,,3.50\n1001,piece,gold,3\n2001,箱,,70\n", BUYER
    )
    assert document is not None
    with chain.hq.engine.begin() as connection:
        price_changes.approve(connection, document, APPROVER, NOON)
        price_changes.publish(connection, document, APPROVER, NOON)


def test_what_is_exported_changes_nothing_when_it_is_imported(chain: Chain) -> None:
    stocked(chain)
    for kind, export in EXPORTS.items():
        with chain.hq.engine.connect() as connection:
            rows = list(catalogue_export.every(connection, kind, 2))
            assert rows, kind
            text = io.StringIO()
            csv.writer(text).writerows(
                [export.columns, *([guarded(one) for one in row] for row in rows)]
            )
            plan = catalogue_import.plan(
                connection,
                kind,
                text.getvalue().encode(),
                member_key=chain.hq.member_key,
                decimals=2,
            )
        assert plan.problems == (), kind
        assert (plan.reading.new, plan.reading.changed) == (0, 0), kind
    with chain.hq.engine.connect() as connection:
        codes = [row[0] for row in catalogue_export.every(connection, "barcodes", 2)]
        names = [
            row[1] for row in catalogue_export.every(connection, "items", 2, of=["2001", "2003"])
        ]
    assert codes == [
        "7", "96385074", "123456789", "0012345678905", "0042100005264", "6901234567892",
        "16901234567899", "X-1",
    ]  # fmt: skip
    assert names == ["=酱油", "'-x"]


def look(chain: Chain, kind: str, text: str, seen: str) -> Look:
    with chain.hq.engine.connect() as connection:
        rows = item_grid.parse(kind, text)
        return item_grid.look(
            connection, kind, rows, SOON, seen=seen, member_key=chain.hq.member_key, decimals=2
        )


def mark(chain: Chain) -> str:
    with chain.hq.engine.begin() as connection:
        return item_grid.mark(connection, NOON)


def publish(chain: Chain, kind: str, text: str, seen: str) -> str | None:
    with chain.hq.engine.begin() as connection:
        rows = item_grid.parse(kind, text)
        held = item_grid.look(
            connection, kind, rows, SOON, seen=seen, member_key=chain.hq.member_key, decimals=2
        )
        return item_grid.apply(connection, held, Order(BUYER, SOON, "grid", SOON))


PASTED = '1001\t红苹果\t01-1\tpiece\tnone\tyes\r\n1002\t梨\t01\tpiece\tnone\tyes\n2009\t"新\t品"\t01\tkg\t\t\n'


def test_rows_are_shown_beside_what_is_there_and_published_together(chain: Chain) -> None:
    seen = mark(chain)
    held = look(chain, "items", PASTED.replace("新\t品", "新品"), seen)
    assert [row.standing for row in held.rows] == ["changed", "unchanged", "new"]
    assert held.rows[0].changed == (1,)
    assert held.rows[0].before == ("1001", "苹果", "01-1", "piece", "none", "yes")
    publish(chain, "items", PASTED.replace("新\t品", "新品"), seen)
    with chain.hq.engine.connect() as connection:
        text = item_grid.shown(connection, "items", ["1001", "2009"], 2)
    assert text.splitlines() == [
        "item\tname\tcategory\tunit\ttax_code\tstocked", "1001\t红苹果\t01-1\tpiece\tnone\tyes",
        "2009\t新品\t01\tkg\t\tyes",
    ]  # fmt: skip


def test_what_somebody_changed_meanwhile_is_shown_before_it_is_overwritten(chain: Chain) -> None:
    seen = mark(chain)
    chain.load("items", "item,name,category,unit,tax_code\n1001,青苹果,01-1,piece,none\n")
    held = look(chain, "items", PASTED.replace("新\t品", "x"), seen)
    (problem,) = held.rows[0].problems
    assert "it says 1001 · 青苹果 · 01-1 · piece · none · yes now" in str(problem)
    with pytest.raises(ImportRefusedError):
        publish(chain, "items", PASTED.replace("新\t品", "x"), seen)
    publish(chain, "items", PASTED.replace("新\t品", "x"), held.mark)
    with chain.hq.engine.connect() as connection:
        assert items.sheet(connection, "1001", SOON).row.name == "红苹果"


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("items", "1001\ta\t77\tpiece\t\t", "there is no category 77"),
        ("units", "1001\tbag\t0", "more than nought"),
        ("barcodes", "6901234567890\t1001\tpiece", "wrong check digit"),
        ("barcodes", "6901234567892\t1001\tpiece\n06901234567892\t1002\tpiece", "stands in line 1"),
        ("costs", "1001\tpiece\t-1", "not below nought"),
        ("prices", "1001\tpiece\t\tx", "x is no number"),
    ],
)
def test_a_row_is_refused_as_an_import_refuses_it(
    chain: Chain, kind: str, text: str, said: str
) -> None:
    held = look(chain, kind, text, mark(chain))
    assert not held.is_right
    assert any(said in str(one) for row in held.rows for one in row.problems)
    with pytest.raises(ImportRefusedError):
        publish(chain, kind, text, mark(chain))


def test_what_is_no_grid_is_refused(chain: Chain) -> None:
    for text, said in (
        ("", "There is no row"),
        ("item\tname\n", "There is no row"),
        ("1\t2\t3\t4\t5\t6\t7", "Row 1 has 7 cells; there are 6 columns"),
        ('1\t"a" b', "quotation marks"),
        ("1\n" * 501, "501 rows are more than the 500"),
    ):
        with pytest.raises(GridError, match=said):
            item_grid.parse("items", text)
    with pytest.raises(GridError, match="not made here"):
        look(chain, "items", PASTED, "yesterday")
    (row,) = item_grid.parse("items", "name\titem\na\t1001\n")
    assert (row.cells["item"], row.cells["name"], row.cells["unit"]) == ("1001", "a", "")


def test_a_barcode_stands_for_one_item_in_one_unit(chain: Chain) -> None:
    """It is refused by the name of its holder, and moved where the file names that one, or it is taken away."""
    stocked(chain)
    taken = "barcode,item,unit\n06901234567892,1001,piece\n6901234567892,2001,箱\n"
    with pytest.raises(ImportRefusedError):
        chain.load("barcodes", taken)
    with chain.hq.engine.connect() as connection:
        plan = catalogue_import.plan(
            connection, "barcodes", taken.encode(), member_key="", decimals=2
        )
    assert "stands for item 2001 (=酱油), unit 瓶" in str(plan.problems[0])
    with pytest.raises(ImportRefusedError):
        chain.load("barcodes", "barcode,item,unit,from_item\n6901234567892,1001,piece,1002\n")
    chain.load("barcodes", "barcode,item,unit,from_item\n6901234567892,1001,piece,2001\n")
    with chain.hq.engine.begin() as connection:
        for code, reason, said in (("6901234567892", " ", "Say why"), ("5", "x", "does not stand")):
            with pytest.raises(ItemError, match=said):
                items.release(connection, code, "1001", ADMIN, reason, SOON)
        items.release(connection, "6901234567892", "1001", ADMIN, "misprint", SOON)
        assert barcode_holders.holders(connection, ["06901234567892"]) == {}
    chain.load("barcodes", "barcode,item,unit\n6901234567892,1002,piece\n")


@pytest.mark.parametrize(
    ("way", "kind", "text", "wanted"),
    [
        ("import", "barcodes", "barcode,item,unit\n6901234567892,1001,piece\n", "1001, unit piece"),
        ("import", "barcodes", "barcode,item,unit\n6901234567892,2001,箱\n", "2001, unit 箱"),
        ("import", "items", "item,name,category,unit,tax_code,barcode\n3001,x,01,piece,,6901234567892\n",
         "3001, unit piece"),
        ("grid", "barcodes", "06901234567892\t1001\tpiece", "1001, unit piece"),
        ("slices", "barcodes", "barcode,item,unit\n6901234567892,1001,piece\n", "1001, unit piece"),
    ],
)  # fmt: skip
def test_a_barcode_that_is_held_is_refused_by_both_items_and_the_way_out(
    chain: Chain, way: str, kind: str, text: str, wanted: str
) -> None:
    stocked(chain)
    with chain.hq.engine.begin() as connection:
        if way == "import":
            plan = catalogue_import.plan(connection, kind, text.encode(), member_key="", decimals=2)
            (problem,) = plan.problems
        elif way == "grid":
            rows = item_grid.parse(kind, text)
            (row,) = item_grid.look(
                connection, kind, rows, SOON, seen=item_grid.mark(connection, NOON), member_key="",
                decimals=2,
            ).rows  # fmt: skip
            (problem,) = row.problems
    if way == "slices":
        clock, directory = chain.hq.clock, chain.hq.settings.data / uploads.DIRECTORY
        with chain.hq.engine.begin() as connection:
            upload = uploads.keep(directory, text.encode())
            run = import_runs.begin(connection, kind, upload, kind, BUYER, NOON)
        ImportWorker(chain.hq.engine, clock, directory, 2).work(run)
        with chain.hq.engine.connect() as connection:
            (found,) = import_runs.problems(connection, run)
        problem = Problem(found.line, found.column, found.reason)
    assert problem.column == "barcode"
    assert "stands for item 2001 (=酱油), unit 瓶" in str(problem)
    assert f"cannot stand for item {wanted}, too" in str(problem)
    assert "take it away there first, or name 2001 in the column from_item" in str(problem)


def test_what_is_doubtful_among_the_barcodes_is_found(chain: Chain) -> None:
    stocked(chain)
    chain.load("label_layouts", "layout,prefix,item_digits,value,value_digits,second_digits,amount_decimals,"
               "weight_decimals,check_from,declared\na,21,5,amount,5,0,2,3,right,no\n")  # fmt: skip
    chain.load(
        "barcodes",
        "barcode,item,unit\n000000000000000096385074,1002,piece\n2112345678900,1003,box\n",
    )
    with chain.hq.engine.connect() as connection:
        found = {
            doubt: [one.barcode for one in barcode_holders.doubtful(connection, doubt)]
            for doubt in barcode_holders.DOUBTS
        }
    assert found["digits"] == ["000000000000000096385074", "00000096385074"]
    assert found["nothing"] == []
    assert found["label"] == ["02112345678900"]
    assert "00000123456789" in found["check"]


def test_items_are_found_by_code_name_barcode_and_category(chain: Chain) -> None:
    stocked(chain)
    chain.load("item_sources", "item,supplier,unit\n2001,S1,箱\n")
    with chain.hq.engine.connect() as connection:

        def codes(**asked: str) -> list[str]:
            return [one.item for one in items.find(connection, ItemQuery(**asked), SOON)]  # type: ignore[arg-type]

        assert codes(find="100") == ["1001", "1002", "1003"]
        assert codes(find="油") == codes(find="6901234567892") == ["2001"]
        assert codes(category="01-1") == ["1001", "1003"]
        assert codes(category="01", after="1003") == ["2001", "2002", "2003"]
        assert codes(find="nothing") == []
        assert codes(supplier="S1") == codes(supplier="S1", find="油") == ["2001"]
        assert codes(supplier="S2") == []
        sheet = items.sheet(connection, "2001", SOON)
        with pytest.raises(ItemError, match="no item 9"):
            items.sheet(connection, "9", SOON)
    assert [(one.unit, one.factor, one.prices) for one in sheet.packs] == [
        ("瓶", 1000, ()), ("箱", 12_000, (("feed:chain", 7000),)),
    ]  # fmt: skip
    assert sheet.row.cost is not None
    assert sheet.row.cost.price == 6000
