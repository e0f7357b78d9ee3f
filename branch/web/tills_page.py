"""The tills of a day, the blind count of one, and what is over or short once it was counted."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from branch import day_state, till_acceptance
from branch import tills as settlement
from branch.reports.blocks import MOVEMENT_NAMES, kind_name
from branch.web import second_person
from branch.web.counting import faces_of, read
from branch.web.office import Office, chosen_day, refusals_told
from replication.console.app import Page
from replication.console.languages import msgid

_ACCEPTED = msgid("The difference of %(lane)s is accepted, with %(operator)s.")
_COUNTED = msgid("The till of %(operator)s at %(lane)s is counted.")


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

    @office.page("/tills/{shift}/accept", methods=("POST",))
    def accept(page: Page) -> Response:
        with office.writing(page) as connection:
            voice = office.voice(page, connection)
            authority = second_person.manager(connection, page)
            fact = till_acceptance.accept(
                connection, office.code, page.path["shift"], page.user.operator, authority,
                page.form["why"], page.now,
            )  # fmt: skip
        said = voice.text(_ACCEPTED, lane=fact.lane, operator=authority)
        return office.console.redirect(page, f"/tills/{fact.shift}", said)


def _show(
    office: Office, page: Page, typed: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
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
            kinds={key: kind_name(voice, key) for key in till.keys},
            faces=faces_of(voice, till.keys),
            movements=MOVEMENT_NAMES,
            waits=bool(till.counts)
            and till_acceptance.needs_acceptance(connection, office.code, till),
            typed=typed,
            errors=errors,
        )


def _count(office: Office, page: Page) -> Response:
    shift = page.path["shift"]
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        with refusals_told(voice):
            keys = settlement.find_till(connection, office.code, shift).keys
    counting = read(page, voice, keys)
    reason = page.form.get("reason", "")
    if counting.errors:
        return _show(office, page, {**counting.typed, "reason": reason}, counting.errors)
    with office.writing(page) as connection:
        fact = settlement.count(
            connection,
            office.code,
            shift,
            counting.amounts,
            page.user.operator,
            page.now,
            reason,
            counting.pieces,
        )
        operator = settlement.find_till(connection, office.code, shift).operator
    said = voice.text(_COUNTED, operator=operator, lane=fact.lane)
    return office.console.redirect(page, f"/tills/{shift}", said)
