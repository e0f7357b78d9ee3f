"""What every page of the back office starts from: the branch, the person, and how to speak to them.

A refusal of the branch becomes an answer in the person's language here, once for all pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection
from starlette.responses import Response

from branch import day_state, profile
from branch.bootstrap import Branch
from branch.day_state import Day
from branch.voice import Voice
from branch.web.staff import MANAGERS, names
from branch.wording import RefusalError
from replication.console.app import Console, Handler, Page, PageError
from replication.console.languages import msgid

_NO_DATE = msgid("“%(text)s” is no date: write it as 2026-03-05")
_NO_DAY = msgid("There is no business day %(date)s.")


@dataclass(frozen=True, slots=True)
class Office:
    """The back office of one branch; pages are declared on it."""

    branch: Branch
    console: Console

    @property
    def code(self) -> str:
        """The branch's code."""
        return self.branch.code

    def page(self, path: str, methods: Sequence[str] = ("GET",)) -> Callable[[Handler], Handler]:
        """Serve the decorated handler to branch managers."""
        return self.console.page(path, roles=MANAGERS, methods=methods)

    def voice(self, page: Page, connection: Connection) -> Voice:
        """How to speak to whoever asked."""
        return Voice(
            page.language,
            page.translations,
            profile.find_or_bare(connection, self.code),
            names(connection),
        )

    def render(
        self, page: Page, template: str, voice: Voice, *, status: int = 200, **context: object
    ) -> Response:
        """A page of the back office."""
        return self.console.render(
            page, template, status=status, voice=voice, code=self.code, **context
        )

    @contextmanager
    def writing(self, page: Page) -> Iterator[Connection]:
        """A transaction for what a person does; a refusal undoes it and is told to them."""
        try:
            with self.branch.engine.begin() as connection:
                yield connection
        except RefusalError as error:
            with self.branch.engine.connect() as connection:
                voice = self.voice(page, connection)
            raise PageError(voice.say(error.wording), 409) from error


@contextmanager
def refusals_told(voice: Voice) -> Iterator[None]:
    """Tell a refusal of what is only read."""
    try:
        yield
    except RefusalError as error:
        raise PageError(voice.say(error.wording), 404) from error


def date_of(page: Page, text: str) -> date:
    """The date in an address or a form. Raises PageError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PageError(page.gettext(_NO_DATE, text=text[:40]), 422) from error


def day_of(page: Page, connection: Connection, branch: str, business_date: date) -> Day:
    """The branch's day of a date. Raises PageError."""
    day = day_state.find_day(connection, branch, business_date)
    if day is None:
        raise PageError(page.gettext(_NO_DAY, date=business_date.isoformat()), 404)
    return day


def chosen_day(page: Page, connection: Connection, branch: str) -> Day | None:
    """The day that a page is about: the one asked for, else the oldest that is not closed, else
    the newest; None while there is none.
    """
    asked = page.query.get("date")
    if asked:
        return day_of(page, connection, branch, date_of(page, asked))
    waiting = day_state.unfinished(connection, branch)
    if waiting:
        return waiting[0]
    return next(iter(day_state.days(connection, branch, limit=1)), None)
