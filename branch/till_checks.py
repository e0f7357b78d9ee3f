"""What the day close says of tills: shifts that run, tills that nobody counted, what is over or short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Connection

from branch import policy
from branch.checks import Check, Finding
from branch.tills import Till, tills
from branch.wording import Money
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from schemas.domain.money import format_amount
from schemas.domain.till import foreign_differences, is_currency
from schemas.domain.till_settlement import is_beyond
from schemas.tables.till_figures import TillFigures

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
_BEYOND = Finding(
    "till_beyond",
    msgid(
        "The till of %(operator)s at %(lane)s differs by more than a manager accepts alone: %(amount)s"
    ),
    msgid("Count it again, or accept it there with a second person"),
    "/tills/%(shift)s",
)
_CARD = Finding(
    "terminal_differs",
    msgid(
        "%(lane)s took %(taken)s by card, its payment terminal says %(batch)s, and slips of %(counted)s were counted"
    ),
    msgid("Compare the slips with the terminal's own list; then accept it"),
    "/tills/%(shift)s",
)
_QR = Finding(
    "terminal_differs",
    msgid(
        "%(lane)s took %(taken)s by QR code, its payment terminal says %(batch)s, and %(counted)s was counted"
    ),
    _CARD.way_out,
    "/tills/%(shift)s",
)
_SILENT = Finding(
    "terminal_differs",
    msgid(
        "The payment terminal of %(lane)s did not tell its totals when a shift of %(operator)s ended"
    ),
    _CARD.way_out,
    "/tills/%(shift)s",
)


def till_checks(
    connection: Connection, branch: str, business_date: date, figures: Sequence[TillFigures]
) -> Iterator[Check]:
    """The findings about the tills of a date, by lane and opening."""
    tolerance = policy.find(connection, branch).tolerance
    for till in tills(connection, branch, business_date, figures):
        if till.state == "running":
            yield _RUNNING.stops(
                till.shift, operator=till.operator, lane=till.lane, since=till.opened
            )
        elif till.state == "to_count":
            yield _UNCOUNTED.stops(
                till.shift, operator=till.operator, lane=till.lane, shift=till.shift
            )
        else:
            yield from _differences(till, tolerance)
            yield from _terminal(till)


def _terminal(till: Till) -> Iterator[Check]:
    if any(one.state != "settled" for one in till.batches):
        yield _SILENT.warns(till.shift, operator=till.operator, lane=till.lane, shift=till.shift)
    for kind, (taken, batch, counted) in till.terminal_differences.items():
        yield (_CARD if kind == "card" else _QR).warns(
            f"{till.shift}/{len(till.counts)}/{kind}",
            lane=till.lane,
            taken=Money(taken),
            batch=Money(batch),
            counted=Money(counted),
            shift=till.shift,
        )


def _differences(till: Till, tolerance: int) -> Iterator[Check]:
    if till.is_accepted:
        return
    found = till.over_short or {}
    if is_beyond(found, tolerance):
        yield _BEYOND.stops(
            f"{till.shift}/{len(till.counts)}",
            operator=till.operator,
            lane=till.lane,
            amount=Money(max((one for key, one in found.items() if not is_currency(key)), key=abs)),
            shift=till.shift,
        )
        return
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
