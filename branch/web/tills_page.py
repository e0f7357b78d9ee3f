"""The tills of a day, the blind count of one, and what is over or short once it was counted."""

from __future__ import annotations

from starlette.responses import Response

from branch import day_state
from branch import tills as settlement
from branch.reports.blocks import MOVEMENT_NAMES, kind_name
from branch.web.office import Office, chosen_day, refusals_told
from replication.console.app import Page
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from schemas.domain.money import NumberError, parse_amount
from schemas.domain.till import is_money

_COUNTED = msgid("The till of %(operator)s at %(lane)s is counted.")
_NO_AMOUNT = msgid("Write an amount such as 1234.50, or 0")


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/tills")
    def tills(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            day = chosen_day(page, connection, office.code)
            held = (
                settlement.tills(connection, office.code, day.business_date)
                if day is not None
                else []
            )
            voice = office.voice(page, connection)
            return office.render(page, "tills.html", voice, day=day, tills=held)

    @office.page("/tills/{shift}", methods=("GET", "POST"))
    def till(page: Page) -> Response:
        if page.request.method == "GET":
            return _show(office, page, {}, {})
        return _count(office, page)


def _show(office: Office, page: Page, typed: dict[str, str], errors: dict[str, str]) -> Response:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        with refusals_told(voice):
            till = settlement.find_till(connection, office.code, page.path["shift"])
        return office.render(
            page,
            "till.html",
            voice,
            till=till,
            day=day_state.find_day(connection, office.code, till.business_date),
            heads=[(kind_name(voice, key), "number") for key in till.keys],
            movements=MOVEMENT_NAMES,
            typed=typed,
            errors=errors,
        )


def _count(office: Office, page: Page) -> Response:
    shift = page.path["shift"]
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        with refusals_told(voice):
            keys = settlement.find_till(connection, office.code, shift).keys
    typed = {key: page.form.get(key, "").strip() for key in keys}
    counted: dict[str, int] = {}
    errors: dict[str, str] = {}
    for key in keys:
        try:
            counted[key] = parse_amount(typed[key], decimals_of(voice.currency_of(key)))
        except NumberError:
            counted[key] = -1
        if counted[key] < 0 and (is_money(key) or not typed[key].startswith("-")):
            errors[key] = page.gettext(_NO_AMOUNT)
    typed["reason"] = page.form.get("reason", "")
    if errors:
        return _show(office, page, typed, errors)
    with office.writing(page) as connection:
        fact = settlement.count(
            connection,
            office.code,
            shift,
            counted,
            page.user.operator,
            page.now,
            typed["reason"],
        )
        operator = settlement.find_till(connection, office.code, shift).operator
    said = voice.text(_COUNTED, operator=operator, lane=fact.lane)
    return office.console.redirect(page, f"/tills/{shift}", said)
