"""The promotions: what there is by state, one in a buyer's words with its history, and its next step.

They are drafted and changed on `hq.web.promotion_editor`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection
from starlette.responses import Response

from hq import promotion_names, promotions
from hq.audit import Note, notes_on
from hq.bootstrap import Headquarters
from hq.promotion_delivery import promotion_grid
from hq.promotions import STATES, Document
from hq.refusal import RefusalError
from hq.web import promotion_words
from hq.web.audiences import audience_label, zone_of
from hq.web.price_changes import (
    APPROVERS,
    DECIDERS,
    DRAFTERS,
    READERS,
    Step,
    steps,
    take_step,
)
from hq.web.promotion_kinds import KINDS
from hq.web.simulation_form import UNPUBLISHED, simulation_form
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from replication.console.users import User

_APPROVED = msgid("%(document)s is approved; it can be published.")
_PUBLISHED = msgid("%(document)s is published; the grid shows where it is.")
_WITHDRAWN = msgid("%(document)s is withdrawn.")
_NO_STATE = msgid("There is no state “%(state)s”.")
_ACTS = {
    "promotion.draft": msgid("drafted"),
    "promotion.change": msgid("edited"),
    "promotion.approve": msgid("approved"),
    "promotion.publish": msgid("published"),
    "promotion.withdraw": msgid("withdrawn"),
    "promotion.take_back": msgid("taken back from branches"),
}

_LIST_ROWS = 50


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the pages of promotions."""
    pages = _PromotionPages(console, headquarters)
    one = "/promotions/{promotion}"
    post = ("POST",)
    console.page("/promotions", roles=READERS)(pages.every)
    console.page(one, roles=READERS)(pages.one)
    console.page(f"{one}/grid", roles=READERS)(pages.grid)
    console.page(f"{one}/approve", roles=APPROVERS, methods=post)(pages.approve)
    console.page(f"{one}/publish", roles=DECIDERS, methods=post)(pages.publish)
    console.page(f"{one}/withdraw", roles=DECIDERS, methods=post)(pages.withdraw)


def find(page: Page, connection: Connection) -> Document:
    """The promotion that an address names; the page says so when there is none."""
    try:
        return promotions.find(connection, page.path["promotion"])
    except RefusalError as error:
        raise PageError(error.said_on(page), 404) from error


def kind_label(page: Page, kind: str) -> str:
    """What a kind is called; one that is not offered here keeps its own name."""
    return page.gettext(KINDS[kind].name) if kind in KINDS else kind


class _PromotionPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine
        self._currency = headquarters.settings.currency

    def every(self, page: Page) -> Response:
        """The list, the latest first; all of them or those of one state."""
        state = page.query.get("state", "")
        if state and state not in STATES:
            raise PageError(page.gettext(_NO_STATE, state=state), 404)
        with self._engine.connect() as connection:
            held = promotions.newest(
                connection, _LIST_ROWS, page.query.get("before", ""),
                state or None,
            )  # fmt: skip
            zones = {one.audience: zone_of(connection, one.audience) for one in held}
        return self._console.render(
            page, "promotions.html", documents=[(one, one.offer) for one in held], zones=zones,
            further=held[-1].promotion if len(held) == _LIST_ROWS else None, state=state,
            states=STATES, may_draft=page.user.role in DRAFTERS, audience_label=audience_label,
            kind_label=kind_label,
        )  # fmt: skip

    def one(self, page: Page) -> Response:
        """One promotion: what it says, where it stands, and what can be done next."""
        with self._engine.connect() as connection:
            held = find(page, connection)
            offer = held.offer
            words = promotion_words.facts(
                page, offer, promotion_names.names(connection, offer), self._currency
            )
            history = notes_on(connection, "promotion.", held.promotion)
            zone = zone_of(connection, held.audience)
            grid = promotion_grid(connection, held, page.now)
            form = None
            if held.state in UNPUBLISHED:
                form = simulation_form(page, connection, held)
        return self._console.render(
            page, "promotion.html", document=held, offer=offer, words=words, zone=zone,
            history=[(one, _act(page, one)) for one in history], steps=_steps(page, held),
            kind=kind_label(page, offer.effect.kind), form=form, audience_label=audience_label,
            grid=grid, grid_address=_grid_address(held), priced=False,
        )  # fmt: skip

    def grid(self, page: Page) -> Response:
        """The grid alone; the page asks for it until every cell has got there."""
        with self._engine.connect() as connection:
            held = find(page, connection)
            grid = promotion_grid(connection, held, page.now)
        return self._console.render(
            page, "delivery_grid.html", grid_address=_grid_address(held), priced=False, grid=grid
        )

    def approve(self, page: Page) -> Response:
        """The second person's word for what they have seen."""
        seen = page.form["seen"]

        def step(connection: Connection, number: str, actor: User, at: datetime) -> None:
            promotions.approve(connection, number, actor, at, seen=seen)

        return self._step(page, step, _APPROVED)

    def publish(self, page: Page) -> Response:
        """Tell the audience."""
        return self._step(page, promotions.publish, _PUBLISHED)

    def withdraw(self, page: Page) -> Response:
        """Take it back, with a reason."""
        reason = page.form["reason"]

        def step(connection: Connection, number: str, actor: User, at: datetime) -> None:
            promotions.withdraw(connection, number, actor, reason, at)

        return self._step(page, step, _WITHDRAWN)

    def _step(self, page: Page, step: Step, done: str) -> Response:
        number = page.path["promotion"]
        take_step(self._engine, page, step, number)
        text = page.gettext(done, document=number)
        return self._console.redirect(page, f"/promotions/{number}", text)


def _act(page: Page, one: Note) -> str:
    return page.gettext(_ACTS[one.act])


def _grid_address(held: Document) -> str:
    return f"/promotions/{held.promotion}/grid"


def _steps(page: Page, held: Document) -> set[str]:
    """What this person may do with the promotion now."""
    drafts = held.state == "draft" and page.user.role in DRAFTERS
    return steps(page, held) | ({"change"} if drafts else set())
