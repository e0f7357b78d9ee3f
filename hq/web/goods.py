"""Goods on order and on their way: the documents, one with what has become of it, and its next step.

A new one is drafted on `hq.web.new_goods`; what is in transit stands on `hq.web.goods_transit`.

who                         may
who reads prices, finance   see the documents of the branches in their care
buyers, administrators      draft, send, withdraw, and send a transfer on
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import Response

from hq import suppliers
from hq.audit import notes_on
from hq.bootstrap import Headquarters
from hq.closing import closed
from hq.goods import document as goods
from hq.goods import lines, relay
from hq.goods.document import Document, Search
from hq.goods.progress import Progress, answered_by, line_progress, progress
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from hq.web import price_changes
from hq.web.price_changes import DRAFTERS
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from replication.console.row_seen import from_its_start, instant_seen
from replication.console.stock_words import DOCUMENTS
from replication.console.users import User
from schemas.tables.goods import franchise_delivery

#: A franchise statement leads finance to delivery notes.
READERS = price_changes.READERS | {"finance"}

KINDS: Mapping[str, str] = {
    "order": msgid("Order to a supplier"),
    "send": msgid("Instruction to send"),
    "transfer": msgid("Transfer"),
}
_STATES: Mapping[str, str] = {
    "draft": msgid("Draft"),
    "sent": msgid("Sent"),
    "stopped": msgid("Stopped"),
    "withdrawn": msgid("Withdrawn"),
}
_ACTS: Mapping[str, str] = {
    "goods.draft": msgid("Drafted"),
    "goods.send": msgid("Sent"),
    "goods.withdraw": msgid("Withdrawn"),
    "goods.send_on": msgid("Sent on"),
}
_SENT = msgid("%(document)s is sent; below stands what becomes of it.")
_WITHDRAWN = msgid("%(document)s is withdrawn.")
_SENT_ON = msgid("%(document)s goes to %(branch)s now.")

_LIST_ROWS = 50
#: What a list may be asked for.
_ASKED = ("kind", "state", "branch", "partner")

Step = Callable[[Connection, str, User, datetime], object]


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list, one document, and its steps; fixed paths stand before in `hq.web.app`."""
    pages = _GoodsPages(console, headquarters)
    one, post = "/goods/{document}", ("POST",)
    console.page("/goods", roles=READERS)(pages.every)
    console.page(one, roles=READERS)(pages.one)
    console.page(f"{one}/send", roles=DRAFTERS, methods=post)(pages.send)
    console.page(f"{one}/withdraw", roles=DRAFTERS, methods=post)(pages.withdraw)
    console.page(f"{one}/send-on", roles=DRAFTERS, methods=post)(pages.send_on)


def shown_state(held: Document, how: Progress) -> str:
    """Where a document is, in one word: its own state, or how far the branch is with it."""
    if held.state != "sent":
        return held.state
    if held.kind == "send":
        return {"received": "sent_off", "partly_received": "partly_sent"}.get(how.stage, how.stage)
    return how.stage


