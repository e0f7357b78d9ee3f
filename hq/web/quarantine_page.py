"""What waits at headquarters for a person: the list, and the two ways out of it."""

from __future__ import annotations

from starlette.responses import Response

from hq import parked
from hq.bootstrap import Headquarters
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from hq.reports.snapshot import snapshot
from hq.web.asked import OPERATIONS_ROLES, branch_of
from hq.web.link_words import Words
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError

_SHOWN = 200
_RETRIED = msgid("%(entry)s is applied.")
_RELEASED = msgid("%(entry)s is set down.")
_NOT_APPLIED = msgid("%(entry)s cannot be applied and waits on: %(reason)s")
_NO_ENTRY = msgid("There is no such entry.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list, and what a person decides about one entry."""

    @console.page("/replication/quarantine", roles=OPERATIONS_ROLES)
    def listing(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            branches = known_branches(connection, page.user.branches)
            found = parked.parked_entries(connection, [one.branch for one in branches])
        return console.render(
            page,
            "quarantine.html",
            parked=found[:_SHOWN],
            total=len(found),
            zones={one.branch: one.zone for one in branches},
            may_retry=page.user.role in parked.RETRIERS,
            may_release=page.user.role in parked.RELEASERS,
            words=Words(page),
        )

    @console.page(
        "/replication/quarantine/{site}/{epoch}/{sequence}",
        roles=OPERATIONS_ROLES,
        methods=("POST",),
    )
    def decide(page: Page) -> Response:
        return _decide(console, headquarters, page)


def _decide(console: Console, headquarters: Headquarters, page: Page) -> Response:
    site, epoch, number = page.path["site"], page.path["epoch"], page.path["sequence"]
    if not number.isdecimal():
        raise PageError(page.gettext(_NO_ENTRY), 404)
    name, reason = f"{site} #{number}", None
    try:
        with headquarters.engine.begin() as connection:
            branch_of(page, connection, site)
            held = parked.find(connection, site, int(number), epoch)
            if page.form["decision"] == "release":
                said = page.gettext(_RELEASED, entry=name)
                parked.release(connection, held, page.user, page.form["reason"], page.now)
            else:
                said = page.gettext(_RETRIED, entry=name)
                reason = parked.retry(connection, held, page.user, page.now)
    except RefusalError as error:
        raise PageError(error.said_on(page), 409) from error
    if reason is not None:
        # The attempt is kept: the entry waits on, with what stands in its way now.
        brief = reason.partition("\n")[0][:300]
        raise PageError(page.gettext(_NOT_APPLIED, entry=name, reason=brief), 409)
    return console.redirect(page, "/replication/quarantine", said)
