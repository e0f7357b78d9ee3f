"""The suppliers: whom the chain buys from, and how many orders went to each."""

from __future__ import annotations

from starlette.responses import Response

from hq import suppliers
from hq.bootstrap import Headquarters
from hq.web import imports
from hq.web.goods import READERS
from replication.console.app import Console, Page


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list; it is filled by importing."""

    @console.page("/suppliers", roles=READERS)
    def every(page: Page) -> Response:
        with headquarters.engine.connect() as connection:
            held = suppliers.every(connection).values()
            orders = suppliers.orders(connection)
        sought = page.query.get("find", "").strip().casefold()
        shown = [
            one
            for one in held
            if sought in one.supplier.casefold() or sought in one.name.casefold()
        ]
        return console.render(
            page, "suppliers.html", suppliers=shown, orders=orders, sought=sought,
            may_import=page.user.role in imports.ROLES,
        )  # fmt: skip
