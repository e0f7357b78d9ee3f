"""Members: found by number, card or phone, and one of them with accounts, receipts and who looked.

    who                                  sees
    who reads reports                    members masked, their accounts, and receipts of their own branches
    an administrator, after a button     name, phone, e-mail, birthday and card as they are; it is noted

What is searched for is posted, not put into an address: addresses are kept in histories and logs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection
from starlette.responses import Response

from hq import members, points
from hq.audit import notes_on
from hq.bootstrap import Headquarters
from hq.members import HeldMember, Personal
from hq.redemption import accounts, coupons, receivables, reservations, stored_value
from hq.redemption.accounts import POINTS, STORED_VALUE
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from hq.reports.member_tickets import member_tickets
from hq.web.asked import REPORT_ROLES
from hq.web.member_tier import tier_of
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from schemas.domain.coupon import masked as masked_coupon
from schemas.domain.member import masked_name, masked_number

READERS = REPORT_ROLES
EDITORS = frozenset({"administrator"})
_ROWS = 50
_NOBODY = msgid("No member has this number, card or phone.")
_ACTS = {
    "member.register": msgid("registered"),
    "member.change": msgid("changed"),
    "member.merge": msgid("merged"),
    "member.look": msgid("saw the personal data"),
    "member.points": msgid("changed the points"),
    "member.tier": msgid("changed the tier, as spend decides"),
    "member.hold_tier": msgid("gave and holds the tier"),
    "member.release_tier": msgid("let spend decide the tier"),
    "member.stored_value": msgid("changed the stored value"),
}
_KINDS = {
    "earned": msgid("Earned"),
    "taken_back": msgid("Taken back with a return"),
    "adjusted": msgid("Set right by a person"),
    "loaded": msgid("Loaded from a file"),
    "redeemed": msgid("Redeemed"),
    "given_back": msgid("Given back with a refund"),
    "settled": msgid("Receivable settled"),
}
REDEEMED_KINDS = {
    "points": msgid("Points"),
    "stored_value": msgid("Stored value"),
    "coupon": msgid("Coupon"),
}
COUPON_STATES = {
    "issued": ("info", msgid("Issued")),
    "used": ("good", msgid("Used")),
    "void": ("quiet", msgid("Void")),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A member as a list shows them."""

    member: str
    tier: str
    personal: Personal
    provisional: bool
    merged: str


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the pages of members."""
    pages = MemberPages(console, headquarters)
    console.page("/members", roles=READERS, methods=("GET", "POST"))(pages.every)
    console.page("/members/owing", roles=READERS)(pages.owing)
    console.page("/members/one", roles=READERS)(pages.one)
    console.page("/members/one/open", roles=EDITORS, methods=("POST",))(pages.open)


def masked(personal: Personal) -> Personal:
    """What of them is shown to whoever may not see more; of a birthday nothing but that it is known."""
    return Personal(
        masked_name(personal.name), masked_number(personal.phone),
        "****" if personal.email else "", "****" if personal.birthday else "",
        masked_number(personal.card),
    )  # fmt: skip


class MemberPages:
    """The list and the page of a member."""

    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def every(self, page: Page) -> Response:
        """The list by number; or, after a search, who was found."""
        typed = page.form["typed"] if page.request.method == "POST" else ""
        provisional, tier = "provisional" in page.query, page.query.get("tier", "")
        with self._hq.engine.connect() as connection:
            if typed.strip():
                held, further = members.search(connection, self._hq.member_key, typed), ""
            else:
                after = page.query.get("after", "")
                held = members.listed(
                    connection, _ROWS + 1, after, provisional=provisional, tier=tier
                )
                further = held[_ROWS - 1].member if len(held) > _ROWS else ""
        found = [self._shown(one) for one in held[:_ROWS]]
        problem = page.gettext(_NOBODY) if typed.strip() and not found else ""
        return self._console.render(
            page, "members.html", found=found, further=further, searched=bool(typed.strip()),
            provisional=provisional, tier=tier, problem=problem, may_edit=page.user.role in EDITORS,
        )  # fmt: skip

    def owing(self, page: Page) -> Response:
        """Whose points are below nought."""
        with self._hq.engine.connect() as connection:
            found = points.owing(connection, _ROWS)
        return self._console.render(page, "members_owing.html", found=found)

    def one(self, page: Page) -> Response:
        """A member, masked."""
        return self.render_one(page, page.query["member"])

    def open(self, page: Page) -> Response:
        """A member as they are; that somebody looked is kept."""
        number = page.form["member"]
        with self._hq.engine.begin() as connection:
            self.find(page, connection, number)
            members.looked(connection, number, page.user, page.now)
        return self.render_one(page, number, seen=True)

    def find(self, page: Page, connection: Connection, number: str) -> HeldMember:
        """The member that is meant; the page says so when there is none."""
        try:
            return members.find(connection, number)
        except RefusalError as error:
            raise PageError(error.said_on(page), 404) from error

    def render_one(
        self, page: Page, number: str, *, seen: bool = False, problem: str = ""
    ) -> Response:
        """The member's page; `seen` shows what is sealed."""
        with self._hq.engine.connect() as connection:
            held = self.find(page, connection, number)
            family = members.family(connection, number)
            branches = {one.branch: one for one in known_branches(connection, page.user.branches)}
            context = {
                "balance": accounts.balance(connection, POINTS, family),
                "ledger": points.newest(connection, family, _ROWS),
                "receipts": member_tickets(connection, family, list(branches), _ROWS),
                "alike": [self._shown(one) for one in members.alike(connection, held)],
                "history": notes_on(connection, "member.", number),
                **tier_of(connection, held, page.now, self._hq.settings.currency),
                "stored": accounts.balance(connection, STORED_VALUE, family),
                "stored_ledger": stored_value.newest(connection, family, _ROWS),
                "reserved": reservations.still_open(connection, page.now, of_accounts=family),
                "coupons": coupons.of_members(connection, family),
                "receivables": receivables.still_open(connection, family),
            }
        known = self._shown(held)
        if seen:
            known = replace(known, personal=members.opened(self._hq.member_key, held))
        return self._console.render(
            page, "member.html", status=422 if problem else 200, known=known, seen=seen,
            family=family[1:], branches=branches, acts=_ACTS, kinds=_KINDS, redeemed_kinds=REDEEMED_KINDS,
            problem=problem, masked_coupon=masked_coupon, coupon_states=COUPON_STATES,
            currency=self._hq.settings.currency, may_edit=page.user.role in EDITORS, **context,
        )  # fmt: skip

    def _shown(self, held: HeldMember) -> Shown:
        personal = masked(members.opened(self._hq.member_key, held))
        return Shown(held.member, held.tier, personal, held.provisional, held.merged)
