"""Tiers: the table with how many members have each, its form, the evaluation, and a person's word for one.

who                    may
who reads reports      see the table
an administrator       change it, evaluate at once, hold a member's tier or let spend decide it again
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from hq import tier_standing, tiers
from hq.bootstrap import Headquarters
from hq.refusal import RefusalError
from hq.tier_evaluation import evaluate
from hq.web.members import EDITORS, READERS, MemberPages
from replication.console.app import Console, Page
from replication.console.languages import msgid
from schemas.domain.money import NumberError, format_amount, parse_amount
from schemas.domain.tier import Tier

_SAVED = msgid("Tier %(tier)s is saved. Members follow with the next evaluation.")
_REMOVED = msgid("Tier %(tier)s is removed.")
_EVALUATED = msgid("%(looked)s members looked at: %(raised)s raised, %(lowered)s lowered.")
_HELD = msgid("%(member)s has the tier by your word now; tills know it once it arrived there.")
_RELEASED = msgid("Spend decides the tier of %(member)s again, from the next evaluation on.")
_EMPTY = msgid("A tier has a code and a name of up to %(most)s characters.")
_NUMBER = msgid("“%(value)s” is no number that fits here: look at rank, spend and months.")
_CODE_LENGTH, _NAME_LENGTH = 40, 200


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the pages of tiers."""
    pages = _Tiers(console, headquarters)
    post = ("POST",)
    console.page("/members/tiers", roles=READERS)(pages.every)
    console.page("/members/tiers/save", roles=EDITORS, methods=post)(pages.save)
    console.page("/members/tiers/remove", roles=EDITORS, methods=post)(pages.remove)
    console.page("/members/tiers/evaluate", roles=EDITORS, methods=post)(pages.evaluate)
    console.page("/members/one/hold-tier", roles=EDITORS, methods=post)(pages.hold)
    console.page("/members/one/release-tier", roles=EDITORS, methods=post)(pages.release)


class _Tiers:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters
        self._decimals = headquarters.settings.decimals
        self._members = MemberPages(console, headquarters)

    def every(self, page: Page) -> Response:
        """The table; the form is filled with the tier that is named."""
        with self._hq.engine.connect() as connection:
            table = tiers.every(connection)
        chosen = page.query.get("tier", "")
        filled = next((self._written(one) for one in table if one.code == chosen), {})
        return self._render(page, filled)

    def save(self, page: Page) -> Response:
        """Add a tier or change one."""
        try:
            made = self._typed(page)
            with self._hq.engine.begin() as connection:
                is_new = "known" not in page.form
                tiers.save(connection, made, page.user, page.now, is_new=is_new)
        except RefusalError as error:
            return self._render(page, page.form, error.said_on(page))
        return self._back(page, page.gettext(_SAVED, tier=made.code))

    def remove(self, page: Page) -> Response:
        """Take one away."""
        code = page.form["tier"]
        try:
            with self._hq.engine.begin() as connection:
                tiers.remove(connection, code, page.user, page.now)
        except RefusalError as error:
            return self._render(page, {}, error.said_on(page))
        return self._back(page, page.gettext(_REMOVED, tier=code))

    def evaluate(self, page: Page) -> Response:
        """Do at once what the night does."""
        made = evaluate(self._hq.engine, page.now, self._hq.settings.currency, page.user.operator)
        said = page.gettext(
            _EVALUATED, looked=made.looked, raised=made.raised, lowered=made.lowered
        )
        return self._back(page, said)

    def hold(self, page: Page) -> Response:
        """Give a member a tier by a person's word."""
        number, tier, reason = page.form["member"], page.form["tier"], page.form["reason"]
        try:
            with self._hq.engine.begin() as connection:
                tier_standing.hold(connection, number, tier, page.user, reason, page.now)
        except RefusalError as error:
            return self._members.render_one(page, number, problem=error.said_on(page))
        return self._to_member(page, number, page.gettext(_HELD, member=number))

    def release(self, page: Page) -> Response:
        """Let spend decide again."""
        number = page.form["member"]
        try:
            with self._hq.engine.begin() as connection:
                tier_standing.release(connection, number, page.user, page.now)
        except RefusalError as error:
            return self._members.render_one(page, number, problem=error.said_on(page))
        return self._to_member(page, number, page.gettext(_RELEASED, member=number))

    def _typed(self, page: Page) -> Tier:
        form = {name: page.form[name].strip() for name in ("tier", "name")}
        if not (0 < len(form["tier"]) <= _CODE_LENGTH and 0 < len(form["name"]) <= _NAME_LENGTH):
            raise RefusalError(_EMPTY, most=_NAME_LENGTH)
        return Tier(
            form["tier"], form["name"], _number(page, "rank", 0),
            _number(page, "spend", self._decimals) if page.form["spend"].strip() else None,
            _number(page, "months", 0), _number(page, "keep_months", 0),
        )  # fmt: skip

    def _written(self, one: Tier) -> Mapping[str, str]:
        spend = "" if one.threshold is None else format_amount(one.threshold, self._decimals)
        return {
            "tier": one.code, "name": one.name, "rank": str(one.rank), "spend": spend,
            "months": str(one.months), "keep_months": str(one.keep_months), "known": "yes",
        }  # fmt: skip

    def _render(self, page: Page, values: Mapping[str, str], problem: str = "") -> Response:
        with self._hq.engine.connect() as connection:
            table, counts = tiers.every(connection), tiers.counted(connection)
        known = {one.code for one in table}
        return self._console.render(
            page, "tiers.html", status=422 if problem else 200, table=table, counts=counts,
            strange={code: counts[code] for code in sorted(counts) if code not in known},
            values=dict(values), problem=problem, currency=self._hq.settings.currency,
            may_edit=page.user.role in EDITORS,
        )  # fmt: skip

    def _back(self, page: Page, said: str) -> Response:
        return self._console.redirect(page, "/members/tiers", said)

    def _to_member(self, page: Page, number: str, said: str) -> Response:
        return self._console.redirect(page, f"/members/one?{urlencode({'member': number})}", said)


def _number(page: Page, name: str, decimals: int) -> int:
    typed = page.form[name].strip()
    try:
        return parse_amount(typed, decimals)
    except NumberError as error:
        raise RefusalError(_NUMBER, value=typed[:_CODE_LENGTH]) from error
