"""Rule 25: what posting a document does to stock, line by line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.stock.average import Holding
from schemas.domain.stock.document import DocumentKind, StockLine
from schemas.domain.stock.posting import Occasion, Posted, items_of, post
from tests.schemas.domain.samples import DAY

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEN = Holding(10_000, 3000, 3000, 10_000)


def line(
    quantity: int = 10_000, value: int | None = None, expected: int | None = None, damaged: int = 0,
    factor: int = 1000, item: str = "milk", number: int = 1, *, unknown: bool = False,
) -> StockLine:  # fmt: skip
    return StockLine(
        number,
        item,
        item,
        "piece",
        factor,
        quantity,
        value,
        expected,
        damaged,
        unknown_item=unknown,
    )


def posted(
    kind: DocumentKind, *lines: StockLine, held: Holding = TEN, final: bool = True
) -> Posted:
    occasion = Occasion("d", kind, DAY, AT, final=final)
    return post(occasion, lines, dict.fromkeys(items_of(lines), held))


@pytest.mark.parametrize(
    ("kind", "one", "held", "moves", "value"),
    [
        # what came costs what the line says, in base units of a pack
        ("receipt", line(2000, 900, factor=12_000), TEN, [("receipt", 24_000, 900)], 900),
        # nobody knows the cost: the average
        ("receipt", line(5000), TEN, [("receipt", 5000, 1500)], 1500),
        ("receipt", line(5000), Holding(), [("receipt", 5000, None)], None),
        # rule 25: two were sold at an unknown cost, twenty come at 3.30
        ("receipt", line(20_000, 6600), Holding(-2000), [("receipt", 20_000, 6600), ("variance", 0, -660)], 6600),
        # broken goods were refused; an unknown item moves nothing
        ("receipt", line(0, 0, expected=4000, damaged=4000), TEN, [], 0),
        ("receipt", line(3000, 500, unknown=True), TEN, [], None),
        ("transfer_out", line(4000), TEN, [("transfer_out", -4000, -1200)], 1200),
        ("return_to_vendor", line(10_000), TEN, [("return_to_vendor", -10_000, -3000)], 3000),
        ("write_off", line(1000), Holding(), [("write_off", -1000, None)], None),
        # a transfer: all of it, three missing, two broken, one too many
        ("transfer_in", line(10_000, 4000, 10_000), Holding(), [("transfer_in", 10_000, 4000)], 4000),
        ("transfer_in", line(7000, 4000, 10_000), Holding(), [("transfer_in", 10_000, 4000), ("transit_difference", -3000, -1200)], 4000),
        ("transfer_in", line(8000, 4000, 10_000, 2000), Holding(), [("transfer_in", 10_000, 4000), ("transit_difference", -2000, -800)], 4000),
        ("transfer_in", line(11_000, 4000, 10_000), Holding(), [("transfer_in", 10_000, 4000), ("transit_difference", 1000, 400)], 4000),
        ("transfer_in", line(0, 4000, 10_000), Holding(), [("transfer_in", 10_000, 4000), ("transit_difference", -10_000, -4000)], 4000),
        # nobody said what it was worth: the average here
        ("transfer_in", line(9000, None, 10_000), TEN, [("transfer_in", 10_000, 3000), ("transit_difference", -1000, -300)], 3000),
        # something that was never sent
        ("transfer_in", line(2000, None, 0), TEN, [("transit_difference", 2000, 600)], 0),
    ],
)  # fmt: skip
def test_what_a_line_moves(
    kind: DocumentKind, one: StockLine, held: Holding, moves: list[tuple[str, int, int | None]],
    value: int | None,
) -> None:  # fmt: skip
    done = posted(kind, one, held=held)
    assert [(move.reason, move.quantity, move.value) for move in done.moves] == moves
    assert done.lines[0].value == value
    assert [move.number for move in done.moves] == [*range(1, len(moves) + 1)]


def test_a_transfer_in_two_parts_moves_in_what_was_sent_once() -> None:
    first = posted(
        "transfer_in", line(4000, 4000, 10_000, damaged=1000), held=Holding(), final=False
    )
    assert [(one.reason, one.quantity, one.value) for one in first.moves] == [
        ("transfer_in", 5000, 2000), ("transit_difference", -1000, -400),
    ]  # fmt: skip
    rest = posted("transfer_in", line(4000, 2000, 5000), held=Holding(4000, 1600, 1600, 4000))
    assert [(one.reason, one.quantity, one.value) for one in rest.moves] == [
        ("transfer_in", 5000, 2000), ("transit_difference", -1000, -400),
    ]  # fmt: skip


def test_lines_of_one_item_follow_each_other() -> None:
    done = posted("write_off", line(4000), line(6000, number=2))
    assert [one.value for one in done.moves] == [-1200, -1800]


@given(
    st.integers(-20_000, 20_000), st.integers(1, 9000), st.integers(1, 20_000),
    st.integers(0, 20_000), st.integers(0, 9000), st.integers(0, 9000), st.booleans(),
)  # fmt: skip
def test_a_transfer_makes_and_loses_nothing_unnamed(
    quantity: int, cost: int, sent: int, worth: int, came: int, damaged: int, final: bool
) -> None:
    """*Property*: what is there changed by what came, and what is nought is worth nought."""
    held = Holding(quantity, quantity * cost // 1000 if quantity else 0, cost, 1000)
    one = line(came, worth, sent, damaged)
    done = posted("transfer_in", one, held=held, final=final)
    after = held
    for move in done.moves:
        after = after.changed(move.quantity, move.value)
    assert after.quantity == quantity + came
    in_transit = sum(one.quantity for one in done.moves if one.reason == "transfer_in")
    assert in_transit == (sent if final else min(sent, came + damaged))
    if after.quantity == 0:
        assert after.value == 0
