"""Labels for the shelves: of what changes on a day, tomorrow unless said otherwise, to be put up before it opens."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import Response

from branch import shelf_labels
from branch.voice import Voice
from branch.web.office import Office, date_of
from replication.console.app import Page, PageError
from replication.console.labels.layout import LAYOUTS
from replication.console.labels.sheet import build_labels
from replication.console.labels.words import LAYOUT_NAMES, label_of
from replication.console.languages import msgid
from replication.console.refusal import RefusalError
from replication.console.table_export import download
from schemas.domain.barcode import written
from schemas.tables.shelf_prices import ShelfPrice

_NOTHING = msgid("No price on the shelves changes on %(date)s.")
_NO_LAYOUT = msgid("There is no label “%(layout)s”.")
_TITLE = msgid("Labels")
_SHOWN = 200


def add(office: Office) -> None:
    """Declare the page and its file."""

    @office.page("/labels")
    def labels(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            on, prices = _asked(page, connection, voice)
            return office.render(
                page, "labels.html", voice, on=on, prices=prices, shown=_SHOWN, written=written,
                layouts=[(one, page.gettext(LAYOUT_NAMES[one])) for one in LAYOUTS],
                layout=page.query.get("layout", next(iter(LAYOUTS))),
            )  # fmt: skip

    @office.page("/labels.pdf")
    def file(page: Page) -> Response:
        layout = page.query.get("layout", "")
        if layout not in LAYOUTS:
            raise PageError(page.gettext(_NO_LAYOUT, layout=layout), 404)
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            on, prices = _asked(page, connection, voice)
        if not prices:
            raise PageError(page.gettext(_NOTHING, date=on.isoformat()))
        zone, currency = voice.profile.zone, voice.profile.currency
        since = (datetime.combine(on, time(), ZoneInfo(zone)), zone)
        drawn = [label_of(one, currency, page.language, page.translations, since) for one in prices]
        try:
            data = build_labels(page.gettext(_TITLE), LAYOUTS[layout], drawn)
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error
        return download(f"labels-{office.code}-{on}.pdf", "application/pdf", data)


def _asked(page: Page, connection: Connection, voice: Voice) -> tuple[date, list[ShelfPrice]]:
    tomorrow = voice.profile.local_date(page.now) + timedelta(days=1)
    on = date_of(page, page.query.get("on") or tomorrow.isoformat())
    return on, shelf_labels.changing(connection, on, voice.profile.zone)
