"""Why so many of an item are proposed for a branch, or none: every term, worked out when it is asked for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.goods.lines import item_names
from hq.replenishment.chain import read_chain
from hq.replenishment.left_out import LeftOut
from hq.replenishment.proposal import holding
from hq.replenishment.weighing import Question
from hq.replenishment.why import why
from hq.reports.branches import known_branches
from hq.web.imports import refused
from hq.web.price_changes import READERS
from hq.web.replenishment_words import HELD_BACK, LEFT_OUT
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid

_POINT = msgid("%(what)s: %(which)s. %(way_out)s")
_NOT_YOURS = msgid("Branch %(branch)s is not in your care, or there is none.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The page; it must come before the one of a single proposal."""
    pages = _Pages(console, headquarters)
    console.page("/replenishment/why", roles=READERS)(pages.one)


class _Pages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine

    def one(self, page: Page) -> Response:
        """The question, and its answer where one was asked."""
        branch, item = page.query.get("branch", ""), page.query.get("item", "").strip()
        with refused(page), self._engine.connect() as connection:
            known = known_branches(connection, page.user.branches)
            if item and branch not in {one.branch for one in known}:
                raise PageError(page.gettext(_NOT_YOURS, branch=branch[:20]), 404)
            context = self._answer(page, connection, branch, item) if item else {}
        shown = [
            (one.branch, one.branch if one.name == one.branch else f"{one.branch} · {one.name}")
            for one in known
        ]
        return self._console.render(
            page, "replenishment_why.html", branches=shown, branch=branch, item=item,
            asked=bool(item), **context,
        )  # fmt: skip

    def _answer(self, page: Page, connection: Connection, branch: str, item: str) -> dict[str, Any]:
        chain = read_chain(connection, page.now.date())
        found = why(connection, chain, branch, Question(item), page.now)
        held_back = found.line.terms["held_back_by"] if found.line else ()
        return {
            "reasons": _reasons(page, found.left), "line": found.line, "partner": found.partner,
            "name": item_names(connection, [item]).get(item, ""),
            "proposals": holding(connection, branch, item),
            "held_words": ", ".join(page.gettext(HELD_BACK[one]) for one in held_back),
        }  # fmt: skip


def _reasons(page: Page, left: LeftOut) -> list[str]:
    """What keeps it from being ordered, each with its way out."""
    return [
        page.gettext(
            _POINT, what=page.gettext(LEFT_OUT[reason][0]), which=", ".join(subjects),
            way_out=page.gettext(LEFT_OUT[reason][1]),
        )
        for reason, subjects in left.subjects.items()
    ]  # fmt: skip
