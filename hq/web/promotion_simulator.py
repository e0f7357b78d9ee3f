"""The simulator: what a draft would have done to past baskets of chosen branches and days."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.responses import Response

from hq import promotion_replay, promotions
from hq.bootstrap import Headquarters
from hq.completeness import assess
from hq.prices_in_force import list_prices
from hq.promotion_replay import Replay, Shop
from hq.promotions import Document
from hq.promotions_in_force import published_for
from hq.reports.branches import KnownBranch
from hq.reports.past_baskets import category_parents, extent, past_baskets
from hq.reports.snapshot import snapshot
from hq.web import completeness_text
from hq.web.asked import Asked, read_asked
from hq.web.price_changes import READERS
from hq.web.promotions import find
from hq.web.simulation_form import DAYS, UNPUBLISHED
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from schemas.domain.promotion.effect import SpendGift
from schemas.domain.quantity import extend

#: More take too long for a page; the newest tell most.
MOST_BASKETS = 20_000

_STATE = msgid("%(document)s is no draft (any more): look at its effect instead.")
_BUSY = msgid("Another simulation is running: wait until it has ended, then try again.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the page."""
    pages = _SimulatorPages(console, headquarters)
    console.page("/promotions/{promotion}/simulation", roles=READERS)(pages.show)


class _SimulatorPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine
        self._currency = headquarters.settings.currency
        self._member_key = headquarters.member_key
        self._running = threading.Lock()

    def show(self, page: Page) -> Response:
        """The figures, one simulation at a time: it takes a processor for as long as it runs."""
        if not self._running.acquire(blocking=False):
            raise PageError(page.gettext(_BUSY), 503)
        try:
            return self._simulate(page)
        finally:
            self._running.release()

    def _simulate(self, page: Page) -> Response:
        with snapshot(self._engine) as connection:
            document = find(page, connection)
            if document.state not in UNPUBLISHED:
                raise PageError(page.gettext(_STATE, document=document.promotion))
            asked = read_asked(page, connection, self._currency, DAYS)
            range_ = asked.branches, asked.first, asked.last, MOST_BASKETS
            size = extent(connection, *range_)
            shops, unreadable = _shops(connection, asked)
            offer, presented = document.offer, bool(page.query.get("presented"))
            found = promotion_replay.replay(
                past_baskets(
                    connection, *range_, self._member_key, costed=asked.currency == self._currency
                ),
                shops, offer, category_parents(connection), giving=promotions.giving(connection),
                presented=presented,
            )  # fmt: skip
            gift = _gift(connection, document, page.now)
            completeness = assess(connection, asked.branches, asked.first, asked.last, page.now)
        return self._console.render(
            page, "promotion_simulation.html", document=document, offer=document.offer,
            asked=asked, size=size,
            gift=gift, presented=presented,
            form={"coupon": offer.who.coupon, "presented": presented, "known": asked.known, "chosen": asked.codes, "first": asked.first, "last": asked.last}, found=found, rows=_rows(found, asked),
            unreadable=unreadable, completeness=completeness,
            heading=completeness_text.heading(page, completeness),
            extent=completeness_text.extent(page, completeness, asked.zone),
            told=completeness_text.told(page, completeness),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Gift:
    """What a draft gives; `price` is what one unit costs now, none where nobody has said."""

    item: str
    unit: str
    price: int | None

    def worth(self, quantity: int) -> int:
        """What a quantity, in thousandths, costs."""
        return extend(self.price or 0, quantity)


def _gift(connection: Connection, held: Document, at: datetime) -> _Gift | None:
    effect = held.offer.effect
    if not isinstance(effect, SpendGift):
        return None
    prices = list_prices(connection, held.audience, [effect.item], at, without="")
    return _Gift(effect.item, effect.unit, prices.get((effect.item, effect.unit)))


def _shops(connection: Connection, asked: Asked) -> tuple[Mapping[str, Shop], list[str]]:
    in_force = published_for(connection, asked.codes)
    shops = {one.branch: Shop(one.zone, in_force[one.branch].promotions) for one in asked.branches}
    return shops, sorted({code for one in in_force.values() for code in one.unreadable})


def _rows(found: Replay, asked: Asked) -> list[tuple[KnownBranch, promotion_replay.Figures]]:
    """Every branch that was asked for, those without a basket too."""
    none = promotion_replay.Figures()
    return [(one, found.branches.get(one.branch, none)) for one in asked.branches]
