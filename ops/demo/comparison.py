"""The consolidated report against the data file: branch by branch, and ticket by ticket where it differs.

One side is headquarters, as its own report and tables have it; the other is `expected`, which adds
up the data file by itself. A difference names the branch, and the ticket that makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from hq.consolidation.figures import answer
from hq.consolidation.question import Question
from hq.reports.branches import known_branches
from ops.demo.expected import Expected
from schemas.tables.tickets import ticket, ticket_line, ticket_tender


@dataclass(frozen=True, slots=True)
class Figures:
    """What is compared, of a branch or of one ticket; amounts in cents."""

    tickets: int
    lines: int
    sales: int
    coupons: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides by branch, the differences in words, and what the report itself says it lacks."""

    expected: Mapping[str, Figures]
    reported: Mapping[str, Figures]
    differences: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether all is equal to the cent."""
        return not self.differences


def compare(
    connection: Connection, wanted: Expected, sold: Mapping[int, str], now: datetime
) -> Comparison:
    """Compare headquarters with the data file; `sold` is the ticket that each basket became."""
    by_branch = {
        branch: Figures(total.baskets, total.lines, total.sales_value, total.coupon_disc)
        for branch, total in wanted.by_branch().items()
    }
    reported = _reported(connection, wanted.on, now)
    differences = [
        f"branch {branch}: {reported.get(branch)} at headquarters, {by_branch.get(branch)} recorded"
        for branch in sorted({*by_branch, *reported})
        if by_branch.get(branch) != reported.get(branch)
    ]
    differences += _tickets(connection, wanted, sold)
    return Comparison(by_branch, reported, tuple(differences))


def _reported(connection: Connection, on: date, now: datetime) -> dict[str, Figures]:
    """What the consolidated report says of the day, with the coupons of its tender figures."""
    report = answer(connection, Question(known_branches(connection), on, on, by=("branch",)), now)
    coupons = {
        branch: int(amount)
        for branch, amount in connection.execute(
            select(ticket.c.branch, func.sum(ticket_tender.c.amount))
            .join(ticket, ticket.c.uuid == ticket_tender.c.ticket)
            .where(ticket.c.business_date == on, ticket_tender.c.kind == "coupon")
            .group_by(ticket.c.branch)
        )
    }
    return {
        branch: Figures(figures.receipts, figures.lines, figures.sales, coupons.get(branch, 0))
        for (branch,), figures in ((row.keys, row.figures) for row in report.rows)
        if figures.receipts
    }


def _tickets(connection: Connection, wanted: Expected, sold: Mapping[int, str]) -> list[str]:
    held = _held(connection, wanted.on)
    basket_of = {uuid: basket for basket, uuid in sold.items()}
    differences: list[str] = []
    for basket, (branch, total) in sorted(wanted.tickets().items()):
        one = held.get(sold.get(basket, ""))
        recorded = (branch, Figures(1, total.lines, total.sales_value, total.coupon_disc))
        if one is None:
            differences.append(f"basket {basket} of {branch} is missing at headquarters")
        elif one[1:] != recorded:
            differences.append(
                f"ticket {one[0]} (basket {basket}): {one[1:]} at headquarters, {recorded} recorded"
            )
    differences += [
        f"ticket {one[0]} of {one[1]} is at headquarters, but no basket was sold as it"
        for uuid, one in sorted(held.items())
        if uuid not in basket_of
    ]
    return differences


def _held(connection: Connection, on: date) -> dict[str, tuple[str, str, Figures]]:
    """Every ticket of the date at headquarters: receipt, branch and figures, by uuid."""
    lines = {
        uuid: (int(count), int(amount))
        for uuid, count, amount in connection.execute(
            select(ticket_line.c.ticket, func.count(), func.sum(ticket_line.c.amount))
            .where(~ticket_line.c.voided)
            .group_by(ticket_line.c.ticket)
        )
    }
    coupons = {
        uuid: int(amount)
        for uuid, amount in connection.execute(
            select(ticket_tender.c.ticket, func.sum(ticket_tender.c.amount))
            .where(ticket_tender.c.kind == "coupon")
            .group_by(ticket_tender.c.ticket)
        )
    }
    held = {}
    for row in connection.execute(select(ticket).where(ticket.c.business_date == on)):
        count, amount = lines.get(row.uuid, (0, 0))
        figures = Figures(1, count, amount, coupons.get(row.uuid, 0))
        held[row.uuid] = (f"{row.lane}-{row.counter:06d}", row.branch, figures)
    return held
