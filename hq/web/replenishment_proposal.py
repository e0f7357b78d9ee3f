"""One proposal: its lines with their arithmetic, what people changed, its approval, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, get_args

from sqlalchemy import Connection
from starlette.responses import Response

from hq.audit import notes_on
from hq.bootstrap import Headquarters
from hq.goods import document as goods
from hq.goods.lines import item_names
from hq.goods.progress import progress
from hq.refusal import RefusalError
from hq.replenishment import additions, approval
from hq.replenishment import proposal as proposals
from hq.replenishment.additions import Act
from hq.replenishment.chain import read_chain
from hq.replenishment.proposal import HeldLine, Only, Proposal
from hq.replenishment.quotes import Quote
from hq.reports.branches import known_branches
from hq.web.goods import party_names, shown_state
from hq.web.imports import refused
from hq.web.price_changes import APPROVERS, DRAFTERS, READERS
from hq.web.replenishment_words import (
    ACTS,
    HELD_BACK,
    KINDS,
    ONLY,
    PRICES,
    RULES,
    STATES,
    gap_points,
    line_since,
    since_points,
)
from replication.console.app import Console, Page, PageError
from replication.console.charts import Scale, Series, axis_chart
from replication.console.formats import day as shown_day
from replication.console.languages import msgid
from schemas.domain.money import NumberError, divide, parse_amount

_CHANGED = msgid("Item %(item)s is changed; what was proposed stays beside it.")
_APPROVED = msgid("%(proposal)s is approved: %(document)s is sent, and followed below.")
_ADDED = msgid("Item %(item)s is added; somebody else approves the proposal.")
_MOVED = msgid("Item %(item)s is moved to %(proposal)s; it is at nought here.")
_DROPPED = msgid("%(proposal)s is dropped; the next run proposes anew.")
_NO_QUANTITY = msgid("“%(value)s” is no quantity: write whole packs, such as 12.")
_NO_PROPOSAL = msgid("There is no such proposal.")
_NO_LINE = msgid("There is no such line.")
_SOLD = msgid("Sold")
_ROWS = 100
#: So many days of demand are drawn; all of them count.
_DRAWN_DAYS = 56
_THOUSAND = 1000
#: No number of a proposal is longer.
_DIGITS = 15


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """One proposal, one of its lines, and its steps; fixed paths stand before in `hq.web.app`."""
    pages = _Pages(console, headquarters)
    one, post = "/replenishment/{proposal}", ("POST",)
    console.page(one, roles=READERS)(pages.one)
    console.page(f"{one}/approve", roles=APPROVERS, methods=post)(pages.approve)
    console.page(f"{one}/drop", roles=DRAFTERS, methods=post)(pages.drop)
    console.page(f"{one}/lines/{{item}}", roles=READERS)(pages.line)
    console.page(f"{one}/lines/{{item}}/change", roles=DRAFTERS, methods=post)(pages.change)
    console.page(f"{one}/lines/{{item}}/move", roles=DRAFTERS, methods=post)(pages.move)
    console.page(f"{one}/add", roles=DRAFTERS, methods=post)(pages.add)


class _Pages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine
        self._currency = headquarters.settings.currency

    def one(self, page: Page) -> Response:
        """The proposal and a page of its lines."""
        only: Any = page.query.get("only", "")
        if only not in get_args(Only):
            only = ""
        sought, after = page.query.get("find", "").strip(), page.query.get("after", "")
        with self._engine.connect() as connection:
            held = _find(page, connection)
            found = proposals.page_of_lines(connection, held.proposal, sought, only, after, _ROWS)
            hands = proposals.hands(connection, held)
            context = _context(connection, held)
            followed = None
            if held.document:
                how = progress(connection, [held.document])[held.document]
                followed = (shown_state(goods.find(connection, held.document), how), how)
            notes = notes_on(connection, "replenishment.", held.code)
        shown = found[:_ROWS]
        return self._console.render(
            page, "replenishment_proposal.html", lines=shown, sought=sought, only=only,
            only_shown=[(code, page.gettext(text)) for code, text in ONLY.items()],
            followed=followed, notes=notes, acts=ACTS, rules=RULES, after=after,
            further=shown[-1][0].item if len(found) > _ROWS else None,
            gaps=gap_points(page, held.gaps), since=since_points(page, held.since),
            steps=_steps(page, held, hands), currency=self._currency, **context,
        )  # fmt: skip

    def line(self, page: Page) -> Response:
        """One line: all of its arithmetic, and the demand behind it."""
        with self._engine.connect() as connection:
            held = _find(page, connection)
            line = _line(page, connection, held)
            context = _context(connection, held)
            names = item_names(connection, [line.item])
            quotes = _quotes(connection, page, held, line.item)
        days = _days(line.history)
        labels = [shown_day(one, page.language) for one, _, _ in days]
        values = [divide(quantity, _THOUSAND) for _, quantity, _ in days]
        drawn = axis_chart(
            "bar", labels, [Series(page.gettext(_SOLD), values)], Scale(page.language)
        )
        return self._console.render(
            page, "replenishment_line.html", line=line, name=names.get(line.item, ""), days=days,
            chart=drawn if days else None, prices=PRICES,
            held_words=", ".join(page.gettext(HELD_BACK[one]) for one in line.terms["held_back_by"]),
            since=line_since(page, line.since), currency=self._currency,
            quotes=quotes, quote_choices=list(
                {f"{one.supplier} {one.unit}": f"{one.supplier} · {one.unit}" for one in quotes}.items()
            ),
            may_change=held.state == "open" and page.user.role in DRAFTERS, **context,
        )  # fmt: skip

    def change(self, page: Page) -> Response:
        """Let a line be of another quantity, or again of what is proposed."""
        item, typed = page.path["item"], page.form["quantity"].strip()
        with self._engine.begin() as connection:
            held = _find(page, connection)
            quantity = _quantity(page, typed)
            with refused(page):
                approval.change(
                    connection, held.proposal, item, quantity, page.user, page.form["reason"], page.now
                )  # fmt: skip
        said = page.gettext(_CHANGED, item=item)
        return self._console.redirect(page, f"/replenishment/{held.proposal}", said)

    def add(self, page: Page) -> Response:
        """Put in an item that was not proposed."""
        item = page.form["item"].strip()
        with self._engine.begin() as connection:
            held = _find(page, connection)
            quantity = _quantity(page, page.form["quantity"].strip())
            if quantity is None:
                raise PageError(page.gettext(_NO_QUANTITY, value=""))
            act = Act(page.user, page.form["add_reason"], page.now)
            with refused(page):
                additions.add(connection, held.proposal, item, quantity, act)
        said = page.gettext(_ADDED, item=item)
        return self._console.redirect(page, f"/replenishment/{held.proposal}", said)

    def move(self, page: Page) -> Response:
        """Order a line of another supplier who quotes."""
        item, (supplier, _, unit) = page.path["item"], page.form["quote"].partition(" ")
        with self._engine.begin() as connection:
            held = _find(page, connection)
            act = Act(page.user, page.form["move_reason"], page.now)
            with refused(page):
                code = additions.move(connection, held.proposal, item, (supplier, unit), act)
        said = page.gettext(_MOVED, item=item, proposal=code)
        return self._console.redirect(page, f"/replenishment/{held.proposal}", said)

    def approve(self, page: Page) -> Response:
        """Order it, as it was seen."""
        revision, value = _whole(page, "revision"), _whole(page, "value")
        with self._engine.begin() as connection:
            held = _find(page, connection)
            with refused(page):
                document = approval.approve(
                    connection, held.proposal, revision, value, page.user, page.now
                )
        said = page.gettext(_APPROVED, proposal=held.code, document=document)
        return self._console.redirect(page, f"/replenishment/{held.proposal}", said)

    def drop(self, page: Page) -> Response:
        """Order nothing of it, with a reason."""
        with self._engine.begin() as connection:
            held = _find(page, connection)
            with refused(page):
                approval.drop(connection, held.proposal, page.user, page.form["reason"], page.now)
        said = page.gettext(_DROPPED, proposal=held.code)
        return self._console.redirect(page, f"/replenishment/{held.proposal}", said)


def _context(connection: Connection, held: Proposal) -> dict[str, Any]:
    """What both pages show of a proposal."""
    zones = {one.branch: one.zone for one in known_branches(connection)}
    return {
        "proposal": held, "names": party_names(connection), "zone": zones.get(held.branch, "UTC"),
        "kinds": KINDS, "states": STATES,
    }  # fmt: skip


def _quotes(connection: Connection, page: Page, held: Proposal, item: str) -> list[Quote]:
    """What others ask today; of a proposal that is decided nobody asks any more."""
    if held.state != "open":
        return []
    return additions.other_quotes(read_chain(connection, page.now.date()), held, item)


def _steps(page: Page, held: Proposal, hands: set[str]) -> set[str]:
    """What this person may do with a proposal now; `own` where a second person is needed."""
    if held.state != "open":
        return set()
    steps = {"change", "drop"} if page.user.role in DRAFTERS else set()
    if page.user.role in APPROVERS:
        steps.add("own" if page.user.operator in hands else "approve")
    return steps


def _find(page: Page, connection: Connection) -> Proposal:
    code = page.path["proposal"]
    if not code.isascii() or not code.isdecimal() or len(code) > _DIGITS:
        raise PageError(page.gettext(_NO_PROPOSAL), 404)
    try:
        return proposals.find(connection, int(code), page.user.branches)
    except RefusalError as error:
        raise PageError(error.said_on(page), 404) from error


def _line(page: Page, connection: Connection, held: Proposal) -> HeldLine:
    line = proposals.line(connection, held.proposal, page.path["item"])
    if line is None:
        raise PageError(page.gettext(_NO_LINE), 404)
    return line


def _days(history: Mapping[str, Any]) -> list[tuple[date, int, str]]:
    """The last days of a demand: date, sold, and why it was left out."""
    if not history:
        return []
    first, count = date.fromisoformat(history["first"]), int(history["days"])
    sold = dict(history["sold"])
    sets = {name: int(history[name], 16) for name in ("unknown", "short", "promoted")}
    return [
        (
            first + timedelta(days=day), sold.get(day, 0),
            next((name for name, held in sets.items() if held >> day & 1), ""),
        )
        for day in range(max(count - _DRAWN_DAYS, 0), count)
    ]  # fmt: skip


def _quantity(page: Page, typed: str) -> int | None:
    """Thousandths of the line's unit; None takes the change back."""
    if not typed:
        return None
    try:
        return parse_amount(typed, 3)
    except NumberError:
        raise PageError(page.gettext(_NO_QUANTITY, value=typed[:20])) from None


def _whole(page: Page, name: str) -> int:
    """A whole number that the form itself wrote."""
    text = page.form[name]
    if not text.isascii() or not text.isdecimal() or len(text) > _DIGITS:
        raise PageError(page.gettext(_NO_QUANTITY, value=text[:20]))
    return int(text)
