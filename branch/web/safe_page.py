"""The safe: what lies in it, what moved it, the deposit and the count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import get_args

from starlette.responses import Response

from branch import day_state, safe
from branch.reports.blocks import MOVEMENT_NAMES, kind_name
from branch.safe import Moving
from branch.web.counting import faces_of, read
from branch.web.office import Office, date_of
from replication.console.app import Page, PageError
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from schemas.domain.money import NumberError, parse_amount
from schemas.domain.safe import SafeMovement
from schemas.tables.safe_figures import SafeWhat, balance, ledger

_DAYS_SHOWN = 7
_MOVED = msgid("It is written in the safe's ledger.")
_COUNTED = msgid("The safe is counted.")
_NO_AMOUNT = msgid("Write an amount such as 1234.50")
SAFE_WORDS: Mapping[SafeWhat, str] = {
    "float": msgid("Float to a till"),
    "loan": MOVEMENT_NAMES["loan"],
    "pickup": MOVEMENT_NAMES["pickup"],
    "till": msgid("Counted till"),
    "deposit": msgid("Deposit at the bank"),
    "change": msgid("Change from the bank"),
    "paid_in": msgid("Paid into the safe"),
    "paid_out": msgid("Paid out of the safe"),
    "counted": msgid("Difference of a count"),
}


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/safe")
    def show(page: Page) -> Response:
        return _show(office, page)

    @office.page("/safe/move", methods=("POST",))
    def move(page: Page) -> Response:
        with office.writing(page) as connection:
            asked = _asked(office, page)
            safe.move(
                connection, office.code, asked, page.user.operator, page.user.operator, page.now
            )
        return office.console.redirect(page, "/safe", page.gettext(_MOVED))

    @office.page("/safe/count", methods=("GET", "POST"))
    def count(page: Page) -> Response:
        if page.request.method == "GET":
            return _show_count(office, page, {}, {})
        return _count(office, page)


def _show(office: Office, page: Page) -> Response:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        newest = day_state.days(connection, office.code, limit=1)
        last = _date(page, "to") or (newest[0].business_date if newest else page.now.date())
        first = _date(page, "from") or last - timedelta(days=_DAYS_SHOWN - 1)
        return office.render(
            page,
            "safe.html",
            voice,
            balance=balance(connection, office.code),
            lines=list(reversed(ledger(connection, office.code, first, last))),
            counts=safe.counts(connection, office.code),
            words=SAFE_WORDS,
            movements=[(one, voice.text(SAFE_WORDS[one])) for one in get_args(SafeMovement)],
            keys=[(key, kind_name(voice, key)) for key in safe.keys(connection, office.code)],
            first=first,
            last=last,
        )


def _date(page: Page, name: str) -> date | None:
    asked = page.query.get(name)
    return date_of(page, asked) if asked else None


def _asked(office: Office, page: Page) -> Moving:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        keys = safe.keys(connection, office.code)
    key = page.form["key"]
    movement = next((one for one in get_args(SafeMovement) if one == page.form["movement"]), None)
    if movement is None or key not in keys:
        raise PageError(page.gettext(_NO_AMOUNT), 422)
    try:
        amount = parse_amount(page.form["amount"].strip(), decimals_of(voice.currency_of(key)))
    except NumberError as error:
        raise PageError(page.gettext(_NO_AMOUNT), 422) from error
    return Moving(movement, key, amount, page.form["slip"], page.form["reason"])


def _show_count(
    office: Office, page: Page, typed: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    """The form, without what should be there."""
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        keys = safe.keys(connection, office.code)
        return office.render(
            page,
            "safe_count.html",
            voice,
            keys=keys,
            kinds={key: kind_name(voice, key) for key in keys},
            faces=faces_of(voice, keys),
            typed=typed,
            errors=errors,
        )


def _count(office: Office, page: Page) -> Response:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        keys = safe.keys(connection, office.code)
    counting = read(page, voice, keys)
    reason = page.form.get("reason", "")
    if counting.errors:
        return _show_count(office, page, {**counting.typed, "reason": reason}, counting.errors)
    with office.writing(page) as connection:
        safe.count(
            connection, office.code, counting.amounts, counting.pieces, reason,
            page.user.operator, page.now,
        )  # fmt: skip
    return office.console.redirect(page, "/safe", page.gettext(_COUNTED))
