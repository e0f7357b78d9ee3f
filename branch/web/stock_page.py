"""Stock: what there is of every item, what stands out, and the ledger of one."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from branch.goods import availability
from branch.goods import ledger as ledgers
from branch.goods.availability import Only, Wanted
from branch.goods.ledger import Place
from branch.web.office import Office
from replication.console.app import Page, PageError
from replication.console.languages import msgid
from replication.console.row_seen import instant_seen, number_seen
from replication.console.stock_words import MOVES

_NO_ITEM = msgid("There is no item %(item)s here.")
_ONLY: tuple[Only, ...] = ("", "low", "negative", "uncosted")


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/stock")
    def stock(page: Page) -> Response:
        return _stock(office, page)

    @office.page("/stock/{item}")
    def one_item(page: Page) -> Response:
        return _item(office, page)


def _stock(office: Office, page: Page) -> Response:
    asked = page.query.get("only", "")
    wanted = Wanted(
        page.query.get("q", "").strip()[:60],
        page.query.get("category", ""),
        next((one for one in _ONLY if one == asked), ""),
        page.query.get("after", ""),
    )
    with office.branch.engine.connect() as connection:
        held = availability.stock(connection, office.code, wanted)
        shown, more = held[: availability.PAGE], len(held) > availability.PAGE
        return office.render(
            page,
            "stock.html",
            office.voice(page, connection),
            items=shown,
            wanted=wanted,
            totals=availability.totals(connection, office.code),
            categories=availability.categories(connection),
            first=_address(wanted) if wanted.after else None,
            next=_address(wanted, shown[-1].item) if more else None,
        )


def _address(wanted: Wanted, after: str = "") -> str:
    query = {"q": wanted.text, "category": wanted.category, "only": wanted.only, "after": after}
    return f"/stock?{urlencode({name: value for name, value in query.items() if value})}"


def _item(office: Office, page: Page) -> Response:
    code, before = page.path["item"], _place(page)
    with office.branch.engine.connect() as connection:
        found = availability.stock_of(connection, office.code, code)
        if found is None:
            raise PageError(page.gettext(_NO_ITEM, item=code[:40]), 404)
        lines = ledgers.ledger(connection, office.code, code, before)
        shown, more = lines[: ledgers.PAGE], len(lines) > ledgers.PAGE
        last = shown[-1] if more else None
        return office.render(
            page,
            "stock_item.html",
            office.voice(page, connection),
            item=found,
            lines=shown,
            moves=MOVES,
            first=f"/stock/{code}" if before else None,
            next=last
            and f"/stock/{code}?"
            + urlencode(
                {"at": last.at.isoformat(), "reference": last.reference, "number": last.number}
            ),
        )


def _place(page: Page) -> Place | None:
    """Where the ledger goes on."""
    if not page.query.get("at"):
        return None
    return instant_seen(page), page.query["reference"], number_seen(page, "number")
