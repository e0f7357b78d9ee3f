"""Redemption: what the chain risks, what is reserved, what is owed, and on which terms all of it happens.

who                        sees                                              does
who reads reports          grants, reservations and receivables of their     –
                           branches, the terms and what is offered offline
an administrator           all of it                                         settles receivables, sets terms
                                                                             and what is offered offline
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.redemption import grants, policies, receivables, reservations, terms
from hq.redemption.policies import Policy
from hq.redemption.receivables import OUTCOMES
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from hq.web.asked import REPORT_ROLES
from hq.web.members import EDITORS, REDEEMED_KINDS
from replication.console.app import Console, Page
from replication.console.languages import msgid
from schemas.domain.coupon import masked
from schemas.domain.money import NumberError, format_amount, parse_amount

READERS = REPORT_ROLES
_ROWS = 100
_STATES = {
    "open": ("info", msgid("May be used")),
    "left_behind": ("warn", msgid("Its lane was put back")),
    "ended": ("quiet", msgid("Ended, tickets on their way")),
}
_OUTCOME_WORDS = {
    "paid": msgid("Paid otherwise"),
    "waived": msgid("Waived: the chain bears it"),
}
_WHY = {
    "coupon_used": msgid("used before"),
    "coupon_expired": msgid("void or over"),
    "coupon_not_yet": msgid("not to be used yet"),
    "coupon_of_another": msgid("another member's own"),
    "unknown_coupon": msgid("never issued"),
}
_NUMBER = msgid("“%(value)s” is no whole number.")
_AMOUNT = msgid("“%(value)s” is no amount: write it like 12.50.")
_SETTLED = msgid("The receivable is settled.")
_TERMS = msgid("The terms are saved; they hold for whatever is asked from now on.")
_POLICY = msgid("Saved; lanes are handed such grants as they ask next.")
_REMOVED = msgid("Removed; grants that were handed out stand until their end.")
_HOME = "/members/redemption"

Act = Callable[[Connection], None]


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the page and what is done on it."""
    pages = _Pages(console, headquarters)
    post = ("POST",)
    console.page(_HOME, roles=READERS)(pages.show)
    console.page(f"{_HOME}/settle", roles=EDITORS, methods=post)(pages.settle)
    console.page(f"{_HOME}/terms", roles=EDITORS, methods=post)(pages.set_terms)
    console.page(f"{_HOME}/policy", roles=EDITORS, methods=post)(pages.set_policy)
    console.page(f"{_HOME}/policy/remove", roles=EDITORS, methods=post)(pages.remove_policy)


class _Pages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def show(self, page: Page) -> Response:
        """The page."""
        return self._render(page)

    def settle(self, page: Page) -> Response:
        """Settle a receivable."""
        form = page.form
        return self._do(
            page, _SETTLED,
            lambda connection: receivables.settle(
                connection, form["ticket"], form["kind"], form["account"], form["outcome"],
                form["reason"], page.user.operator, page.now,
            ),
        )  # fmt: skip

    def set_terms(self, page: Page) -> Response:
        """Set what points are worth, and how long a reservation is kept."""

        def act(connection: Connection) -> None:
            terms.set_terms(
                connection, _number(page, "points"), self._amount(page, "amount"),
                _number(page, "days"), page.user.operator, page.now,
            )  # fmt: skip

        return self._do(page, _TERMS, act)

    def set_policy(self, page: Page) -> Response:
        """Set what a branch's lanes, or all, are granted."""

        def act(connection: Connection) -> None:
            kind = next((one for one in policies.KINDS if one == page.form["kind"]), None)
            if kind is None:
                raise RefusalError(policies.NO_KIND, kind=page.form["kind"][:40])
            figure = _number if kind == "coupon" else self._amount
            made = Policy(
                page.form["branch"], kind, figure(page, "amount"), figure(page, "cap"),
                _number(page, "days"),
            )  # fmt: skip
            policies.set_policy(connection, made, page.user.operator, page.now)

        return self._do(page, _POLICY, act)

    def remove_policy(self, page: Page) -> Response:
        """Take back what was set."""
        form, who = page.form, page.user.operator
        return self._do(
            page, _REMOVED,
            lambda connection: policies.remove(
                connection, form["branch"], form["kind"], who, page.now
            ),
        )  # fmt: skip

    def _do(self, page: Page, said: str, act: Act) -> Response:
        try:
            with self._hq.engine.begin() as connection:
                act(connection)
        except RefusalError as error:
            return self._render(page, error.said_on(page))
        return self._console.redirect(page, _HOME, page.gettext(said))

    def _render(self, page: Page, problem: str = "") -> Response:
        scope, settings = page.user.branches, self._hq.settings
        with self._hq.engine.connect() as connection:
            branches = {one.branch: one for one in known_branches(connection, scope)}
            risked = grants.risked(connection, page.now, scope)
            owed = receivables.still_open(connection)
            held = terms.terms(connection)
            context = {
                "reserved": reservations.still_open(
                    connection, page.now, branches=scope, limit=_ROWS
                ),
                "policies": policies.every(connection),
            }
        owed = [one for one in owed if not scope or one.branch in scope]
        return self._console.render(
            page, "redemption.html", status=422 if problem else 200, problem=problem,
            risked=risked[:_ROWS], further=len(risked) - _ROWS, risk=grants.at_risk(risked),
            owed=owed[:_ROWS], owed_in_all=sum(one.amount for one in owed), further_owed=len(owed) - _ROWS,
            terms=held, rate_amount=held.rate and format_amount(held.rate.amount, settings.decimals),
            branches=branches, currency=settings.currency, kinds=REDEEMED_KINDS, states=_STATES,
            why=_WHY, outcomes=[(one, page.gettext(_OUTCOME_WORDS[one])) for one in OUTCOMES],
            branch_choices=[(one.branch, one.name) for one in branches.values()],
            kind_choices=[(one, page.gettext(REDEEMED_KINDS[one])) for one in policies.KINDS],
            masked=masked, may_edit=page.user.role in EDITORS, **context,
        )  # fmt: skip

    def _amount(self, page: Page, field: str) -> int:
        return _typed(page.form[field], self._hq.settings.decimals, _AMOUNT)


def _number(page: Page, field: str) -> int:
    return _typed(page.form[field], 0, _NUMBER)


def _typed(value: str, decimals: int, wrong: str) -> int:
    """What was typed; nothing is nought. Raises RefusalError."""
    try:
        return parse_amount(value.strip() or "0", decimals)
    except NumberError as error:
        raise RefusalError(wrong, value=value.strip()[:40]) from error
