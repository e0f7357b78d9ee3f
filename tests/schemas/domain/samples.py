"""Tickets and lines for the tests of this folder, with just what a case is about."""

from __future__ import annotations

from datetime import UTC, date, datetime

from schemas.domain.ticket import Control, SaleLine, TenderLine, Ticket

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = date(2026, 3, 2)


def line(number: int = 1, amount: int = 350, item: str = "milk", quantity: int = 1000) -> SaleLine:
    """Return a line of one piece that costs its list price."""
    return SaleLine(
        number=number,
        item=item,
        name=item,
        unit="piece",
        quantity=quantity,
        list_price=amount,
        amount=amount,
    )


def cash(amount: int) -> TenderLine:
    """Return a cash tender."""
    return TenderLine("cash", amount)


def card(amount: int) -> TenderLine:
    """Return a card tender."""
    return TenderLine("card", amount)


def coupon(amount: int) -> TenderLine:
    """Return a coupon tender."""
    return TenderLine("coupon", amount)


def ticket(
    *tenders: TenderLine,
    lines: tuple[SaleLine, ...] = (line(),),
    total: int | None = None,
    rounding: int = 0,
    change: int = 0,
) -> Ticket:
    """Return a ticket whose total is that of its lines unless the case says otherwise."""
    gross = sum(one.amount for one in lines if not one.voided) if total is None else total
    return Ticket(
        uuid="uuid",
        branch="A",
        lane="A-1",
        counter=1,
        shift="shift",
        business_date=DAY,
        zone="America/New_York",
        started=NOON,
        committed=NOON,
        operator="kim",
        lines=lines,
        tenders=tenders,
        total=gross,
        rounding=rounding,
        change=change,
        control=Control(tickets=1, gross=gross, grand_total=gross),
    )
