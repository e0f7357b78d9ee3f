"""Imports: what a broken file is told, that it changes nothing, and what a whole one does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from hq import catalogue_import, price_changes, staff
from hq.catalogue_import import ImportRefusedError, Order, Plan
from replication.console.csv_file import CsvFileError
from replication.credentials import verify
from replication.sealing import unseal
from schemas.tables.catalogue import TABLES, barcode, item, member, operator
from schemas.tables.feed import feed_record
from schemas.tables.staff import audit
from tests.hq.conftest import APPROVER, BUYER, CATEGORIES, ITEMS, NOON, OPERATORS, Chain

HEADERS = {"items": "item,name,category,unit,tax_code\n", "prices": "item,unit,tier,price\n"}


def plan_of(chain: Chain, kind: str, text: str | bytes) -> Plan:
    data = text.encode() if isinstance(text, str) else text
    with chain.hq.engine.connect() as connection:
        return catalogue_import.plan(
            connection, kind, data, member_key=chain.hq.member_key, decimals=2
        )


def everything(chain: Chain) -> dict[str, Any]:
    """All that an import could have changed."""
    with chain.hq.engine.connect() as connection:
        return {
            table.name: sorted(map(str, connection.execute(select(table))))
            for table in (*TABLES.values(), feed_record, audit)
        }


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(
            (HEADERS["items"] + "2001,酱油,01,瓶,none\n").encode("gb18030"),
            "not UTF-8: byte 38, in line 2, is 0xBD. It looks like GB18030",
            id="wrong-encoding",
        ),
        pytest.param(ITEMS.encode("utf-16"), "UTF-16, not UTF-8", id="utf-16"),
        pytest.param(
            b"item,nam,category,unit\n",
            "Missing: name, tax_code. Unknown: nam (≈ name)",
            id="wrong-columns",
        ),
        pytest.param(
            ITEMS[: len(ITEMS) - 20].encode(),
            "ends in the middle of line 3, which has no line break: it was cut",
            id="half-a-file",
        ),
        pytest.param(
            (HEADERS["items"] + "2001,酱油".rstrip()).encode()[:-1],
            "ends in the middle of a character, in line 2",
            id="half-a-character",
        ),
        pytest.param(
            (HEADERS["items"] + '2001,"酱油,01,瓶,none\n').encode(),
            "ends in the middle of line 2",
            id="an-open-quote",
        ),
        pytest.param(
            (HEADERS["items"] + "2001,a,01,piece\n").encode(),
            "Line 2 has 4 cells, the header has 5: 2001,a,01,piece",
            id="a-short-line",
        ),
        pytest.param(
            (HEADERS["items"] + '2001,"a"b,01,piece,\n').encode(),
            "check its quotation marks",
            id="text-behind-a-quote",
        ),
        pytest.param((HEADERS["items"] + "1\0,\n").encode(), "Line 2 holds a NUL", id="nul"),
        pytest.param(b"", "The file is empty", id="empty"),
    ],
)
def test_a_broken_file_is_told_why_and_changes_nothing(
    chain: Chain, data: bytes, said: str
) -> None:
    before = everything(chain)
    with pytest.raises(CsvFileError) as caught:
        chain.load("items", data)
    assert said in str(caught.value)
    assert everything(chain) == before


@pytest.mark.parametrize(
    ("kind", "rows", "problems"),
    [
        ("items", "2001,a,99,piece,none", ["line 2, category: there is no category 99"]),
        ("items", "2001,a,01,piece,vat", ["line 2, tax_code: there is no tax code vat"]),
        ("items", ",a,01,piece,", ["line 2, item: is empty"]),
        ("items", f"2001,{'a' * 201},01,piece,", ["line 2, name: has 201 characters; at most 200"]),
        ("items", "2001,a,01,piece,\n2001,b,01,piece,", ["line 3, item: 2001 stands in line 2"]),
        ("categories", "02,a,03\n03,b,02", ["would be below itself"] * 2),
        ("categories", "02,a,77", ["line 2, parent: there is no category 77"]),
        ("barcodes", "6901234567890,1001,piece", ["6901234567890 has a wrong check digit"]),
        ("barcodes", "6901234567892,1009,piece", ["line 2, item: there is no item 1009"]),
        ("barcodes", "6901234567892,1001,box", ["item 1001 is not sold by box"]),
        (
            "barcodes",
            "012345678905,1001,piece\n0012345678905,1002,piece",
            ["line 3, barcode: 00012345678905 stands in line 2"],
        ),
        (
            "label_layouts",
            "a,x1,5,amount,5,0,2,3,right,no",
            ["line 2, prefix: a prefix is two digits"],
        ),
        ("label_layouts", "a,69,5,amount,5,0,2,3,right,no", ["69 is not left to shops"]),
        ("label_layouts", "a,21,5,price,5,0,2,3,right,no", ["price is neither weight nor amount"]),
        ("label_layouts", "a,21,5,amount,5,0,2,3,up,no", ["up is neither left nor right"]),
        ("label_layouts", "a,21,5,amount,5,0,2,3,right,", ["line 2, declared: is empty"]),
        ("label_layouts", "a,21,0,amount,10,0,2,3,right,no", ["one digit at least"]),
        ("label_layouts", "a,21,5,amount,4,0,2,3,right,no", ["are 12 digits together"]),
        ("label_layouts", "a,21,5,amount,5,4,2,3,right,no", ["are 17 digits together"]),
        (
            "label_layouts",
            "a,21,5,amount,5,0,3,3,right,no",
            ["at most 2 decimals, a weight at most 3"],
        ),
        ("label_layouts", "a,21,5,amount,x,0,2,3,right,no", ["x is no number with at most 0"]),
        (
            "label_layouts",
            "a,21,5,amount,5,0,2,3,right,no\nw,21,5,weight,5,0,2,3,right,no",
            ["21 of 13 digits is read by layout w", "21 of 13 digits is read by layout a already"],
        ),
        (
            "label_layouts",
            "a,21,5,amount,5,0,2,3,right,no\na,22,5,amount,5,0,2,3,right,no",
            ["line 3, layout: a stands in line 2 already"],
        ),
        ("units", "1001,piece,6", ["piece is the base unit of item 1001"]),
        ("units", "1001,box,0", ["factor is more than nought"]),
        ("units", "1001,box,1.2345", ["1.2345 is no number with at most 3 decimals"]),
        ("taxes", "vat,101", ["a rate is between 0 and 100"]),
        ("prices", "1001,piece,,12.345", ["12.345 is no number with at most 2 decimals"]),
        ("prices", '1001,piece,,"1,000"', ["1,000 is no number"]),
        ("prices", "1001,piece,,-1", ["line 2, price: a price is not below nought"]),
        ("prices", "1001,piece,,1\n1001,piece,,2", ["line 3, item: 1001/piece/ stands in line 2"]),
        ("operators", "X,X,chef,,1234", ["chef is no role"]),
        ("operators", "X,X,cashier,,1234", ["a cashier works at a branch"]),
        ("operators", "X,X,cashier,N009,1234", ["there is no branch N009"]),
        ("operators", "X,X,cashier,N001,12", ["a PIN has 4 to 12 digits"]),
        ("operators", "X,X,buyer,,1234", ["a buyer signs in at a console; use at least 6 digits"]),
        ("members", "M1,,gold,,", ["line 2, name: is empty"]),
        ("exchange_rates", "USX,CNY,2026-11-23T08:00Z,7", ["USX is the code of no currency"]),
        ("exchange_rates", "CNY,CNY,2026-11-23T08:00Z,1", ["CNY needs no rate in itself"]),
        ("exchange_rates", "USD,CNY,2026-11-23T08:00,7", ["is no instant"]),
        ("exchange_rates", "USD,CNY,soon,7", ["soon is no instant"]),
        ("exchange_rates", "USD,CNY,2026-11-23T08:00Z,-1", ["a rate is nought"]),
        ("exchange_rates", "USD,CNY,2026-11-23T08:00Z,7.1234567", ["with at most 6 decimals"]),
        (
            "exchange_rates",
            "USD,CNY,2026-11-23T08:00Z,7\nUSD,CNY,2026-11-23T16:00+08:00,8",
            ["stands in line 2 already"],
        ),
    ],
)
def test_every_bad_row_is_told_and_none_is_imported(
    chain: Chain, kind: str, rows: str, problems: list[str]
) -> None:
    before = everything(chain)
    text = ",".join(catalogue_import.KINDS[kind].columns) + f"\n{rows}\n"
    plan = plan_of(chain, kind, text)
    assert len(plan.problems) == len(problems)
    for problem, words in zip(plan.problems, problems, strict=True):
        assert words in str(problem)
    with pytest.raises(ImportRefusedError, match="nothing of it was imported"):
        chain.load(kind, text)
    assert everything(chain) == before


def test_a_file_adds_and_changes_and_leaves_the_rest(chain: Chain) -> None:
    text = HEADERS["items"] + "1001,红苹果,01-1,piece,none\n1002,梨,01,piece,none\n2001,a,01,kg,\n"
    plan = plan_of(chain, "items", text)
    assert (plan.reading.new, plan.reading.changed, plan.reading.unchanged) == (1, 1, 1)
    chain.load("items", "\ufeff" + text)
    with chain.hq.engine.connect() as connection:
        query = select(item.c.item, item.c.name).order_by(item.c.item)
        held = {code: name for code, name in connection.execute(query)}  # noqa: C416 - typed rows
        told = connection.execute(
            select(feed_record.c.key, feed_record.c.number)
            .where(feed_record.c.kind == "item")
            .order_by(feed_record.c.number)
        ).all()
    assert held == {"1001": "红苹果", "1002": "梨", "1003": "茶", "2001": "a"}
    # What did not change keeps its number: no branch is sent it again.
    assert [key for key, _ in told] == ["1002", "1003", "1001", "2001"]
    assert plan_of(chain, "items", text).reading.unchanged == 3


def test_columns_may_stand_in_any_order_and_lines_end_as_windows_ends_them(chain: Chain) -> None:
    chain.load("barcodes", "unit,item,barcode\r\npiece,1001,6901234567892\r\n")
    with chain.hq.engine.connect() as connection:
        assert connection.execute(select(barcode.c.barcode)).scalars().all() == ["06901234567892"]


def test_rates_are_kept_as_integers_under_their_instant(chain: Chain) -> None:
    header = ",".join(catalogue_import.KINDS["exchange_rates"].columns) + "\n"
    chain.load("exchange_rates", header + "USD,CNY,2026-11-23T08:00+08:00,7.1234\n")
    again = header + "USD,CNY,2026-11-23T00:00Z,7.2\nUSD,CNY,2026-12-01T00:00Z,0\n"
    plan = plan_of(chain, "exchange_rates", again)
    assert (plan.reading.new, plan.reading.changed) == (1, 1)
    chain.load("exchange_rates", again)
    table = TABLES["exchange_rate"]
    with chain.hq.engine.connect() as connection:
        query = select(table.c.currency, table.c.starts, table.c.rate).order_by(table.c.starts)
        held = [tuple(row) for row in connection.execute(query)]
    assert held == [
        ("USD", datetime(2026, 11, 23, tzinfo=UTC), 7_200_000),
        ("USD", datetime(2026, 12, 1, tzinfo=UTC), 0),
    ]


def test_units_and_taxes_are_kept_as_integers(chain: Chain) -> None:
    chain.load("taxes", "tax_code,rate\nvat,13\n")
    chain.load("units", "item,unit,factor\n1001,case,12\n1001,bag,0.5\n")
    chain.load("barcodes", "barcode,item,unit\n6901234567892,1001,case\n")
    with chain.hq.engine.connect() as connection:
        unit, tax = TABLES["unit"], TABLES["tax"]
        factors = connection.execute(select(unit.c.factor).order_by(unit.c.unit)).scalars().all()
        rate = connection.execute(select(tax.c.rate).where(tax.c.tax_code == "vat")).scalar_one()
    assert (factors, rate) == ([500, 12_000], 1300)


def test_a_label_layout_is_held_against_those_of_the_chain(chain: Chain) -> None:
    """A layout may take another's prefix only in the file that gives that one another."""
    header = ",".join(catalogue_import.KINDS["label_layouts"].columns) + "\n"
    amounts = "a,21,5,amount,5,0,2,3,right,no\n"
    both = "we,99,5,weight,5,5,1,3,left,yes\n"
    chain.load("label_layouts", header + amounts + both)
    weights = "w,21,5,weight,5,0,2,3,right,no\n"
    refused = plan_of(chain, "label_layouts", header + weights)
    assert [str(one) for one in refused.problems] == [
        "line 2, prefix: 21 of 13 digits is read by layout a already"
    ]
    moved = header + weights + amounts.replace("21", "22")
    chain.load("label_layouts", moved)
    assert plan_of(chain, "label_layouts", moved).reading.unchanged == 2
    with chain.hq.engine.connect() as connection:
        held = TABLES["label_layout"]
        found = connection.execute(select(held).order_by(held.c.layout)).all()
    assert [(row.stream, row.layout, row.prefix, row.value) for row in found] == [
        ("feed:chain", "a", "22", "amount"),
        ("feed:chain", "w", "21", "weight"),
        ("feed:chain", "we", "99", "weight"),
    ]
    assert found[2][3:] == ("we", "99", 5, "weight", 5, 5, 1, 3, "left", True)


