"""Single-use coupons: issued, listed by kind and state, taken away as a file, and voided with a reason.

Whoever knows a coupon's number may use it, so those alone see the numbers who may issue them.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.redemption import coupons
from hq.redemption.coupons import STATES, Coupon, Terms
from hq.refusal import RefusalError
from hq.web.audiences import zones
from hq.web.members import COUPON_STATES
from hq.web.typed_time import typed_time
from replication.console.app import Console, Page
from replication.console.languages import msgid
from replication.console.table_export import csv_response
from schemas.domain.money import NumberError, parse_amount

ROLES = frozenset({"buyer", "administrator"})
_ROWS = 50
_HOME = "/promotions/coupons"
_ISSUED = msgid("%(count)s coupons of kind %(kind)s are issued; their numbers are in the CSV file.")
_VOIDED = msgid("Coupon %(number)s is void.")
_COUNT = msgid("“%(value)s” is no whole number of coupons.")
_HEADER = ("number", "kind", "member", "starts", "ends", "state", "issued", "issued_by")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the pages of coupons."""
    pages = _Pages(console, headquarters)
    console.page(_HOME, roles=ROLES)(pages.every)
    console.page(f"{_HOME}.csv", roles=ROLES)(pages.download)
    console.page(f"{_HOME}/issue", roles=ROLES, methods=("POST",))(pages.issue)
    console.page(f"{_HOME}/void", roles=ROLES, methods=("POST",))(pages.void)


class _Pages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def every(self, page: Page) -> Response:
        """How many there are, those of a kind and state, and the form for new ones."""
        return self._render(page)

    def download(self, page: Page) -> Response:
        """The numbers of a kind and state, as a file."""
        kind, state = _narrowed(page)
        with self._hq.engine.connect() as connection:
            found = coupons.listed(connection, kind, state, limit=None)
            name = f"coupons-{kind}.csv" if kind else "coupons.csv"
            return csv_response(name, _HEADER, (_written(one) for one in found))

    def issue(self, page: Page) -> Response:
        """Issue new ones."""
        form = page.form
        try:
            with self._hq.engine.begin() as connection:
                of = Terms(
                    form["kind"].strip(), form["member"].strip(),
                    typed_time(connection, form, "starts"), typed_time(connection, form, "ends"),
                )  # fmt: skip
                count = _count(form["count"].strip())
                coupons.issue(connection, of, count, page.user.operator, page.now)
        except RefusalError as error:
            return self._render(page, error.said_on(page))
        said = page.gettext(_ISSUED, count=count, kind=of.kind)
        return self._console.redirect(page, f"{_HOME}?{urlencode({'kind': of.kind})}", said)

    def void(self, page: Page) -> Response:
        """Let nobody use a coupon any more."""
        number, reason = page.form["number"].strip(), page.form["reason"]
        try:
            with self._hq.engine.begin() as connection:
                coupons.void(connection, number, reason, page.user.operator, page.now)
        except RefusalError as error:
            return self._render(page, error.said_on(page))
        return self._console.redirect(page, _HOME, page.gettext(_VOIDED, number=number))

    def _render(self, page: Page, problem: str = "") -> Response:
        kind, state = _narrowed(page)
        with self._hq.engine.connect() as connection:
            after = page.query.get("after", "")
            found = coupons.listed(connection, kind, state, after, _ROWS + 1)
            counted, clocks = coupons.counted(connection), zones(connection)
        values = dict(page.form) if problem and "count" in dict(page.form) else {}
        return self._console.render(
            page, "coupons.html", status=422 if problem else 200, problem=problem,
            found=found[:_ROWS], further=found[_ROWS - 1].number if len(found) > _ROWS else "",
            counted=counted, kind=kind, state=state, states=STATES, words=COUPON_STATES,
            clocks=[(one, one) for one in clocks], zone=clocks[0] if clocks else "UTC",
            narrowed=urlencode({"kind": kind, "state": state}), values=values, most=coupons.MOST,
        )  # fmt: skip


def _narrowed(page: Page) -> tuple[str, str]:
    return page.query.get("kind", ""), page.query.get("state", "")


def _count(value: str) -> int:
    try:
        return parse_amount(value, 0)
    except NumberError as error:
        raise RefusalError(_COUNT, value=value[:40]) from error


def _written(one: Coupon) -> tuple[str, ...]:
    starts, ends = (at.isoformat() if at else "" for at in (one.starts, one.ends))
    return (
        one.number, one.kind, one.member, starts, ends, one.state, one.issued.isoformat(),
        one.issued_by,
    )  # fmt: skip
