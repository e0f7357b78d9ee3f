"""The replenishment (自动补货): its proposals, what was left out and why, and a run on demand.

who                         may
who reads prices            see the proposals of the branches in their care
buyers, administrators      run it, change lines, drop a proposal
approvers, administrators   approve what they neither asked for nor changed
"""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from hq import suppliers
from hq.bootstrap import Headquarters
from hq.goods import document as goods
from hq.goods.progress import progress
from hq.refusal import RefusalError
from hq.replenishment import background, left_out
from hq.replenishment import proposal as proposals
from hq.replenishment.proposal import Search
from hq.replenishment.run import Chosen, is_running, known_centres, last_run
from hq.reports.branches import known_branches
from hq.web.goods import party_names, shown_state
from hq.web.price_changes import DRAFTERS, READERS
from hq.web.replenishment_words import KINDS, LEFT_OUT, STATES
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from replication.console.row_seen import from_its_start, instant_seen, number_seen

_DONE = msgid(
    "Done: %(items)s items in %(branches)s branches; %(open)s proposals are to be decided."
)
_GOES_ON = msgid("The run goes on. Load the page again in a few minutes.")
_NOT_YOURS = msgid("Branch %(code)s is not in your care, or there is none.")
_NO_PARTNER = msgid(
    "There is no supplier or distribution centre %(code)s: look it up under the terms of replenishment."
)
_LIST_ROWS = 50
#: What a list may be asked for.
_ASKED = ("state", "kind", "branch", "partner")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list and the run; one proposal stands in `hq.web.replenishment_proposal`."""
    pages = _Pages(console, headquarters)
    console.page("/replenishment", roles=READERS)(pages.every)
    console.page("/replenishment/run", roles=DRAFTERS, methods=("POST",))(pages.run)


class _Pages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine
        self._currency = headquarters.settings.currency

    def every(self, page: Page) -> Response:
        """The list, the latest first, and what was left out."""
        query = page.query
        search = Search(
            page.user.branches, query.get("state", "open"), query.get("kind", ""),
            query.get("branch", ""), query.get("partner", ""), _after(page), _LIST_ROWS,
        )  # fmt: skip
        with self._engine.connect() as connection:
            found = proposals.newest(connection, search)
            shown = found[:_LIST_ROWS]
            documents = [one.document for one in shown if one.document]
            how = progress(connection, documents)
            states = {
                code: shown_state(goods.find(connection, code), how[code]) for code in documents
            }
            known = known_branches(connection, page.user.branches)
            left = left_out.read(connection, [one.branch for one in known])
            run = last_run(connection)
            names = party_names(connection)
        return self._console.render(
            page, "replenishment.html", proposals=shown, states=states, known=known, names=names,
            search=search, left=left, left_words=LEFT_OUT, run=run, kinds=KINDS,
            running=is_running(self._engine), currency=self._currency,
            address=from_its_start(page, _ASKED),
            kinds_shown=[(code, page.gettext(text)) for code, text in KINDS.items()],
            states_shown=[(code, page.gettext(text)) for code, text in STATES.items()],
            state_words=STATES, zones={one.branch: one.zone for one in known},
            further=shown[-1] if len(found) > _LIST_ROWS else None,
            may_run=page.user.role in DRAFTERS,
        )  # fmt: skip

    def run(self, page: Page) -> Response:
        """Propose what is needed now."""
        try:
            made = background.start(self._engine, page.now, page.user.operator, self._chosen(page))
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error
        said = page.gettext(_GOES_ON)
        if made is not None:
            said = page.gettext(_DONE, items=made.items, branches=made.branches, open=made.open)
        return self._console.redirect(page, "/replenishment", said)

    def _chosen(self, page: Page) -> Chosen:
        """What the form names, within the person's branches; without a form all of these."""
        branches = frozenset(page.form_list("branch"))
        partners = frozenset(page.form.get("partners", "").split())
        with self._engine.connect() as connection:
            known = {one.branch for one in known_branches(connection, page.user.branches)}
            sources = {*suppliers.every(connection), *known_centres(connection)}
        for given, of, text in ((branches, known, _NOT_YOURS), (partners, sources, _NO_PARTNER)):
            if given - of:
                raise PageError(page.gettext(text, code=min(given - of)[:20]))
        return Chosen(branches or frozenset(page.user.branches), partners)


def _after(page: Page) -> tuple[datetime, int] | None:
    """The last proposal of the page before."""
    if "after" not in page.query:
        return None
    return instant_seen(page), number_seen(page, "after")
