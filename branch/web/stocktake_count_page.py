"""Counting on a sheet: by scanner or keys, from a file; the sheet on paper and as a file to fill in.

What is scanned is sent as it comes (`scan.js`) and answered with the part of the page that it changes; without
a script the page is loaded again. Nobody sees here what is expected or what others found.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import Response

from branch.stocktake import counting, scope, session, sheet_file
from branch.stocktake.counting import Counter
from branch.stocktake.sheet_file import Taken
from branch.voice import Voice
from branch.web.office import Office, refusals_told
from branch.web.staff import COUNTERS
from branch.wording import RefusalError, Wording
from replication.console.app import Page, PageError
from replication.console.csv_file import CsvFileError
from replication.console.languages import msgid
from replication.console.table_export import csv_response

_RECENT = 12
_TAKEN = msgid("The file is taken: %(rows)s items counted.")
_UNKNOWN = msgid("Nobody knows: %(codes)s. They are kept, and the review names them.")
_NO_FILE = msgid("Choose a file.")
_NO_TIME = msgid("“%(text)s” is no time, or is still to come: write when it was counted")
_NO_SHEET = msgid("This stocktake has no such sheet: choose one from its page")


def add(office: Office) -> None:
    """Declare the pages."""

    @office.console.page(
        "/stocktakes/{stocktake}/sheets/{sheet}", roles=COUNTERS, methods=("GET", "POST")
    )
    def count(page: Page) -> Response:
        if page.request.method == "GET":
            return _show(office, page)
        problem: Wording | None = None
        try:
            with office.branch.engine.begin() as connection:
                _enter(connection, page)
        except RefusalError as error:
            problem = error.wording
        if problem is None and not page.is_fragment:
            return office.console.redirect(page, page.request.url.path)
        return _show(office, page, problem)

    @office.console.page(
        "/stocktakes/{stocktake}/sheets/{sheet}/file", roles=COUNTERS, methods=("POST",)
    )
    def upload(page: Page) -> Response:
        return _upload(office, page)

    @office.console.page("/stocktakes/{stocktake}/sheets/{sheet}/sheet.csv", roles=COUNTERS)
    def blank(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            with refusals_told(voice):
                held = session.find(connection, page.path["stocktake"])
                sheet = session.find_sheet(connection, held.stocktake, sheet_of(page))
            header, rows = sheet_file.blank(
                scope.of_sheet(connection, office.code, held, sheet.sheet)
            )
        return csv_response(f"{held.name}-{sheet.name}.csv", header, rows)


def sheet_of(page: Page) -> int:
    """The number of the sheet in an address. Raises PageError."""
    text = page.path["sheet"]
    if not (text.isascii() and text.isdigit() and len(text) < 6):  # noqa: PLR2004 - no sheet has more digits
        raise PageError(page.gettext(_NO_SHEET), 404)
    return int(text)


def _enter(connection: Connection, page: Page) -> None:
    counter = Counter(page.path["stocktake"], sheet_of(page), page.user.operator, page.now)
    undo = page.form.get("undo", "")
    if undo.isascii() and undo.isdigit():
        counting.take_back(connection, counter, int(undo[:9]))
    else:
        counting.enter(
            connection, counter, counting.read(page.form["code"]), page.form["scan"][:64]
        )


def _show(
    office: Office,
    page: Page,
    problem: Wording | None = None,
    *,
    taken: Taken | None = None,
    refusal: str = "",
) -> Response:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        with refusals_told(voice):
            held = session.find(connection, page.path["stocktake"])
            sheet = session.find_sheet(connection, held.stocktake, sheet_of(page))
        entries = counting.of_sheet(connection, held.stocktake, sheet.sheet)
        standing = counting.standing(entries)
        undone = {one.undoes for one in entries}
        last = next((one for one in reversed(standing)), None)
        same = [] if last is None else [
            one for one in standing if (one.item, one.item or one.code) == (last.item, last.item or last.code)
        ]  # fmt: skip
        listed = scope.listed(connection, held.stocktake, sheet.sheet)
        done = {one.item for one in standing}
        return office.render(
            page, "stocktake_scan.html" if page.is_fragment else "stocktake_count.html", voice,
            status=422 if problem or refusal or (taken and taken.faults) else 200,
            stocktake=held, sheet=sheet, problem=voice.say(problem) if problem else "",
            last=last, total=sum(one.quantity for one in same),
            recent=[one for one in reversed(entries) if one.how != "undo"][:_RECENT],
            undone=undone, counting={one.number for one in standing},
            items=len({one.item or one.code for one in standing}),
            missing=[one for one in scope.of_sheet(connection, office.code, held, sheet.sheet)
                     if one.item not in done] if listed else [],
            scan=str(uuid.uuid4()), faults=_told(page, voice, taken), refusal=refusal,
            now=page.now.astimezone(ZoneInfo(voice.profile.zone)).strftime("%Y-%m-%dT%H:%M"),
        )  # fmt: skip


def _told(page: Page, voice: Voice, taken: Taken | None) -> list[tuple[int, str]]:
    return [
        (
            one.line,
            voice.say(one.reason) if isinstance(one.reason, Wording) else one.reason.said_on(page),
        )
        for one in (taken.faults if taken else ())
    ]


def _upload(office: Office, page: Page) -> Response:
    """Take a file whole, or not at all; what is wrong with it is shown beside the sheet."""
    data = page.files.get("file")
    if data is None:
        return _show(office, page, refusal=page.gettext(_NO_FILE))
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
    at = _counted_at(page, voice)
    counter = Counter(page.path["stocktake"], sheet_of(page), page.user.operator, at)
    try:
        with office.branch.engine.connect() as connection:
            taken = sheet_file.take(connection, counter, data)
            if not taken.faults:
                connection.commit()
    except CsvFileError as error:
        return _show(office, page, refusal=error.said_on(page))
    if taken.faults:
        return _show(office, page, taken=taken)
    said = page.gettext(_TAKEN, rows=taken.rows)
    if taken.unknown:
        said = f"{said} {page.gettext(_UNKNOWN, codes=', '.join(taken.unknown[:10]))}"
    path = f"/stocktakes/{counter.stocktake}/sheets/{counter.sheet}"
    return office.console.redirect(page, path, said)


def _counted_at(page: Page, voice: Voice) -> datetime:
    """When the paper was filled in, on the branch's clock; now if nothing is said. Raises PageError."""
    text = page.form["at"].strip()
    if not text:
        return page.now
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(voice.profile.zone))
    except ValueError:
        raise PageError(page.gettext(_NO_TIME, text=text[:40])) from None
    # The page shows minutes: what is said to be now may be some seconds off.
    if (at - page.now).total_seconds() > 60:  # noqa: PLR2004 - a minute
        raise PageError(page.gettext(_NO_TIME, text=text[:40]))
    return min(at, page.now)
