"""The console of headquarters: its menu, its pages, and the application that serves them.

Each page module declares its own pages (`add_pages`); whoever adds one adds it to the list here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from anyio import to_thread
from starlette.applications import Starlette

from hq import metrics, staff, uploads
from hq.bootstrap import Headquarters
from hq.consolidation.desk import ConsolidationDesk
from hq.housekeeping import housekeeping
from hq.import_work import ImportWorker
from hq.reporting.sending import Delivery, ReportSender
from hq.shop import upkeep
from hq.shop.api.routes import routes as shop_routes
from hq.web import (
    attendance,
    coupons,
    day_ledger,
    days,
    exceptions,
    franchise,
    goods,
    goods_transit,
    home,
    import_runs,
    imports,
    item_grid,
    items,
    labels,
    margins,
    member_editor,
    members,
    moved_reports,
    new_goods,
    new_price_change,
    periods,
    policy,
    price_changes,
    promotion_editor,
    promotion_effect,
    promotion_simulator,
    promotions,
    redemption,
    replenishment,
    replenishment_proposal,
    replenishment_terms,
    replenishment_why,
    replication,
    report_api,
    report_tokens,
    reports,
    saved_reports,
    shop,
    shop_keys,
    stock,
    suppliers,
    tickets,
    tiers,
)
from hq.web.menu import NAVIGATION
from replication.console.app import Console

_log = structlog.get_logger(__name__)
_HOME = Path(__file__).parent

AddPages = Callable[[Console, Headquarters], None]

#: In this order a path is looked for: a fixed one before one with a name in it.
_PAGES: tuple[AddPages, ...] = (
    new_price_change.add_pages,
    price_changes.add_pages,
    coupons.add_pages,
    promotion_editor.add_pages,
    promotion_effect.add_pages,
    promotion_simulator.add_pages,
    promotions.add_pages,
    item_grid.add_pages,
    margins.add_pages,
    items.add_pages,
    labels.add_pages,
    import_runs.add_pages,
    imports.add_pages,
    member_editor.add_pages,
    tiers.add_pages,
    members.add_pages,
    redemption.add_pages,
    report_tokens.add_pages,
    saved_reports.add_pages,
    reports.add_pages,
    moved_reports.add_pages,
    tickets.add_pages,
    exceptions.add_pages,
    attendance.add_pages,
    days.add_pages,
    periods.add_pages,
    day_ledger.add_pages,
    policy.add_pages,
    franchise.add_pages,
    suppliers.add_pages,
    new_goods.add_pages,
    goods_transit.add_pages,
    goods.add_pages,
    replenishment.add_pages,
    replenishment_terms.add_pages,
    replenishment_why.add_pages,
    replenishment_proposal.add_pages,
    shop_keys.add_pages,
    shop.add_pages,
    stock.add_pages,
    replication.add_pages,
)


def build_console(headquarters: Headquarters) -> Console:
    """The console with all of its pages."""
    console = Console(
        engine=headquarters.engine,
        title=headquarters.settings.title,
        clock=headquarters.clock,
        authenticate=staff.authenticate,
        find_user=staff.find_user,
        templates=_HOME / "templates",
        locale=_HOME / "locale",
        navigation=NAVIGATION,
        home="/",
    )
    for add_pages in _PAGES:
        add_pages(console, headquarters)
    home.add_pages(console, NAVIGATION)
    return console


def _begin(headquarters: Headquarters) -> None:
    restored = headquarters.feeds.start()
    if restored is not None:
        _log.error("this database was put back: every feed begins a new epoch", why=restored)


def application(headquarters: Headquarters) -> Starlette:
    """What a server runs: console and link on one port; the link's listener lives as long."""
    link = headquarters.link
    settings = headquarters.settings
    keeping = housekeeping(
        headquarters.engine, headquarters.clock, settings.feeds, settings.currency
    )
    importing = ImportWorker(
        headquarters.engine,
        headquarters.clock,
        settings.data / uploads.DIRECTORY,
        settings.decimals,
    )

    keeping_shops = upkeep.looking(headquarters.engine, headquarters.clock)

    consolidating = ConsolidationDesk(headquarters.engine, headquarters.clock)

    folder = settings.data / settings.reports.folder
    delivery = Delivery(folder, settings.mail, settings.currency)
    sender = ReportSender(headquarters.engine, headquarters.clock, delivery)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        await to_thread.run_sync(_begin, headquarters)
        link.listener.published = headquarters.feeds.note
        link.listener.start()
        keeping.start()
        keeping_shops.start()
        importing.start()
        consolidating.start()
        sender.start()
        try:
            yield
        finally:
            sender.stop()
            consolidating.stop()
            importing.stop()
            await to_thread.run_sync(keeping_shops.stop)
            keeping.stop()
            link.listener.stop()
            link.close_inquiries()

    routes = [*link.routes(), *metrics.routes(headquarters), *shop_routes(headquarters)]
    routes += report_api.routes(headquarters)
    return build_console(headquarters).application(routes, lifespan)
