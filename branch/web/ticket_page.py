"""A receipt as it was sold, what corrected it, and the two ways to correct it: by its number, or its ticket."""

from __future__ import annotations

from typing import cast
from urllib.parse import quote

from starlette.responses import Response

from branch import corrections, day_state
from branch.corrections import Receipt
from branch.reports.blocks import kind_name
from branch.web import second_person
from branch.web.office import Office, refusals_told
from replication.console.app import Page, PageError
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from schemas.domain.correction import EXCHANGED, Exchange, ExchangeKind
from schemas.domain.money import NumberError, format_amount, parse_amount

_VOIDED = msgid("Receipt %(receipt)s is post-voided.")
_EXCHANGED = msgid("How receipt %(receipt)s was paid is corrected.")
_NO_AMOUNT = msgid("Write an amount such as 1234.50")


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/receipts")
    def by_number(page: Page) -> Response:
        key = page.query.get("receipt", "")
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            with refusals_told(voice):
                held = corrections.find(connection, office.code, key)
        return office.console.redirect(page, _path(held.ticket.uuid), "")

    @office.page("/tickets/{uuid}")
    def one_ticket(page: Page) -> Response:
        return _show(office, page)

    @office.page("/tickets/{uuid}/void", methods=("POST",))
    def void(page: Page) -> Response:
        with office.writing(page) as connection:
            authority = second_person.called(connection, page)
            fact = corrections.post_void(
                connection, office.code, page.path["uuid"], page.user.operator, authority,
                page.form["why"], page.now,
            )  # fmt: skip
        said = page.gettext(_VOIDED, receipt=fact.receipt)
        return office.console.redirect(page, _path(fact.ticket), said)

    @office.page("/tickets/{uuid}/exchange", methods=("POST",))
    def exchange(page: Page) -> Response:
        moved = _asked(office, page)
        with office.writing(page) as connection:
            fact = corrections.exchange(
                connection, office.code, page.path["uuid"], moved, page.user.operator,
                page.form["reason"], page.now,
            )  # fmt: skip
        said = page.gettext(_EXCHANGED, receipt=fact.receipt)
        return office.console.redirect(page, _path(fact.ticket), said)


def _path(uuid: str) -> str:
    return f"/tickets/{quote(uuid)}"


def _show(office: Office, page: Page) -> Response:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        with refusals_told(voice):
            held = corrections.find(connection, office.code, page.path["uuid"])
        day = day_state.find_day(connection, office.code, held.ticket.business_date)
        left = _left(held)
        return office.render(
            page,
            "ticket.html",
            voice,
            held=held,
            ticket=held.ticket,
            day=day,
            kind=lambda code: kind_name(voice, code),
            from_kinds=[(one, kind_name(voice, one)) for one in left],
            proposed=format_amount(held.paid[left[0]], decimals_of(voice.profile.currency))
            if left
            else "",
            to_kinds=[(one, kind_name(voice, one)) for one in EXCHANGED],
        )


def _left(held: Receipt) -> list[ExchangeKind]:
    return [one for one in EXCHANGED if held.paid.get(one, 0) > 0]


def _asked(office: Office, page: Page) -> Exchange:
    with office.branch.engine.connect() as connection:
        currency = office.voice(page, connection).profile.currency
    was, paid = page.form["was"], page.form["paid"]
    try:
        amount = parse_amount(page.form["amount"].strip(), decimals_of(currency))
    except NumberError as error:
        raise PageError(page.gettext(_NO_AMOUNT)) from error
    if was not in EXCHANGED or paid not in EXCHANGED:
        amount = 0  # Told as any other that was not paid so.
    return Exchange(cast("ExchangeKind", was), cast("ExchangeKind", paid), amount)
