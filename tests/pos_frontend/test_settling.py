"""The end of a shift at its till: X, the cashier's own count, Z."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from pos_frontend.devices.paper import draw
from pos_frontend.devices.practice import Practice
from pos_frontend.devices.sheet import Style
from pos_frontend.devices.shift_sheet import ShiftSheet
from pos_frontend.errors import TillError
from pos_frontend.settings import Language
from pos_frontend.settling import Keyed
from replication import journal
from replication.journal import Draft
from replication.streams import journal_of
from schemas.domain.denomination import Pieces
from schemas.domain.till import ShiftOpened, TillCounted
from schemas.domain.till_reading import Times
from schemas.tables.base import reading
from schemas.tables.journal import journal_entry
from schemas.wire import entries
from schemas.wire.records import BranchPolicy
from tests.pos_frontend.shop import BREAD, LANE, MILK, NOON, OWN, Scene, load
from tests.pos_frontend.test_receipts import words


def counts(scene: Scene) -> list[TillCounted]:
    with reading(scene.both.journal) as connection:
        rows = connection.execute(
            select(journal_entry).where(journal_entry.c.kind == "till.counted")
        ).all()
    facts = [entries.decode(row.kind, row.version, bytes(row.body)) for row in rows]
    return [one for one in facts if isinstance(one, TillCounted)]


def sell(scene: Scene) -> None:
    """A milk in cash with change, a bread by card."""
    scene.till.scan(MILK)
    scene.till.tender("cash", "5")
    scene.till.scan(BREAD)
    scene.till.tender("card")


def test_an_x_reading_tells_no_tenders_and_ends_nothing(scene: Scene) -> None:
    till = scene.ready()
    sell(scene)
    till.scan(MILK)
    with pytest.raises(TillError, match="basket_open"):
        till.x_report()
    till.cancel()
    till.x_report()
    (told,) = scene.prints.reports
    assert told.counted is None
    assert told.reading.tickets == Times(2, 1_249)
    assert told.reading.cancelled == Times(1, 350)
    paper = "\n".join(words(ShiftSheet(told, "shop", "Asia/Shanghai", 2).lay_out(Style(80, "en"))))
    assert "12.49" in paper
    assert "203.50" not in paper
    assert "Expected" not in paper
    assert till.state == "selling"


def test_a_shift_ends_with_its_cashiers_count(scene: Scene) -> None:
    till = scene.ready()
    sell(scene)
    shift = till.shift
    assert shift is not None
    till.end_shift(Keyed({"cash": "203", "card": "8.99"}))
    assert till.state == "signed_out"
    (fact,) = counts(scene)
    assert (fact.shift, fact.operator, fact.correction) == (shift.shift, "C1", False)
    assert fact.counted == {"cash": 20_300, "card": 899, "coupon": 0, "qr": 0, "voucher": 0}
    (told,) = scene.prints.reports
    assert told.reading.expected == {"cash": 20_350, "card": 899}


def test_without_a_count_the_branch_counts(scene: Scene) -> None:
    scene.ready().end_shift()
    assert counts(scene) == []
    assert scene.prints.reports == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"cash": "2o3"}, "number"), ({"cash": "-1"}, "amount"), ({"USD": "1"}, "not_counted")],
)
def test_a_count_that_does_not_read_ends_nothing(
    scene: Scene, asked: dict[str, str], code: str
) -> None:
    till = scene.ready()
    with pytest.raises(TillError, match=code):
        till.end_shift(Keyed(asked))
    assert till.state == "selling"
    assert counts(scene) == []


def test_figures_are_those_of_the_shift_alone(scene: Scene) -> None:
    till = scene.ready()
    sell(scene)
    till.scan(MILK)
    till.cancel()
    scene.clock.now = NOON.replace(hour=5)
    till.end_shift()
    till = scene.ready()
    till.scan(MILK)
    till.tender("cash")
    scene.restart().sign_in("C1", "1111")
    scene.till.x_report()
    (told,) = scene.prints.reports
    assert told.reading.tickets == Times(1, 350)
    assert told.reading.cancelled == Times()


def test_an_entry_that_does_not_read_keeps_nobody_from_ending_a_shift(scene: Scene) -> None:
    till = scene.ready()
    sell(scene)
    assert till.shift is not None
    broken = b'{"shift":"%s"}' % till.shift.shift.encode()
    with scene.both.journal.begin() as connection:
        journal.append(connection, journal_of(LANE), [Draft("cash.moved", 1, NOON, broken)])
    till.end_shift(Keyed({"cash": "203"}))
    assert till.state == "signed_out"
    assert scene.prints.reports[0].reading.tickets == Times(2, 1_249)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [80, 58])
def test_a_z_fits_the_paper_and_says_what_is_short(
    scene: Scene, width: int, language: Language
) -> None:
    till = scene.ready()
    sell(scene)
    till.end_shift(Keyed({"cash": "203", "card": "8.99"}))
    sheet = ShiftSheet(scene.prints.reports[0], "城西一店", "Asia/Shanghai", 2)
    data = sheet.lay_out(Style(width, language))
    assert draw(data, width).getextrema() == (0, 255)
    told = [line.split() for line in words(data)]
    assert any(line[-1:] == ["203.50"] for line in told)
    assert any(line[-1:] == ["-0.50"] for line in told)
    assert "COPY" in "\n".join(words(sheet.as_copy().lay_out(Style(width, language))))
    practice = words(Practice(sheet).lay_out(Style(width, language)))
    assert len(practice) > len(words(data))
    assert replace(sheet, copy=True) == sheet.as_copy()


def test_money_is_counted_by_denomination(scene: Scene) -> None:
    till = scene.ready()
    sell(scene)
    keyed = Keyed({"card": "8.99"}, {"cash": {"10000": "2", "100": "3", "50": "", "10": "5"}})
    till.end_shift(keyed)
    (fact,) = counts(scene)
    assert (fact.counted["cash"], fact.counted["card"]) == (20_350, 899)
    assert fact.denominations == (
        Pieces("cash", 10_000, 2), Pieces("cash", 100, 3), Pieces("cash", 10, 5)
    )  # fmt: skip
    (told,) = scene.prints.reports
    paper = "\n".join(words(ShiftSheet(told, "shop", "Asia/Shanghai", 2).lay_out(Style(80, "en"))))
    assert "100.00 × 2" in paper


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Keyed({"cash": "203"}, {"cash": {"10000": "2"}}), "pieces_differ"),
        (Keyed({}, {"cash": {"10000": "2.5"}}), "number"),
        (Keyed({}, {"cash": {"10000": "-1"}}), "amount"),
        (Keyed({}, {"cash": {"300": "1"}}), "not_counted"),
        (Keyed({}, {"card": {"100": "1"}}), "not_counted"),
    ],
)
def test_pieces_that_are_no_count_end_nothing(scene: Scene, asked: Keyed, code: str) -> None:
    till = scene.ready()
    with pytest.raises(TillError, match=code):
        till.end_shift(asked)
    assert counts(scene) == []


def by_lane(scene: Scene) -> None:
    """Have the branch say that a till belongs to its lane."""
    policy = BranchPolicy(
        checks="", day_ends="00:00", till_by="lane", tolerance=0, count_safe=False,
        absent_lane_authority=True, published=NOON,
    )  # fmt: skip
    load(scene.data, {OWN: [policy]})


def opened(scene: Scene) -> ShiftOpened:
    """The last shift that was opened."""
    with reading(scene.both.journal) as connection:
        rows = connection.execute(
            select(journal_entry).where(journal_entry.c.kind == "shift.opened")
        ).all()
    facts = [entries.decode(row.kind, row.version, bytes(row.body)) for row in rows]
    return [one for one in facts if isinstance(one, ShiftOpened)][-1]


def test_by_lane_the_next_shift_goes_on_with_the_till(scene: Scene) -> None:
    by_lane(scene)
    till = scene.ready()
    sell(scene)
    first = till.shift
    assert first is not None
    till.end_shift()
    till.sign_in("M1", "9999")
    till.open_shift("")
    fact = opened(scene)
    assert (fact.continues, fact.float_amount) == (first.shift, 0)
    sell(scene)
    # The count is of the whole till: 200.00 float, two milks in cash, two breads by card.
    till.end_shift(Keyed({"cash": "207", "card": "17.98"}))
    (told,) = scene.prints.reports
    assert told.reading.expected == {"cash": 20_700, "card": 1_798}
    till.sign_in("C1", "1111")
    till.open_shift("")
    fact = opened(scene)
    assert (fact.continues, fact.float_amount) == (None, 20_700)


def test_a_counted_drawer_is_taken_over_or_left(scene: Scene) -> None:
    till = scene.ready()
    first = till.shift
    assert first is not None
    till.end_shift(Keyed({"cash": "199"}))
    till = scene.restart()
    till.sign_in("C1", "1111")
    till.open_shift("")
    fact = opened(scene)
    assert (fact.handed_over_from, fact.float_amount) == (first.shift, 19_900)
    till.end_shift()
    till.sign_in("C1", "1111")
    with pytest.raises(TillError, match="number"):
        till.open_shift("")
    till.open_shift("50")
    assert (opened(scene).handed_over_from, opened(scene).float_amount) == (None, 5_000)
