"""The documents of goods that were posted: their list, one of them, and the same on paper."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from branch.goods import documents
from branch.goods.documents import PAGE
from branch.goods.reasons import REASONS
from branch.goods.words import document_title, partner_name
from branch.reports import stock_document
from branch.web.office import Office, refusals_told
from branch.web.report_file import report_file
from replication.console.app import Page
from replication.console.row_seen import instant_seen
from replication.console.stock_words import DOCUMENTS


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/goods/documents")
    def list_documents(page: Page) -> Response:
        return _documents(office, page)

    @office.page("/goods/documents/{uuid}")
    def document(page: Page) -> Response:
        return _document(office, page)

    @office.page("/goods/documents/{uuid}/resolve", methods=("POST",))
    def resolve(page: Page) -> Response:
        with office.writing(page) as connection:
            uuid = documents.resolve(
                connection, office.code, page.path["uuid"], page.user.operator, page.now
            )
        return office.console.redirect(page, f"/goods/drafts/{uuid}")

    @office.page("/goods/documents/{uuid}/document.pdf")
    def as_pdf(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            with refusals_told(voice):
                found = documents.find_document(connection, office.code, page.path["uuid"])
            heading = found.heading
            title, blocks = stock_document.report(connection, voice, found)
        return report_file(page, voice, title, heading.document, blocks, f"{heading.document}.pdf")


def _documents(office: Office, page: Page) -> Response:
    kind = page.query.get("kind", "")
    before = _place(page)
    with office.branch.engine.connect() as connection:
        held = documents.documents(connection, office.code, kind, before)
        shown, more = held[:PAGE], len(held) > PAGE
        here = f"/goods/documents?kind={kind}"
        last = shown[-1] if more else None
        return office.render(
            page,
            "stock_documents.html",
            office.voice(page, connection),
            documents=shown,
            kind=kind,
            kinds=DOCUMENTS,
            first=here if before else None,
            next=last and f"{here}&at={last.at.isoformat().replace('+', '%2B')}&uuid={last.uuid}",
        )


def _place(page: Page) -> tuple[datetime, str] | None:
    """Where the list goes on."""
    if not page.query.get("at"):
        return None
    return instant_seen(page), page.query["uuid"]


def _document(office: Office, page: Page) -> Response:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        with refusals_told(voice):
            found = documents.find_document(connection, office.code, page.path["uuid"])
        heading = found.heading
        return office.render(
            page,
            "stock_document.html",
            voice,
            document=found,
            heading=heading,
            named=document_title(voice, heading.kind, heading.document),
            partner=partner_name(connection, heading.kind, heading.partner),
            rates=stock_document.rates(connection, [one.item for one in found.lines]),
            reasons=REASONS.get(heading.kind, {}),
            with_tax=stock_document.with_tax,
            unresolved=[
                one for one in found.lines if one.unknown_item and one.number not in found.resolved
            ],
        )
