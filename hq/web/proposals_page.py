"""What headquarters lost and its branches told it: the list, one proposal, and the two ways out.

/replication/proposals           what waits for a decision, and what was decided last
/replication/proposals/{number}  one: what it would change compared with what is in force; decide it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.responses import Response

from hq import price_rows, promotion_names, proposal_acceptance, proposals, surplus
from hq.bootstrap import Headquarters
from hq.lost import Bundle, Lost
from hq.prices_in_force import list_prices
from hq.promotion_names import Names
from hq.proposals import ProposalError
from hq.refusal import RefusalError
from hq.reports.snapshot import snapshot
from hq.web import promotion_words, proposal_text
from hq.web.asked import OPERATIONS_ROLES
from hq.web.audiences import audience_label, zone_of
from hq.web.link_words import Words
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from schemas.domain.promotion.promotion import Promotion
from schemas.wire import records
from schemas.wire.promotion_rule import UnreadableRuleError, decode_rule
from schemas.wire.records import Price, PriceChange

_SHOWN = 100
_ACCEPTED = msgid("Accepted and published again: %(number)s.")
_DISMISSED = msgid("Dismissed: %(number)s.")
_NO_PROPOSAL = msgid("There is no such proposal.")
_NOTHING = msgid("Nothing is chosen: choose the records to decide.")
_SETTLED = {surplus.EQUAL, surplus.SUPERSEDED}
_LIST = "/replication/proposals"


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list, and one of it."""
    currency = headquarters.settings.currency

    @console.page(_LIST, roles=OPERATIONS_ROLES)
    def listing(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            waiting = proposals.bundles(connection, page.user.branches)
            done = proposals.decided(connection, page.user.branches)
        return console.render(
            page, "proposals.html", waiting=waiting, done=done, words=Words(page),
            label=lambda one: proposal_text.label(page, one.bundle),
            audience=lambda feed: audience_label(page, feed),
            state=lambda name: proposal_text.state(page, name),
            why=lambda one: page.gettext(one.reason) if one.reason in _SETTLED else one.reason or "",
        )  # fmt: skip

    @console.page(f"{_LIST}/{{number}}", roles=OPERATIONS_ROLES)
    def one(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            bundle = _find(page, connection)
            lost = proposals.read(connection, bundle, limit=_SHOWN)
            shown = _document(connection, bundle, lost) if _is_plain_document(bundle) else {}
            effect = proposal_text.effect(page, bundle, _telling(connection, bundle, lost))
            offer = _offer(bundle, lost)
            named = Names({}, {}) if offer is None else promotion_names.names(connection, offer)
            zone = zone_of(connection, bundle.feed)
        return console.render(
            page, "proposal.html", bundle=bundle, lost=lost, effect=effect, zone=zone,
            label=proposal_text.label(page, bundle.bundle), words=Words(page),
            audience=audience_label(page, bundle.feed), may_decide=_may_decide(bundle, page),
            currency=currency, document=shown,
            named=lambda field: proposal_text.field(page, field), offer=offer,
            said=promotion_words.facts(page, offer, named, currency) if offer else [],
            changes=lambda one: [each for each in one.changes if not offer or each[0] != "rule"],
        )  # fmt: skip

    @console.page(f"{_LIST}/{{number}}", roles=OPERATIONS_ROLES, methods=("POST",))
    def decide(page: Page) -> Response:
        ids = _chosen(page)
        try:
            with headquarters.engine.begin() as connection:
                bundle = _find(page, connection)
                if page.form["decision"] == "accept":
                    done = proposal_acceptance.accept(connection, bundle, ids, page.user, page.now)
                    said = _ACCEPTED
                else:
                    reason = page.form["reason"]
                    done = proposals.dismiss(connection, bundle, ids, page.user, reason, page.now)
                    said = _DISMISSED
        except RefusalError as error:
            raise PageError(error.said_on(page), 409) from error
        return console.redirect(page, _LIST, page.gettext(said, number=done))


def _find(page: Page, connection: Connection) -> Bundle:
    number = page.path["number"]
    if not number.isdecimal():
        raise PageError(page.gettext(_NO_PROPOSAL), 404)
    try:
        return proposals.find(connection, int(number), page.user)
    except ProposalError as error:
        raise PageError(error.said_on(page), 404) from error


def _chosen(page: Page) -> list[int]:
    """The records that are ticked; none stands for all where none can be ticked."""
    ids = [int(one) for one in page.form_list("record") if one.isdecimal()]
    if "some" in page.form and not page.form_list("all"):
        if not ids:
            raise PageError(page.gettext(_NOTHING))
        return ids
    return []


def _may_decide(bundle: Bundle, page: Page) -> bool:
    try:
        proposals.must_may(bundle, page.user)
    except ProposalError:
        return False
    return True


def _is_plain_document(bundle: Bundle) -> bool:
    return bundle.kind == "document" and not bundle.differing


def _telling(connection: Connection, bundle: Bundle, lost: list[Lost]) -> list[Lost]:
    """The records that tell what a bundle does: of a long price change also its header, its last."""
    if bundle.kind != "document" or bundle.records <= len(lost):
        return lost
    return proposals.read(connection, bundle)[-1:]


def _offer(bundle: Bundle, lost: list[Lost]) -> Promotion | None:
    """The promotion that a proposal is about, where it reads and branches told one alone."""
    if bundle.kind != "promotion" or len(lost) != 1 or lost[0].deleted:
        return None
    try:
        told = records.Promotion.model_validate_json(lost[0].body)
        return decode_rule(told.promotion, told.rule)
    except (ValidationError, UnreadableRuleError):
        return None  # shown field by field, as far as it reads


def _document(connection: Connection, bundle: Bundle, lost: list[Lost]) -> Mapping[str, Any]:
    """A price change as it was told, beside the prices that hold now."""
    told = _telling(connection, bundle, lost)
    try:
        headers = [PriceChange.model_validate_json(one.body) for one in told
                   if one.kind == "price_change" and not one.deleted]  # fmt: skip
        rows = [Price.model_validate_json(one.body) for one in lost
                if one.kind == "price" and not one.deleted]  # fmt: skip
    except ValidationError:
        return {}  # shown field by field, as far as it reads
    header = headers[-1] if headers else None
    items = {one.item for one in rows}
    before = (
        list_prices(connection, bundle.feed, items, header.starts, without=bundle.key)
        if header is not None
        else {}
    )
    return {"header": header, "rows": rows, "before": before,
            "names": price_rows.names(connection, items)}  # fmt: skip
