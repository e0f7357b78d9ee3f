"""Stocktakes: the list, opening one, its sheets, and its end. Whoever works here sees where to count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.responses import Response

from branch import items, policy
from branch.stocktake import counting, session
from branch.stocktake.session import SCOPES, Plan, Scope
from branch.web.office import Office, refusals_told
from branch.web.staff import COUNTERS, MANAGERS
from replication.console.app import Page, PageError
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from schemas.domain.money import NumberError, parse_amount

_SHOWN = 50
_OPENED = msgid("The stocktake is open: count on its sheets.")
_CANCELLED = msgid("The stocktake is cancelled. Its counts stay to be read.")
_ADDED = msgid("The sheet is there.")
_NO_AMOUNT = msgid("Write an amount such as 1234.50, or 0")


def add(office: Office) -> None:
    """Declare the pages."""

    @office.console.page("/stocktakes", roles=COUNTERS)
    def stocktakes(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            return office.render(
                page, "stocktakes.html", voice,
                stocktakes=session.stocktakes(connection, limit=_SHOWN),
                categories=items.categories(connection),
                tolerance=policy.find(connection, office.code).tolerance,
                decimals=decimals_of(voice.profile.currency),
                is_manager=page.user.role in MANAGERS,
            )  # fmt: skip

    @office.page("/stocktakes/open", methods=("POST",))
    def open_stocktake(page: Page) -> Response:
        with office.writing(page) as connection:
            currency = office.voice(page, connection).profile.currency
            plan = _plan(page, decimals_of(currency))
            name = session.open_stocktake(connection, plan, page.user.operator, page.now)
        return office.console.redirect(page, f"/stocktakes/{name}", page.gettext(_OPENED))

    @office.console.page("/stocktakes/{stocktake}", roles=COUNTERS)
    def one(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            with refusals_told(voice):
                held = session.find(connection, page.path["stocktake"])
            entries = counting.standing(counting.of_stocktake(connection, held.stocktake))
            return office.render(
                page, "stocktake.html", voice, stocktake=held,
                sheets=session.sheets(connection, held.stocktake),
                counted={sheet: len({one.item or one.code for one in entries if one.sheet == sheet})
                         for sheet in {one.sheet for one in entries}},
                people={sheet: sorted({one.operator for one in entries if one.sheet == sheet})
                        for sheet in {one.sheet for one in entries}},
                scope_names=_names(items.categories(connection), held.categories),
                is_manager=page.user.role in MANAGERS,
            )  # fmt: skip

    @office.page("/stocktakes/{stocktake}/sheets", methods=("POST",))
    def add_sheet(page: Page) -> Response:
        name = page.path["stocktake"]
        with office.writing(page) as connection:
            session.add_sheet(connection, name, page.form["name"], page.form["codes"].split())
        return office.console.redirect(page, f"/stocktakes/{name}", page.gettext(_ADDED))

    @office.page("/stocktakes/{stocktake}/cancel", methods=("POST",))
    def cancel(page: Page) -> Response:
        name = page.path["stocktake"]
        with office.writing(page) as connection:
            session.cancel(connection, name, page.user.operator, page.form["reason"], page.now)
        return office.console.redirect(page, f"/stocktakes/{name}", page.gettext(_CANCELLED))


def _names(known: Mapping[str, tuple[str, str]], codes: Iterable[str]) -> list[str]:
    """The categories by name; one that headquarters dropped since keeps its code."""
    return [known[code][0] if code in known else code for code in codes]


def _plan(page: Page, decimals: int) -> Plan:
    try:
        tolerance = parse_amount(page.form["tolerance"].strip() or "0", decimals)
    except NumberError:
        tolerance = -1
    if tolerance < 0:
        raise PageError(page.gettext(_NO_AMOUNT))
    return Plan(
        page.form["name"], _scope(page.form["scope"]), page.form["sheets"].splitlines(), tolerance,
        page.form_list("category"), page.form["codes"].split(),
    )  # fmt: skip


def _scope(text: str) -> Scope:
    return next((one for one in SCOPES if one == text), "everything")