def test_personal_fields_of_members_rest_sealed(chain: Chain) -> None:
    text = "member,name,tier,phone,email\nM1,收银员一,gold,13800000000,a@example.org\n"
    chain.load("members", text)
    with chain.hq.engine.connect() as connection:
        row = connection.execute(select(member)).one()
        bodies = connection.execute(select(feed_record.c.body)).scalars().all()
    fields = unseal(chain.hq.member_key, "M1", row.sealed)
    assert fields == {"name": "收银员一", "phone": "13800000000", "email": "a@example.org"}
    assert not any(
        "收银员一".encode() in bytes(body) or b"1380000" in bytes(body) for body in bodies
    )
    assert plan_of(chain, "members", text).reading.unchanged == 1
    changed = plan_of(chain, "members", text.replace("gold", "silver"))
    assert (changed.reading.new, changed.reading.changed) == (0, 1)


def test_operators_reach_only_the_branches_where_they_work(chain: Chain) -> None:
    with chain.hq.engine.connect() as connection:
        told = connection.execute(select(operator).order_by(operator.c.operator)).all()
        people = {one.operator: one for one in staff.employees(connection)}
    assert [(row.stream, row.operator) for row in told] == [
        ("feed:branch:N001", "N001-C1"),
        ("feed:branch:N001", "N001-M"),
    ]
    assert verify(told[0].pin_hash, "1001")
    assert told[0].password_hash == ""
    assert verify(told[1].password_hash, "100001")
    assert people["REG"].branches == ("N001",)
    assert plan_of(chain, "operators", OPERATORS).reading.unchanged == 5


