"""A draft of goods: one field that takes scans, and every line beside what was expected.

The field has the focus, and Enter sends it: by `scan.js`, which waits for no answer and sends each scan once
however often the line breaks, or as any form where scripts are off. What comes back says what the scan
became. One that is refused says why and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from sqlalchemy import Connection
from starlette.responses import Response

from branch.goods import counting, drafts, posting
from branch.goods.composing import is_short
from branch.goods.counting import Change, Scan
from branch.goods.drafts import Draft
from branch.goods.posting import Asked
from branch.goods.reasons import REASONS
from branch.goods.words import document_title, partner_name
from branch.web.office import Office, date_of, refusals_told
from branch.wording import RefusalError
from replication.console.app import Page, PageError
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from replication.console.stock_words import DOCUMENTS
from schemas.domain.money import NumberError, parse_amount
from schemas.domain.stock.scanned import QuantityError, read_counted, read_quantity

_NO_QUANTITY = msgid(
    "“%(text)s”: write a quantity above nought and at most 999,999, such as 3*code or 1.25*code"
)
_NO_COUNT = msgid("“%(text)s” is no quantity from 0 to 999,999, such as 12 or 1.25")
_NO_COST = msgid("“%(text)s” is no amount such as 1234.50")
_EMPTY = msgid("Scan or key a code first.")
_CHANGED = msgid("The line is changed.")
_SAID = msgid("The note is kept.")
_POSTED = msgid("Posted as %(document)s.")
_DISCARDED = msgid("The draft is discarded.")
_DETACHED = msgid("This goes on without the order.")
_LONGEST = 100


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/goods/drafts/{uuid}")
    def show(page: Page) -> Response:
        return _show(office, page)

    @office.page("/goods/drafts/{uuid}/scan", methods=("POST",))
    def scan(page: Page) -> Response:
        return _scan(office, page)

    @office.page("/goods/drafts/{uuid}/lines/{number}", methods=("POST",))
    def change(page: Page) -> Response:
        return _change(office, page)

    @office.page("/goods/drafts/{uuid}/note", methods=("POST",))
    def note(page: Page) -> Response:
        uuid = page.path["uuid"]
        with office.writing(page) as connection:
            drafts.say(
                connection, office.code, uuid, page.form["reason"], page.user.operator, page.now
            )
        return office.console.redirect(page, f"/goods/drafts/{uuid}", page.gettext(_SAID))

    @office.page("/goods/drafts/{uuid}/detach", methods=("POST",))
    def detach(page: Page) -> Response:
        uuid = page.path["uuid"]
        with office.writing(page) as connection:
            drafts.detach(connection, office.code, uuid, page.user.operator, page.now)
        return office.console.redirect(page, f"/goods/drafts/{uuid}", page.gettext(_DETACHED))

    @office.page("/goods/drafts/{uuid}/discard", methods=("POST",))
    def discard(page: Page) -> Response:
        with office.writing(page) as connection:
            drafts.discard(
                connection, office.code, page.path["uuid"], page.form["reason"],
                page.user.operator, page.now,
            )  # fmt: skip
        return office.console.redirect(page, "/goods", page.gettext(_DISCARDED))

    @office.page("/goods/drafts/{uuid}/post", methods=("POST",))
    def post(page: Page) -> Response:
        return _post(office, page)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the page answers to: what was typed and refused, and the line that a scan became."""

    typed: str = ""
    problem: str = ""
    status: int = 200
    line: str = ""


def _show(office: Office, page: Page, answer: _Answer | None = None) -> Response:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        with refusals_told(voice):
            draft = drafts.find(connection, office.code, page.path["uuid"])
        given = answer or _Answer(line=page.query.get("line", ""))
        return _render(office, page, connection, draft, given)


def _render(
    office: Office, page: Page, connection: Connection, draft: Draft, answer: _Answer
) -> Response:
    voice = office.voice(page, connection)
    return office.render(
        page,
        "draft_counted.html" if page.is_fragment else "draft.html",
        voice,
        status=answer.status,
        draft=draft,
        named=document_title(voice, draft.kind, draft.refers_to),
        kind=DOCUMENTS[draft.kind],
        partner=partner_name(connection, draft.kind, draft.partner),
        reasons=REASONS.get(draft.kind, {}),
        reason=page.form.get("reason", page.query.get("reason", "")),
        dates=_dates(connection, office, page),
        short=draft.delivery is not None and is_short(draft.lines),
        last=next((one for one in draft.lines if str(one.line.number) == answer.line), None),
        sums={state: sum(one.state == state for one in draft.lines) for state in _STATES},
        typed=answer.typed,
        problem=answer.problem,
        scan=str(uuid4()),
    )


