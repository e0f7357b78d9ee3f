"""The least margins by category: what holds, how many items are below it, and what another one would do.

who                          may
whoever reads figures        see them
buyers and administrators    look at what another margin would do, and set it

One margin is set at a time, and its effect is shown before it is; many are imported (`minimum_margins`).
"""

from __future__ import annotations

from starlette.responses import Response

from hq import margin_effect
from hq.bootstrap import Headquarters
from hq.margin_floors import Floor
from hq.refusal import RefusalError
from hq.web.asked import REPORT_ROLES
from hq.web.imports import ROLES
from hq.web.items import category_choices
from replication.console.app import Console, Page
from replication.console.languages import msgid

_SET = msgid("The least margin of %(category)s is %(margin)s %%.")
_TAKEN_AWAY = msgid("%(category)s has no least margin of its own any more.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the page and its step."""
    pages = _MarginPages(console, headquarters)
    console.page("/items/margins", roles=REPORT_ROLES)(pages.every)
    console.page("/items/margins/set", roles=ROLES, methods=("POST",))(pages.set)


class _MarginPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine

    def every(self, page: Page) -> Response:
        """All categories; where a margin was typed, beside what it would do."""
        asked = page.query.get("category", "") if page.user.role in ROLES else ""
        if not asked:
            return self._render(page)
        try:
            new = Floor(asked, margin_effect.read(page.query.get("margin", "")))
            return self._render(page, new)
        except RefusalError as error:
            return self._render(page, problem=error.said_on(page))

    def set(self, page: Page) -> Response:
        """Set one, or take it away."""
        code, typed = page.form["category"], page.form["margin"]
        try:
            new = Floor(code, margin_effect.read(typed))
            with self._engine.begin() as connection:
                margin_effect.set_floor(connection, new, page.user, page.now)
        except RefusalError as error:
            return self._render(page, problem=error.said_on(page))
        text = (
            page.gettext(_TAKEN_AWAY, category=code)
            if new.margin is None
            else page.gettext(_SET, category=code, margin=_written(new.margin))
        )
        return self._console.redirect(page, "/items/margins", text)

    def _render(self, page: Page, new: Floor | None = None, problem: str = "") -> Response:
        with self._engine.connect() as connection:
            now = margin_effect.standings(connection, page.now)
            then = None if new is None else margin_effect.standings(connection, page.now, new)
            choices = category_choices(connection)
        typed = page.form if page.request.method == "POST" else page.query
        return self._console.render(
            page, "margins.html", status=422 if problem else 200, standings=now, problem=problem,
            effect=None if new is None or then is None else _of(new, now, then),
            new=new, categories=choices, chosen=typed.get("category", ""),
            typed=typed.get("margin", ""), written=_written, may_edit=page.user.role in ROLES,
        )  # fmt: skip


def _of(
    new: Floor, now: list[margin_effect.Standing], then: list[margin_effect.Standing]
) -> tuple[margin_effect.Standing, margin_effect.Standing]:
    """The category that is asked about, as it is and as it would be."""
    (before,) = (one for one in now if one.category == new.category)
    (after,) = (one for one in then if one.category == new.category)
    return before, after


def _written(margin: int | None) -> str:
    return "" if margin is None else f"{margin // 100}.{margin % 100:02}"