def test_who_moves_to_another_branch_is_taken_back_from_the_old_one(chain: Chain) -> None:
    chain.load("operators", "operator,name,role,branch,pin\nN001-C1,Cashier,cashier,N002,1001\n")
    with chain.hq.engine.connect() as connection:
        query = select(operator.c.stream).where(operator.c.operator == "N001-C1")
        assert connection.execute(query).scalars().all() == ["feed:branch:N002"]
        gone = select(feed_record.c.deleted).where(
            feed_record.c.stream == "feed:branch:N001", feed_record.c.key == "N001-C1"
        )
        assert connection.execute(gone).scalar_one()


def test_prices_become_a_draft_that_prices_nothing_yet(chain: Chain) -> None:
    text = HEADERS["prices"] + "1001,piece,,3.50\n1001,piece,gold,3\n1002,piece,,4\n"
    document = chain.load("prices", text, BUYER)
    assert document == "P000001"
    with chain.hq.engine.begin() as connection:
        held = price_changes.find(connection, document)
        assert (held.state, held.audience, held.row_count) == ("draft", "feed:chain", 3)
        told = select(func.count()).select_from(feed_record).where(feed_record.c.kind == "price")
        assert connection.execute(told).scalar_one() == 0
        price_changes.approve(connection, document, APPROVER, NOON)
        price_changes.publish(connection, document, APPROVER, NOON)
    again = plan_of(chain, "prices", text.replace("3.50", "3.60") + "1003,box,,9\n").reading
    assert (again.new, again.changed, again.unchanged) == (1, 1, 2)


