"""Orders of online shops: where each is, since when its branch was not heard, and the way out of one.

who                         may
who reads prices            see the orders of the branches in their care
buyers, administrators      cancel one; its branch answers
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.reports.branches import known_branches
from hq.shop import orders, views
from hq.shop.views import OrderQuery, OrderView
from hq.shop.wanted import ShopError
from hq.web.price_changes import DRAFTERS, READERS
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from replication.console.row_seen import instant_seen
from schemas.tables.shop import shop_order

STATES: Mapping[str, tuple[str, str]] = {
    "accepted": ("info", msgid("Accepted")),
    "picked": ("info", msgid("Picked")),
    "ready": ("good", msgid("Ready for pick-up")),
    "handed_over": ("good", msgid("Handed over")),
    "given_back": ("bad", msgid("Put back by the branch")),
    "cancelling": ("warn", msgid("Being cancelled")),
    "cancelled": ("quiet", msgid("Cancelled")),
    "expiring": ("warn", msgid("Not fetched in time, being put back")),
    "expired": ("quiet", msgid("Not fetched in time")),
}
_STEPS: Mapping[str, str] = {
    "picked": msgid("Picked"),
    "ready": msgid("Ready for pick-up"),
    "handed_over": msgid("Handed over"),
    "given_back": msgid("Put back by the branch"),
}
_PAYMENTS: Mapping[str, str] = {
    "online": msgid("Paid online"),
    "till": msgid("At the till"),
}
_UNKNOWN = msgid("There is no order %(order)s, or it is of a branch that you may not see.")
_NO_REASON = msgid("Say why order %(order)s is cancelled.")
_HANDED_OVER = msgid("Order %(order)s was handed over: there is nothing left to cancel.")
_CANCELLED = msgid("%(order)s is cancelled as soon as its branch has put the goods back.")
_LIST_ROWS = 50


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list, one order, and its way out."""
    pages = _ShopPages(console, headquarters)
    console.page("/shop", roles=READERS)(pages.every)
    console.page("/shop/orders/{order}", roles=READERS)(pages.one)
    console.page("/shop/orders/{order}/cancel", roles=DRAFTERS, methods=("POST",))(pages.cancel)


class _ShopPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine
        self._currency = headquarters.settings.currency

    def every(self, page: Page) -> Response:
        """Those that are not over, or those that are, the youngest first."""
        over = page.query.get("show") == "over"
        chosen = page.query.get("branch", "")
        scope = [chosen] if chosen else page.user.branches
        before = (instant_seen(page), page.query["after"]) if "after" in page.query else None
        with self._engine.connect() as connection:
            known = known_branches(connection, page.user.branches)
            if chosen and chosen not in {one.branch for one in known}:
                scope = ["-"]
            query = OrderQuery(branches=scope, limit=_LIST_ROWS)
            found = views.newest(connection, query, before, over=over)
        shown = found[:_LIST_ROWS]
        return self._console.render(
            page, "shop.html", orders=shown, states=STATES, payments=_PAYMENTS, known=known,
            over=over, chosen=chosen, before=before, currency=self._currency,
            zones={one.branch: one.zone for one in known},
            further=shown[-1].row if len(found) > _LIST_ROWS else None,
            may_manage=page.user.role == "administrator",
        )  # fmt: skip

    def one(self, page: Page) -> Response:
        """One order: what was ordered, what was found, what was done."""
        found = self._find(page)
        with self._engine.connect() as connection:
            known = {one.branch: one for one in known_branches(connection)}
        branch = known.get(found.row.branch)
        open_ = found.settled.state not in ("handed_over", "given_back")
        return self._console.render(
            page, "shop_order.html", order=found, states=STATES, steps=_STEPS, payments=_PAYMENTS,
            branch=branch, zone=branch.zone if branch else "UTC", currency=self._currency,
            may_cancel=page.user.role in DRAFTERS and not found.row.withdrawn and open_,
        )  # fmt: skip

    def cancel(self, page: Page) -> Response:
        """Want it no more; its branch answers."""
        found, reason = self._find(page), page.form["reason"].strip()
        order = found.row.order
        if not reason:
            raise PageError(page.gettext(_NO_REASON, order=order))
        try:
            with self._engine.begin() as connection:
                orders.cancel(connection, order, "cancelled", page.user.operator, reason, page.now)
        except ShopError as error:
            raise PageError(page.gettext(_HANDED_OVER, order=order), 409) from error
        said = page.gettext(_CANCELLED, order=order)
        return self._console.redirect(page, f"/shop/orders/{order}", said)

    def _find(self, page: Page) -> OrderView:
        order = page.path["order"]
        with self._engine.connect() as connection:
            query = select(shop_order).where(shop_order.c.order == order)
            if page.user.branches:
                query = query.where(shop_order.c.branch.in_(page.user.branches))
            found = views.views(connection, connection.execute(query).all())
        if not found:
            raise PageError(page.gettext(_UNKNOWN, order=order[:40]), 404)
        return found[0]
