"""What the day close says of tills: shifts that run, tills that nobody counted, what is over or short."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection

from branch.checks import Check, Finding
from branch.tills import Till, tills
from branch.wording import Money
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from schemas.domain.money import format_amount
from schemas.domain.till import foreign_differences, is_currency

_RUNNING = Finding(
    "shift_running",
    msgid("The shift of %(operator)s at %(lane)s is still running, since %(since)s"),
    msgid("End the shift at the lane; then its till can be counted"),
    "/tills",
)
_UNCOUNTED = Finding(
    "till_uncounted",
    msgid("The till of %(operator)s at %(lane)s was not counted"),
    msgid("Count it"),
    "/tills/%(shift)s",
)
_OVER = Finding(
    "till_over",
    msgid("The till of %(operator)s at %(lane)s is over by %(amount)s"),
    msgid("Count it again if in doubt; otherwise accept the difference"),
    "/tills/%(shift)s",
)
_SHORT = Finding(
    "till_short",
    msgid("The till of %(operator)s at %(lane)s is short by %(amount)s"),
    _OVER.way_out,
    "/tills/%(shift)s",
)
_MIXED = Finding(
    "till_mixed",
    msgid("The till of %(operator)s at %(lane)s is over in one tender and short in another"),
    _OVER.way_out,
    "/tills/%(shift)s",
)
_FOREIGN = Finding(
    "till_foreign",
    msgid(
        "The foreign money in the till of %(operator)s at %(lane)s is over or short: %(currency)s %(amount)s"
    ),
    _OVER.way_out,
    "/tills/%(shift)s",
)


def till_checks(
    connection: Connection, branch: str, business_date: date, now: datetime
) -> Iterator[Check]:
    """The findings about the tills of a date, by lane and opening."""
    del now
    for till in tills(connection, branch, business_date):
        if till.state == "running":
            yield _RUNNING.stops(
                till.shift, operator=till.operator, lane=till.lane, since=till.opened
            )
        elif till.state == "to_count":
            yield _UNCOUNTED.stops(
                till.shift, operator=till.operator, lane=till.lane, shift=till.shift
            )
        else:
            yield from _differences(till)


def _differences(till: Till) -> Iterator[Check]:
    found = till.over_short or {}
    if any(amount for key, amount in found.items() if not is_currency(key)):
        yield _difference(till)
    for currency, amount in foreign_differences(found).items():
        yield _FOREIGN.warns(
            f"{till.shift}/{len(till.counts)}/{currency}",
            operator=till.operator,
            lane=till.lane,
            amount=format_amount(amount, decimals_of(currency)),
            currency=currency,
            shift=till.shift,
        )


def _difference(till: Till) -> Check:
    finding = _MIXED if till.difference == 0 else _SHORT if till.difference < 0 else _OVER
    # With the number of the count in its name: what is accepted is this count's difference.
    return finding.warns(
        f"{till.shift}/{len(till.counts)}",
        operator=till.operator,
        lane=till.lane,
        amount=Money(abs(till.difference)),
        shift=till.shift,
    )