def test_an_unknown_kind_names_those_there_are(chain: Chain) -> None:
    with pytest.raises(ImportRefusedError, match="“item”; there are categories, taxes, items"):
        chain.load("item", CATEGORIES)


def test_least_quantities_go_to_the_audience_that_they_name(chain: Chain) -> None:
    head = "audience,item,minimum\n"
    item_code = ITEMS.splitlines()[1].split(",")[0]
    wrong = plan_of(chain, "stock_minimums", f"{head}branch:nowhere,{item_code},1\nchain,x,-1\n")
    assert [str(one.reason) for one in wrong.problems] == [
        "branch:nowhere is no audience; write chain, group:<name> or branch:<code> of one that there is",
        "there is no item x; import items first",
        "a least quantity is not below nought",
    ]
    with chain.hq.engine.connect() as connection:
        branch_code = connection.execute(select(TABLES["branch"].c.branch)).scalars().first()
    rows = f"chain,{item_code},12\nbranch:{branch_code},{item_code},0.5\n"
    made = plan_of(chain, "stock_minimums", head + rows)
    assert (made.reading.new, made.problems) == (2, ())
    order = Order(BUYER, NOON, "", NOON)
    with chain.hq.engine.begin() as connection:
        catalogue_import.apply(connection, made, order)
        least = TABLES["stock_minimum"].c
        held = connection.execute(select(least.stream, least.minimum).order_by(least.stream)).all()
    assert [tuple(one) for one in held] == [
        (f"feed:branch:{branch_code}", 500), ("feed:chain", 12_000),
    ]  # fmt: skip
    assert plan_of(chain, "stock_minimums", head + rows).reading.unchanged == 2
