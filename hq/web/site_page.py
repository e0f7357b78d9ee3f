"""One site of the link: its alarms, streams, quarantine and refusals."""

from __future__ import annotations

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.link_watch import watch
from hq.parked import RELEASERS, RETRIERS, parked_entries
from hq.reports.snapshot import snapshot
from hq.web.asked import OPERATIONS_ROLES, branch_of
from hq.web.link_words import Words
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError

_NO_SITE = msgid("There is no site %(site)s.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The page of one branch or lane."""

    @console.page("/replication/sites/{site}", roles=OPERATIONS_ROLES)
    def one_site(page: Page) -> Response:
        site = page.path["site"]
        with snapshot(headquarters.engine) as connection:
            branch = branch_of(page, connection, site.partition(".")[0])
            deadlines = headquarters.settings.replication
            found = watch(connection, [branch.branch], page.now, deadlines)
            parked = parked_entries(connection, [branch.branch])
        one = found.find(site)
        if one is None:
            raise PageError(page.gettext(_NO_SITE, site=site), 404)
        return console.render(
            page,
            "replication_site.html",
            one=one,
            branch=found.branches[0],
            known=branch,
            zone=branch.zone,
            # A branch shows what it sent, whoever wrote it; a lane what it wrote itself.
            parked=[each for each in parked if site in (each.branch, each.writer)],
            may_retry=page.user.role in RETRIERS,
            may_release=page.user.role in RELEASERS,
            words=Words(page),
        )
