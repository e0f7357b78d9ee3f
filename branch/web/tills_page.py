"""The tills of a day, the blind count of one, and what is over or short once it was counted."""

from __future__ import annotations

from starlette.responses import Response

from branch import day_state
from branch import tills as settlement
from branch.reports.blocks import MOVEMENT_NAMES
from branch.tills import KINDS
from branch.web.office import Office, chosen_day, refusals_told
from replication.console.app import Page
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from schemas.domain.money import NumberError, parse_amount

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
            return office.render(page, "tills.html", voice, day=day, tills=held, kinds=KINDS)

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
            kinds=KINDS,
            movements=MOVEMENT_NAMES,
            typed=typed,
            errors=errors,
        )


def _count(office: Office, page: Page) -> Response:
    shift = page.path["shift"]
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
    typed = {kind: page.form[kind].strip() for kind in KINDS} | {
        "reason": page.form.get("reason", "")
    }
    counted: dict[str, int] = {}
    errors: dict[str, str] = {}
    for kind in KINDS:
        try:
            amount = parse_amount(typed[kind], decimals_of(voice.profile.currency))
        except NumberError:
            amount = -1
        if amount < 0:
            errors[kind] = page.gettext(_NO_AMOUNT)
        counted[kind] = amount
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
