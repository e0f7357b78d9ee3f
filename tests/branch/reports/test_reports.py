"""What the reports say, block by block, before they become a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from gettext import NullTranslations

import pytest
from sqlalchemy import Connection

from branch import profile
from branch.day_state import find_day
from branch.reports import day_report, till_report
from branch.reports.figures import Scope, exceptions
from branch.revisions import revisions
from branch.tills import TillError, find_till
from branch.voice import Voice
from branch.web.staff import names
from replication.console.pdf import Block, PdfFacts, PdfHeading, PdfNote, PdfTable
from schemas.domain.ticket import Discount, TenderLine
from tests.branch.shop import CODE, DAY, LaneTill, Shop, piece


def voice(connection: Connection) -> Voice:
    known = profile.find_or_bare(connection, CODE)
    return Voice("en", NullTranslations(), known, names(connection))


def lines(blocks: Sequence[Block]) -> list[str]:
    """The blocks as lines of text."""
    found: list[str] = []
    for block in blocks:
        match block:
            case PdfHeading(text) | PdfNote(text):
                found.append(text)
            case PdfFacts(pairs):
                found.extend(f"{label}: {value}" for label, value in pairs)
            case PdfTable():
                found.extend(" | ".join(row) for row in block.rows)
    return found


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """Give a lane that sold, voided, cancelled, gave way on a price, and ended its shift."""
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift("C1")
    cheaper = replace(
        piece("milk", 350), amount=300, discounts=(Discount("override", 50, "dented", None, "C1"),)
    )
    lane.sell(cheaper, replace(piece("cake", 800, number=2), voided=True))
    lane.sell(piece("wine", 900, 2000), tenders=(TenderLine("card", 1800),))
    lane.cancel(500)
    lane.end_shift()
    lane.push()
    return lane


def test_an_x_report_tells_no_tenders_before_the_count(shop: Shop, lane: LaneTill) -> None:
    with shop.engine.connect() as connection:
        till = find_till(connection, CODE, lane.shift)
        read = lines(till_report.x_report(connection, voice(connection), till))
        with pytest.raises(TillError, match="count it first"):
            till_report.z_report(connection, voice(connection), till)
    assert "Operator: 收银员一" in read
    assert "Sales: $21.00" in read
    assert "The count is blind: what was taken is shown once the till has been counted." in read
    assert not any(line.startswith("Card |") for line in read)


def test_a_z_report_settles_the_shift(shop: Shop, lane: LaneTill) -> None:
    shop.count(lane.shift, cash=10_300, card=1_700)
    shop.count(lane.shift, "a slip was found", cash=10_300, card=1_800)
    with shop.engine.connect() as connection:
        till = find_till(connection, CODE, lane.shift)
        read = lines(till_report.z_report(connection, voice(connection), till))
    assert "Cash | $103.00 | $103.00 | exact" in read
    assert "Card | $18.00 | $18.00 | exact" in read
    assert any("a slip was found" in line for line in read)
    assert "Price overrides | 1 | $0.50" in read
    assert "Voided lines | 1 | $8.00" in read
    assert "Cancelled baskets | 1 | $5.00" in read
    assert "12:00 | 2 | $21.00" in read


def test_the_reports_of_a_day_tell_revisions_and_what_they_lack(shop: Shop, lane: LaneTill) -> None:
    shop.count(lane.shift, cash=10_300, card=1_800)
    shop.close_day()
    shop.reopen_day("to show it")
    with shop.engine.connect() as connection:
        day = find_day(connection, CODE, DAY)
        assert day is not None
        said = voice(connection)
        read = lines(day_report.day_report(connection, said, day))
        (held,) = revisions(connection, CODE, DAY)
    assert "The day is reopened: these figures may still be corrected." in read
    assert "收银员一 | 2 | $21.00" in read
    assert "wine | Wine | 2 | $18.00" in read
    assert "N001.01: grand total | $21.00" in read
    settled = lines(day_report.z_report(said, held))
    assert "Revision: 1" in settled
    assert "By: 店长 Manager" in settled
    assert "Card taken | $18.00" in settled


def test_exceptions_count_acts_against_the_grain(shop: Shop, lane: LaneTill) -> None:
    shop.clock.pass_minutes(5)
    lane.open_shift("C2")
    odd = replace(piece("unknown", 100), unknown_item=True, amount=90)
    lane.sell(odd)
    lane.push()
    with shop.engine.connect() as connection:
        of_day = exceptions(connection, Scope(CODE, DAY))
        of_shift = exceptions(connection, Scope(CODE, DAY, (lane.shift,)))
    assert (of_day.overrides, of_day.unknown_items, of_day.flagged) == (1, 1, 1)
    assert (of_day.cancelled, of_shift.cancelled) == (1, 0)
    assert (of_shift.overrides, of_shift.unknown_items, of_shift.flagged) == (0, 1, 1)
