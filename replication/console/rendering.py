"""From a template and its values to an answer, in the person's language.

A template finds beside what its handler passes:

| name        | what                                                                            |
|-------------|---------------------------------------------------------------------------------|
| page        | the request: user, query, `page.now`, `page.here`                               |
| ui          | the macros of `console/macros.html`                                             |
| static(p)   | the address of a static file, with its version                                  |
| filters     | amount, plain_amount, number, quantity, percent, instant, clock_time, day: see `formats`       |
| title, navigation, menu_parts, message | what the frame shows                                 |

A missing value raises instead of leaving a blank: a figure that is not there must not look like one
that is nought.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from replication.console import formats
from replication.console.cookies import drop_cookie, read_cookie
from replication.console.languages import LANGUAGES, msgid, read_translations
from replication.console.page import Page

FLASH = "message"
STATIC = Path(__file__).parent / "static"
_TEMPLATES = Path(__file__).parent / "templates"

_TITLES = {
    400: msgid("This request was not understood"),
    403: msgid("This is not yours to open"),
    404: msgid("There is no such page"),
    405: msgid("This page does not take that"),
    409: msgid("Somebody was faster"),
    413: msgid("This is too large"),
    422: msgid("This cannot be done as it is"),
    500: msgid("Something went wrong here"),
    503: msgid("Not available at the moment"),
}
_ADVICE = {
    403: msgid("Ask whoever administers this site, or sign in as somebody else."),
    404: msgid("Check the address, or choose from the menu."),
    409: msgid("Load the page again, look at what changed, and decide anew."),
    422: msgid("Go back, correct it and try again."),
    503: msgid("This heals by itself. Try again in a few seconds."),
}
_GENERAL_TITLE = msgid("This could not be done")
_GENERAL_ADVICE = msgid("Go back and try again.")


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the menu, for those with one of the roles. `label` is translated.

    The pages of its `parts` lead to one another above what they show; a part may be for fewer people.
    """

    path: str
    label: str
    roles: frozenset[str]
    parts: tuple[NavItem, ...] = ()

    def leads_to(self, here: str) -> bool:
        """Whether this entry is above a page."""
        return f"{here}/".startswith(f"{self.path.rstrip('/')}/")


#: Path and label of an entry, and whether it is where the person is.
_Shown = tuple[str, str, bool]


@cache
def static_address(path: str) -> str:
    """Where a static file is served; the version changes with its content."""
    version = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={version}"


class Renderer:
    """Renders one site's pages."""

    def __init__(
        self, *, title: str, templates: Path, locale: Path, navigation: Sequence[NavItem], home: str
    ) -> None:
        self.home = home
        self._title = title
        self._navigation = tuple(navigation)
        self.translations = read_translations([locale])
        loader = ChoiceLoader([FileSystemLoader(templates), FileSystemLoader(_TEMPLATES)])
        self._environments = {
            language: self._environment(loader, language) for language in LANGUAGES
        }

    def _environment(self, loader: ChoiceLoader, language: str) -> Environment:
        environment = Environment(
            loader=loader,
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
        )
        # The extension adds this method when the program runs.
        install = environment.install_gettext_translations  # type: ignore[attr-defined]
        install(self.translations[language], newstyle=True)
        environment.filters.update(formats.filters(language))
        environment.globals["static"] = static_address
        environment.globals["ui"] = environment.get_template("console/macros.html").module
        return environment

    def render(
        self, page: Page, template: str, context: Mapping[str, object], status: int = 200
    ) -> HTMLResponse:
        """The template as an answer. A message left by the page before is shown, once."""
        message = "" if page.is_fragment else read_cookie(page.request, FLASH)
        frame = {
            "languages": LANGUAGES,
            "message": message,
            "navigation": self._menu(page),
            "menu_parts": self._parts(page),
            "page": page,
            "title": page.gettext(self._title),
        }
        text = (
            self._environments[page.language].get_template(template).render(frame | dict(context))
        )
        headers = {"Cache-Control": "no-store", "Content-Language": page.language.replace("_", "-")}
        response = HTMLResponse(text, status, headers)
        if message:
            drop_cookie(page.request, response, FLASH)
        return response

    def error(
        self, page: Page, status: int, message: str, advice: str | None = None
    ) -> HTMLResponse:
        """A refusal or a failure: what happened, and what to do next."""
        template = "console/error_fragment.html" if page.is_fragment else "console/error.html"
        context = {
            "status": status,
            "heading": page.gettext(_TITLES.get(status, _GENERAL_TITLE)),
            "problem": message,
            "advice": advice or page.gettext(_ADVICE.get(status, _GENERAL_ADVICE)),
            "home": self.home,
        }
        return self.render(page, template, context, status)

    def _menu(self, page: Page) -> list[_Shown]:
        """The entries; the person is at the one whose path, or a part's, is the longest that leads here."""
        nearest = self._nearest(page)
        return [
            (item.path, page.gettext(item.label), item is nearest)
            for item in _allowed(self._navigation, page)
        ]

    def _parts(self, page: Page) -> list[_Shown]:
        """The parts of where the person is, on the page of one of them; a page below a part has none."""
        here = page.request.url.path
        nearest = self._nearest(page)
        parts = [] if nearest is None else _allowed(nearest.parts, page)
        if len(parts) < 2 or here not in {part.path for part in parts}:  # noqa: PLR2004 - one is no choice
            return []
        return [(part.path, page.gettext(part.label), part.path == here) for part in parts]

    def _nearest(self, page: Page) -> NavItem | None:
        here = page.request.url.path
        leading = [
            (len(part.path), item)
            for item in _allowed(self._navigation, page)
            for part in (item, *item.parts)
            if part.leads_to(here)
        ]
        return max(leading, key=lambda found: found[0])[1] if leading else None


def _allowed(items: Sequence[NavItem], page: Page) -> list[NavItem]:
    return [item for item in items if page.user.role in item.roles]
