"""What an administrator does with a member: register, change, merge, and set their accounts right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from hq import members, points, tiers
from hq.bootstrap import Headquarters
from hq.members import Personal
from hq.redemption import stored_value
from hq.refusal import RefusalError
from hq.web.members import EDITORS, MemberPages
from replication.console.app import Console, Page
from replication.console.languages import msgid
from schemas.domain.money import NumberError, parse_amount

_SAVED = msgid("%(member)s is saved; tills know it once it arrived there.")
_MERGED = msgid("%(member)s is %(into)s from now on.")
_POINTS = msgid("The points of %(member)s are changed.")
_STORED_VALUE = msgid("The stored value of %(member)s is changed.")
_AMOUNT = msgid("“%(value)s” is no amount: write it like 12.50.")
_NUMBER = msgid("“%(value)s” is no whole number of points.")
Adjust = Callable[[Connection, str, int, str, str, datetime], None]

_FIELDS = ("name", "phone", "email", "birthday", "card")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare what is done with members."""
    pages = _Editor(console, headquarters)
    post = ("POST",)
    console.page("/members/new", roles=EDITORS, methods=("GET", "POST"))(pages.new)
    console.page("/members/one/change", roles=EDITORS, methods=post)(pages.change)
    console.page("/members/one/merge", roles=EDITORS, methods=post)(pages.merge)
    console.page("/members/one/points", roles=EDITORS, methods=post)(pages.adjust)
    console.page("/members/one/stored-value", roles=EDITORS, methods=post)(
        pages.adjust_stored_value
    )


class _Editor:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters
        self._shown = MemberPages(console, headquarters)

    def new(self, page: Page) -> Response:
        """The form of a new member, and what comes of it."""
        if page.request.method == "GET":
            return self._form(page, {}, "")
        try:
            number = self._save(page, "")
        except RefusalError as error:
            return self._form(page, page.form, error.said_on(page))
        return self._back(page, number, page.gettext(_SAVED, member=number))

    def change(self, page: Page) -> Response:
        """Change a member, whom the administrator sees open."""
        number = page.form["member"]
        try:
            self._save(page, number)
        except RefusalError as error:
            return self._shown.render_one(page, number, problem=error.said_on(page))
        return self._back(page, number, page.gettext(_SAVED, member=number))

    def merge(self, page: Page) -> Response:
        """Let a member be another."""
        number, into = page.form["member"], page.form["into"].strip()
        try:
            with self._hq.engine.begin() as connection:
                members.merge(connection, number, into, page.user, page.form["reason"], page.now)
        except RefusalError as error:
            return self._shown.render_one(page, number, problem=error.said_on(page))
        return self._back(page, into, page.gettext(_MERGED, member=number, into=into))

    def adjust(self, page: Page) -> Response:
        """Add points or take them."""
        return self._adjust(page, page.form["points"], 0, _NUMBER, points.adjust, _POINTS)

    def adjust_stored_value(self, page: Page) -> Response:
        """Add stored value or take it."""
        decimals = self._hq.settings.decimals
        how = (decimals, _AMOUNT, stored_value.adjust, _STORED_VALUE)
        return self._adjust(page, page.form["amount"], *how)

    def _adjust(
        self, page: Page, typed: str, decimals: int, wrong: str, adjust: Adjust, said: str
    ) -> Response:
        number, typed = page.form["member"], typed.strip()
        try:
            amount = parse_amount(typed.removeprefix("+"), decimals)
        except NumberError:
            problem = page.gettext(wrong, value=typed[:40])
            return self._shown.render_one(page, number, problem=problem)
        try:
            with self._hq.engine.begin() as connection:
                members.find(connection, number)
                adjust(
                    connection, number, amount, page.user.operator, page.form["reason"], page.now
                )
        except RefusalError as error:
            return self._shown.render_one(page, number, problem=error.said_on(page))
        return self._back(page, number, page.gettext(said, member=number))

    def _save(self, page: Page, number: str) -> str:
        personal = Personal(**{name: page.form[name].strip() for name in _FIELDS})
        with self._hq.engine.begin() as connection:
            return members.save(
                connection, self._hq.member_key, number, page.form["tier"], personal,
                page.user, page.now,
            )  # fmt: skip

    def _form(self, page: Page, values: Mapping[str, str], problem: str) -> Response:
        with self._hq.engine.connect() as connection:
            table = tiers.every(connection)
        return self._console.render(
            page, "member_form.html", status=422 if problem else 200, values=values,
            problem=problem, tiers=table,
        )  # fmt: skip

    def _back(self, page: Page, number: str, said: str) -> Response:
        return self._console.redirect(page, f"/members/one?{urlencode({'member': number})}", said)