class _GoodsPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine
        self._currency = headquarters.settings.currency

    def every(self, page: Page) -> Response:
        """The list, the latest first."""
        query = page.query
        search = Search(
            page.user.branches, query.get("kind", ""), query.get("state", ""),
            query.get("branch", ""), query.get("partner", ""), _after(page), _LIST_ROWS,
        )  # fmt: skip
        with self._engine.connect() as connection:
            found = goods.newest(connection, search)
            held = found[:_LIST_ROWS]
            how = progress(connection, [one.document for one in held])
            known = known_branches(connection, page.user.branches)
            names = party_names(connection)
        return self._console.render(
            page, "goods.html", documents=held, how=how, names=names, known=known,
            shown_state=shown_state, kinds=KINDS, search=search,
            address=from_its_start(page, _ASKED),
            kinds_shown=[(code, page.gettext(text)) for code, text in KINDS.items()],
            states_shown=[(code, page.gettext(text)) for code, text in _STATES.items()],
            zones={one.branch: one.zone for one in known},
            further=held[-1] if len(found) > _LIST_ROWS else None,
            may_draft=page.user.role in DRAFTERS,
        )  # fmt: skip

    def one(self, page: Page) -> Response:
        """One document: its lines, what came of them, and what can be done next."""
        with self._engine.connect() as connection:
            held = self._find(page, connection)
            told = lines.read(connection, held.document)
            found, surplus = line_progress(connection, held.document, told)
            how = progress(connection, [held.document])[held.document]
            known = {one.branch: one for one in known_branches(connection)}
            over = closed(connection)
            context: dict[str, Any] = {
                "names": party_names(connection),
                "closed": over,
                "known": known,
                "answers": answered_by(connection, held.document),
                "sold": _sold(connection, held.document),
                "items": lines.item_names(connection, {one.item for one in told}),
                "notes": notes_on(connection, "goods.", held.document),
                "zone": known[held.branch].zone if held.branch in known else "UTC",
            }
        onward = [
            (one.branch, f"{one.branch} · {one.name}")
            for one in known.values()
            if one.branch not in over
            and (not page.user.branches or one.branch in page.user.branches)
        ]
        return self._console.render(
            page, "goods_document.html", document=held, found=found, surplus=surplus, how=how,
            state=shown_state(held, how), kinds=KINDS, answer_kinds=DOCUMENTS, onward=onward, acts=_ACTS,
            steps=_steps(page, held, how, over), currency=self._currency, **context,
        )  # fmt: skip

    def send(self, page: Page) -> Response:
        """Tell the branch."""
        return self._step(page, goods.send, _SENT)

    def withdraw(self, page: Page) -> Response:
        """Expect no more of it, with a reason."""
        reason = page.form["reason"]

        def step(connection: Connection, document: str, actor: User, at: datetime) -> None:
            goods.withdraw(connection, document, actor, reason, at)

        return self._step(page, step, _WITHDRAWN)

    def send_on(self, page: Page) -> Response:
        """Let a transfer go to another branch, or back, with a reason."""
        branch, reason = page.form["branch"], page.form["reason"]

        def step(connection: Connection, document: str, actor: User, at: datetime) -> None:
            relay.send_on(connection, document, branch, actor, reason, at)

        return self._step(page, step, _SENT_ON, branch=branch)

    def _step(self, page: Page, step: Step, done: str, **words: str) -> Response:
        code = page.path["document"]
        try:
            with self._engine.begin() as connection:
                step(connection, code, page.user, page.now)
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error
        said = page.gettext(done, document=code, **words)
        return self._console.redirect(page, f"/goods/{code}", said)

    @staticmethod
    def _find(page: Page, connection: Connection) -> Document:
        try:
            return goods.find(connection, page.path["document"], page.user.branches)
        except RefusalError as error:
            raise PageError(error.said_on(page), 404) from error


def party_names(connection: Connection) -> dict[str, str]:
    """What suppliers and branches are called, by their codes; a branch goes before a supplier."""
    names = {code: one.name for code, one in suppliers.every(connection).items()}
    return names | {one.branch: one.name for one in known_branches(connection)}


def _sold(connection: Connection, document: str) -> dict[int, int | None]:
    """What a franchise is charged for each line (rule 28); nothing where it is no sale."""
    row = franchise_delivery.c
    query = select(row.number, row.price).where(row.document == document)
    return {one[0]: one[1] for one in connection.execute(query)}


def _steps(page: Page, held: Document, how: Progress, over: Mapping[str, datetime]) -> set[str]:
    """What this person may do with a document now."""
    if page.user.role not in DRAFTERS:
        return set()
    if held.kind == "transfer":
        # Told of, it goes its way; it is sent on where nobody can receive it, or to name a price.
        stuck = held.state == "stopped" or held.branch in over
        return {"send_on", "stuck"} if stuck else {"send_on"} if not how.final else set()
    if held.state == "draft":
        return {"send", "withdraw"}
    return {"withdraw"} if held.state == "sent" and not how.final else set()


def _after(page: Page) -> tuple[datetime, str] | None:
    """The last document of the page before."""
    if "after" not in page.query:
        return None
    return instant_seen(page), page.query["after"]
