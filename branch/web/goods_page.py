"""Goods: what is to come, what is being written, and beginning something new."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import Response

from branch.goods import documents, drafts
from branch.goods.deliveries import deliveries, find_delivery
from branch.goods.partners import GoodsError, Partner, branches, suppliers
from branch.goods.words import DIRECTIONS, partner_name
from branch.web.office import Office, refusals_told
from replication.console.app import Page, PageError
from replication.console.languages import msgid
from replication.console.stock_words import DOCUMENTS
from schemas.domain.stock.document import DocumentKind

_NO_KIND = msgid("Choose what is to be written.")
#: So many of the documents that were posted are shown.
_RECENT = 8
#: What somebody begins of their own accord.
_BEGUN: tuple[DocumentKind, ...] = ("receipt", "transfer_out", "return_to_vendor", "write_off")


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/goods")
    def goods(page: Page) -> Response:
        return _goods(office, page)

    @office.page("/goods/begin", methods=("POST",))
    def begin(page: Page) -> Response:
        kind = next((one for one in _BEGUN if one == page.form["kind"]), None)
        if kind is None:
            raise PageError(page.gettext(_NO_KIND))
        partner = page.form.get(f"partner_{kind}", "").strip()
        with office.writing(page) as connection:
            uuid = drafts.begin(
                connection, office.code, kind, partner, page.user.operator, page.now
            )
        return office.console.redirect(page, f"/goods/drafts/{uuid}")

    @office.page("/goods/answer", methods=("POST",))
    def answer(page: Page) -> Response:
        document = page.form["document"]
        with office.writing(page) as connection:
            uuid = drafts.answer(connection, office.code, document, page.user.operator, page.now)
        return office.console.redirect(page, f"/goods/drafts/{uuid}")

    @office.page("/goods/deliveries/{document}")
    def delivery(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            found = find_delivery(connection, office.code, page.path["document"])
            with refusals_told(voice):
                if found is None:
                    raise GoodsError(
                        msgid("There is no delivery %(document)s here"),
                        document=page.path["document"],
                    )
            return office.render(
                page, "delivery.html", voice, delivery=found, directions=DIRECTIONS,
                partner=partner_name(connection, found.direction, found.partner),
            )  # fmt: skip


def _goods(office: Office, page: Page) -> Response:
    with office.branch.engine.connect() as connection:
        begun = drafts.drafts(connection)
        of_goods, others = suppliers(connection), branches(connection)
        open_suppliers = [one for one in of_goods.values() if not one.closed]
        takers = [one for one in others.values() if not one.closed and one.code != office.code]
        return office.render(
            page,
            "goods.html",
            office.voice(page, connection),
            deliveries=deliveries(connection, office.code),
            drafts=begun,
            underway={one.refers_to for one in begun},
            names={code: one.name for code, one in {**of_goods, **others}.items()},
            supplier_options=_options(open_suppliers),
            returnable_options=_options(of_goods.values()),
            branch_options=_options(takers),
            kinds=DOCUMENTS,
            directions=DIRECTIONS,
            recent=documents.documents(connection, office.code)[:_RECENT],
        )


def _options(partners: Iterable[Partner]) -> list[tuple[str, str]]:
    return [(one.code, f"{one.name} ({one.code})") for one in partners]
