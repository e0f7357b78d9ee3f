"""Drafting a promotion and changing a draft: first its kind, then a form with that kind's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection
from starlette.responses import Response

from hq import promotions, tiers
from hq.bootstrap import Headquarters
from hq.promotion_refusal import ContradictionError
from hq.refusal import RefusalError
from hq.web import promotion_form
from hq.web.audiences import audiences, zone_of, zones
from hq.web.price_changes import DRAFTERS
from hq.web.promotion_form import BIRTHDAYS, MODES, WEEKDAYS
from hq.web.promotion_kinds import KINDS
from hq.web.promotion_typed import row_field
from hq.web.promotions import find
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from replication.streams import CHAIN_FEED

_DRAFTED = msgid("Drafted as promotion %(document)s; a second person approves it.")
_CHANGED = msgid("%(document)s is changed.")
_OTHER_KIND = msgid("%(document)s cannot be changed here: its kind is not offered in this form.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the pages; they must come before the one of a single promotion."""
    pages = _EditorPages(console, headquarters)
    both = ("GET", "POST")
    console.page("/promotions/new", roles=DRAFTERS, methods=both)(pages.new)
    console.page("/promotions/{promotion}/change", roles=DRAFTERS, methods=both)(pages.change)


class _EditorPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine
        self._decimals = headquarters.settings.decimals

    def new(self, page: Page) -> Response:
        """The kinds; with one chosen, its form. Nothing typed is lost by what is wrong with it."""
        if page.request.method == "POST":
            return self._save(page)
        kind = page.query.get("kind")
        if kind is None:
            return self._console.render(page, "promotion_kinds.html", kinds=KINDS)
        return self._form(page, {"kind": kind, "audience": CHAIN_FEED}, [])

    def change(self, page: Page) -> Response:
        """The same form, filled with a draft."""
        number = page.path["promotion"]
        if page.request.method == "POST":
            return self._save(page, number)
        with self._engine.connect() as connection:
            held = find(page, connection)
            zone = zone_of(connection, held.audience)
        offer = held.offer
        if offer.effect.kind not in KINDS:
            raise PageError(page.gettext(_OTHER_KIND, document=number))
        values = promotion_form.written(offer, held.audience, zone, self._decimals)
        values |= {"kind": offer.effect.kind, "seen": held.seen}
        return self._form(page, values, [], number)

    def _save(self, page: Page, number: str = "") -> Response:
        try:
            with self._engine.begin() as connection:
                found, problems = promotion_form.read(page, connection, self._decimals)
                if problems:
                    return self._form(
                        page, promotion_form.retyped(page),
                        [one.said_on(page) for one in problems], number,
                    )  # fmt: skip
                done = self._write(page, connection, number, found)
        except ContradictionError as error:
            return self._form(page, promotion_form.retyped(page), error.sentences(page), number)
        except RefusalError as error:
            return self._form(page, promotion_form.retyped(page), [error.said_on(page)], number)
        text = page.gettext(_CHANGED if number else _DRAFTED, document=done)
        return self._console.redirect(page, f"/promotions/{done}", text)

    @staticmethod
    def _write(page: Page, connection: Connection, number: str, found: promotion_form.Read) -> str:
        if not number:
            return promotions.draft(connection, found.audience, found.offer, page.user, page.now)
        promotions.change(
            connection, number, found.audience, found.offer, page.user, page.now,
            seen=page.form["seen"],
        )  # fmt: skip
        return number

    def _form(
        self, page: Page, values: Mapping[str, str], problems: Sequence[str], number: str = ""
    ) -> Response:
        try:
            kind = promotion_form.kind_of(values["kind"])
        except RefusalError as error:
            raise PageError(error.said_on(page), 404) from error
        with self._engine.connect() as connection:
            choices = audiences(page, connection)
            clocks = [(zone, zone) for zone in zones(connection)]
            known = [f"{one.code} {one.name}" for one in tiers.every(connection)]
        return self._console.render(
            page, "promotion_form.html", status=422 if problems else 200, kind=kind,
            values=values, problems=problems, number=number, choices=choices, clocks=clocks,
            rows=promotion_form.row_numbers(kind, values), row_field=row_field,
            modes=[(name, page.gettext(label)) for name, label in MODES.items()],
            birthdays=[(name, page.gettext(label)) for name, label in BIRTHDAYS.items()],
            weekdays=[(str(day), page.gettext(name)) for day, name in WEEKDAYS.items()],
            ticked=values.get("weekday", "").split(), tiers=known,
        )  # fmt: skip
