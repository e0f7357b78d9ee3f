"""One site of the link: its alarms, streams, quarantine and refusals; and of a branch, which region it is in."""

from __future__ import annotations

from starlette.responses import Response

from hq import regions
from hq.bootstrap import Headquarters
from hq.link_watch import watch
from hq.parked import RELEASERS, RETRIERS, parked_entries
from hq.refusal import RefusalError
from hq.reports.snapshot import snapshot
from hq.web.asked import OPERATIONS_ROLES, branch_of
from hq.web.link_words import Words
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError

#: Who decides which branch is in which region, and with it who sees what.
_PLACERS = frozenset({"administrator"})
_PUT = msgid("%(branch)s is put where it belongs.")
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
            there = regions.every(connection)
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
            regions=there,
            places=[(one.region, f"{one.region} · {one.name}") for one in there.values()],
            may_place=page.user.role in _PLACERS,
            # A branch shows what it sent, whoever wrote it; a lane what it wrote itself.
            parked=[each for each in parked if site in (each.branch, each.writer)],
            may_retry=page.user.role in RETRIERS,
            may_release=page.user.role in RELEASERS,
            words=Words(page),
        )

    @console.page("/replication/sites/{site}/region", roles=_PLACERS, methods=("POST",))
    def put(page: Page) -> Response:
        try:
            with headquarters.engine.begin() as connection:
                branch = branch_of(page, connection, page.path["site"]).branch
                code = page.form["region"]
                regions.put(connection, branch, code, page.user.operator, page.now)
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error
        return console.redirect(
            page, f"/replication/sites/{branch}", page.gettext(_PUT, branch=branch)
        )
