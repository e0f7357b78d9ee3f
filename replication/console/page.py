"""What a page's handler gets, and how it refuses.

A handler is a plain function on a thread of its own: it may wait for the database. It raises
`PageError` with what the person should read; anything else that it raises is our mistake, is
answered with a number, and stands in the log under that number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from gettext import NullTranslations

from starlette.requests import Request
from starlette.responses import Response

from replication.console.languages import msgid
from replication.console.users import User


class PageError(Exception):
    """A refusal for the person at the screen, in their language: `page.gettext` made `message`.

    `advice` says what to do next; without it the page says something general.
    """

    def __init__(self, message: str, status: int = 422, *, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.advice = advice


class Fields(dict[str, str]):
    """The fields of a form or of a query. A missing one is a refusal, not our mistake."""

    def __missing__(self, name: str) -> str:
        raise MissingFieldError(name)


class MissingFieldError(Exception):
    """A form came without a field: the page is outdated, or was not made by us."""

    MESSAGE = msgid("The field “%(field)s” is missing.")
    ADVICE = msgid("Load the page again and fill it in once more.")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.field = name


@dataclass(frozen=True, slots=True)
class Submission:
    """What came in the body of a POST: pairs in their order, and the bytes of uploaded files."""

    pairs: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One request by one person, in their language, at the site's own time."""

    request: Request
    user: User
    language: str
    translations: NullTranslations
    now: datetime
    csrf: str = ""
    submission: Submission = field(default_factory=Submission)

    @property
    def query(self) -> Mapping[str, str]:
        """The query's parameters; of a repeated one the last."""
        return Fields(self.request.query_params.multi_items())

    def query_list(self, name: str) -> list[str]:
        """Every value of a repeated query parameter."""
        return self.request.query_params.getlist(name)

    @property
    def form(self) -> Mapping[str, str]:
        """The fields of a POST; of a repeated one the last."""
        return Fields(self.submission.pairs)

    def form_list(self, name: str) -> list[str]:
        """Every value of a repeated field."""
        return [value for key, value in self.submission.pairs if key == name]

    @property
    def files(self) -> Mapping[str, bytes]:
        """The uploaded files by field; a field without a chosen file is not there."""
        return self.submission.files

    @property
    def path(self) -> Mapping[str, str]:
        """The parameters in the path, as text."""
        return {name: str(value) for name, value in self.request.path_params.items()}

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asked for a part of the page, so that the answer goes without its frame."""
        headers = self.request.headers
        return headers.get("hx-request-type") == "partial" and headers.get("hx-request") == "true"

    @property
    def here(self) -> str:
        """The path and query of this page, to come back to."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    def gettext(self, message: str, **params: object) -> str:
        """The message in the person's language, `%(name)s` filled in; a percent sign is `%%`."""
        return self.translations.gettext(message) % params if message else ""


Handler = Callable[[Page], Response]
