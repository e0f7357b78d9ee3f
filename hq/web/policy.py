"""How branches keep their day, set for the chain, a group or a branch.

who                                   may
who looks after days and lines        see what holds where
buyers and administrators             publish a policy, and withdraw it, for branches of their scope
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from urllib.parse import urlencode

from starlette.responses import Response

from hq import policies
from hq.audit import notes_on
from hq.bootstrap import Headquarters
from hq.refusal import RefusalError
from hq.web import imports
from hq.web.asked import OPERATIONS_ROLES
from hq.web.audiences import audience_label, audiences
from hq.web.check_words import CHECK_WORDS, LEVEL_WORDS
from replication.console.app import Console, Page
from replication.console.languages import msgid
from schemas.domain.day_check import CHECKS, Level
from schemas.domain.money import NumberError, format_amount, parse_amount
from schemas.domain.policy import Policy
from schemas.tables.policy_store import policies as policies_held

#: Whoever sets master data sets this too.
EDITORS = imports.ROLES
READERS = OPERATIONS_ROLES | EDITORS

_PATH = "/policy"
_PUBLISHED = msgid("The policy of %(audience)s is published; branches go by it as it arrives.")
_WITHDRAWN = msgid("%(audience)s goes by the next wider policy again.")
_TIME = msgid("“%(value)s” is no time of day: write it as 03:00.")
_AMOUNT = msgid("“%(value)s” is no amount.")
_UNKNOWN = msgid("Choose an audience from the list.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the page and its two acts."""
    pages = _Policies(console, headquarters)
    console.page(_PATH, roles=READERS)(pages.show)
    console.page(f"{_PATH}/publish", roles=EDITORS, methods=("POST",))(pages.publish)
    console.page(f"{_PATH}/withdraw", roles=EDITORS, methods=("POST",))(pages.withdraw)


class _Policies:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters
        self._decimals = headquarters.settings.decimals

    def show(self, page: Page) -> Response:
        """What holds for an audience; the form is filled with it."""
        with self._hq.engine.connect() as connection:
            first = audiences(page, connection)[0][0]
        return self._render(page, page.query.get("audience", first))

    def publish(self, page: Page) -> Response:
        """Set an audience's policy."""
        audience = page.form["audience"]
        try:
            typed, reason = self._typed(page), page.form["reason"].strip()
            with self._hq.engine.begin() as connection:
                policies.publish(connection, audience, typed, page.user, page.now, reason)
        except RefusalError as error:
            return self._render(page, audience, error.said_on(page))
        return self._back(page, audience, _PUBLISHED)

    def withdraw(self, page: Page) -> Response:
        """Take an audience's policy back."""
        audience = page.form["audience"]
        try:
            with self._hq.engine.begin() as connection:
                policies.withdraw(connection, audience, page.user, page.now)
        except RefusalError as error:
            return self._render(page, audience, error.said_on(page))
        return self._back(page, audience, _WITHDRAWN)

    def _typed(self, page: Page) -> Policy:
        form = page.form
        chosen: dict[str, Level] = {}
        for code, check in CHECKS.items():
            said = form.get(code, check.own)
            chosen.update((code, one) for one in check.levels if one == said != check.own)
        return Policy(
            chosen, _time(form["day_ends"]), "lane" if form["till_by"] == "lane" else "operator",
            self._amount(form["tolerance"]), "count_safe" in form, "absent_lane_authority" in form,
        )  # fmt: skip

    def _amount(self, typed: str) -> int:
        try:
            return parse_amount(typed.strip(), self._decimals)
        except NumberError as error:
            raise RefusalError(_AMOUNT, value=typed[:40]) from error

    def _render(self, page: Page, audience: str, problem: str = "") -> Response:
        with self._hq.engine.connect() as connection:
            choices = audiences(page, connection)
            if audience not in {feed for feed, _ in choices}:
                audience, problem = choices[0][0], problem or page.gettext(_UNKNOWN)
            held = policies_held(connection)
            shown = policies.proposed(connection, audience)
            notes = notes_on(connection, "policy.", audience)
        checks = [
            (code, page.gettext(CHECK_WORDS[code]), one.levels, shown.checks.get(code, one.own))
            for code, one in CHECKS.items()
        ]
        return self._console.render(
            page, "policy.html", status=422 if problem else 200, problem=problem, choices=choices,
            audience=audience, label=audience_label(page, audience), has_own=audience in held,
            own=[(feed, audience_label(page, feed)) for feed in held], notes=notes[::-1],
            checks=checks, words={one: page.gettext(said) for one, said in LEVEL_WORDS.items()},
            values=page.form if problem and page.submission.pairs else self._written(shown),
            currency=self._hq.settings.currency, may_edit=page.user.role in EDITORS,
        )  # fmt: skip

    def _written(self, one: Policy) -> Mapping[str, str]:
        """The fields as the form takes them."""
        values = {
            "day_ends": one.day_ends.isoformat("minutes"), "till_by": one.till_by,
            "tolerance": format_amount(one.tolerance, self._decimals), "reason": "",
        }  # fmt: skip
        marked = {
            "count_safe": one.count_safe,
            "absent_lane_authority": one.absent_lane_authority,
        }
        chosen = {code: one.checks.get(code, check.own) for code, check in CHECKS.items()}
        return values | {name: "yes" for name, on in marked.items() if on} | chosen

    def _back(self, page: Page, audience: str, said: str) -> Response:
        text = page.gettext(said, audience=audience_label(page, audience))
        return self._console.redirect(page, f"{_PATH}?{urlencode({'audience': audience})}", text)


def _time(typed: str) -> time:
    try:
        return time.fromisoformat(typed.strip())
    except ValueError as error:
        raise RefusalError(_TIME, value=typed[:40]) from error