_STATES = ("short", "over", "damaged", "unknown")


def _dates(connection: Connection, office: Office, page: Page) -> list[date]:
    """The dates to choose from; none while headquarters has not told the branch its clock."""
    try:
        return posting.dates(connection, office.code, page.now)
    except RefusalError:
        return []


def _scan(office: Office, page: Page) -> Response:
    text, reason = page.form["code"].strip()[:_LONGEST], page.form.get("reason", "")
    uuid = page.path["uuid"]
    if not text:
        return _show(office, page, _Answer(problem=page.gettext(_EMPTY), status=422))
    try:
        scan = Scan(read_counted(text), reason, page.form.get("scan", "")[:_LONGEST])
        with office.branch.engine.begin() as connection:
            line = counting.add(connection, office.code, uuid, scan, page.user.operator, page.now)
    except QuantityError:
        problem = page.gettext(_NO_QUANTITY, text=text)
        return _show(office, page, _Answer(text, problem, 422))
    except RefusalError as error:
        with office.branch.engine.connect() as connection:
            problem = office.voice(page, connection).say(error.wording)
        return _show(office, page, _Answer(text, problem, 422))
    number = "" if line is None else str(line.number)
    if page.is_fragment:
        return _show(office, page, _Answer(line=number))
    kept = f"&reason={reason}" if reason in _all_reasons() else ""
    return office.console.redirect(page, f"/goods/drafts/{uuid}?line={number}{kept}")


def _all_reasons() -> set[str]:
    return {code for of_kind in REASONS.values() for code in of_kind}


def _change(office: Office, page: Page) -> Response:
    uuid, number = page.path["uuid"], page.path["number"]
    with office.branch.engine.connect() as connection:
        decimals = decimals_of(office.voice(page, connection).profile.currency)
    try:
        changed = Change(
            _count(page, "quantity"), _count(page, "damaged"), _cost(page, decimals),
            page.form.get("reason", ""),
        )  # fmt: skip
    except PageError as error:
        return _show(office, page, _Answer(problem=error.message, status=422))
    with office.writing(page) as connection:
        counting.change(
            connection, office.code, uuid, int(number) if number.isdecimal() else 0, changed,
            page.user.operator, page.now,
        )  # fmt: skip
    return office.console.redirect(
        page, f"/goods/drafts/{uuid}?line={number}", page.gettext(_CHANGED)
    )


def _count(page: Page, name: str) -> int:
    text = page.form.get(name, "0").strip() or "0"
    try:
        return read_quantity(text, least=0)
    except QuantityError as error:
        raise PageError(page.gettext(_NO_COUNT, text=text[:40])) from error


def _cost(page: Page, decimals: int) -> int | None:
    text = page.form.get("cost", "").strip()
    if not text:
        return None
    try:
        cost = parse_amount(text, decimals)
    except NumberError as error:
        raise PageError(page.gettext(_NO_COST, text=text[:40])) from error
    if cost < 0:
        raise PageError(page.gettext(_NO_COST, text=text[:40]))
    return cost


def _post(office: Office, page: Page) -> Response:
    chosen = page.form.get("date", "")
    asked = Asked(
        page.user.operator, page.now, final=page.form.get("rest") != "to_come",
        business_date=date_of(page, chosen) if chosen else None,
    )  # fmt: skip
    try:
        with office.branch.engine.begin() as connection:
            done = posting.post_draft(connection, office.code, page.path["uuid"], asked)
    except RefusalError as error:
        with office.branch.engine.connect() as connection:
            problem = office.voice(page, connection).say(error.wording)
        return _show(office, page, _Answer(problem=problem, status=409))
    said = page.gettext(_POSTED, document=done.document)
    return office.console.redirect(page, f"/goods/documents/{done.uuid}", said)
