"""The lanes: how each stands, a token for a new one, copies of one, and what waits for a decision."""

from __future__ import annotations

from starlette.responses import Response

from branch import lanes, parked
from branch.web.lane_state import lane_state
from branch.web.office import Office
from replication.console.app import Page, PageError
from replication.console.languages import msgid

_SHUT_OUT = msgid("The copy %(copy)s… of %(lane)s is shut out.")
_RETRIED = msgid("%(lane)s #%(sequence)s is applied.")
_RELEASED = msgid("%(lane)s #%(sequence)s is set down.")
_NOT_APPLIED = msgid("%(lane)s #%(sequence)s cannot be applied: %(reason)s")
_NO_ENTRY = msgid("There is no such entry.")
#: As much of a copy's name as tells it from another.
_SHORT = 8


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/lanes")
    def show(page: Page) -> Response:
        return _show(office, page)

    @office.page("/lanes/token", methods=("POST",))
    def token(page: Page) -> Response:
        lane = page.form["lane"].strip()
        with office.writing(page) as connection:
            issued = lanes.issue_token(connection, office.code, lane, page.user.operator, page.now)
        # Shown in the answer itself and nowhere kept: a token is seen once.
        return _show(office, page, lane, issued)

    @office.page("/lanes/{lane}/copies/{copy}/shut-out", methods=("POST",))
    def shut_out(page: Page) -> Response:
        lane, copy = page.path["lane"], page.path["copy"]
        with office.writing(page) as connection:
            reason = page.form["reason"]
            lanes.shut_out(
                connection, lane, copy, page.user.operator, reason, page.now,
                ledger=office.branch.ledger,
            )  # fmt: skip
        said = page.gettext(_SHUT_OUT, lane=lane, copy=copy[:_SHORT])
        return office.console.redirect(page, "/lanes", said)

    @office.page("/parked/{lane}/{sequence}", methods=("POST",))
    def decide(page: Page) -> Response:
        return _decide(office, page)


def _show(office: Office, page: Page, lane: str = "", token: str = "") -> Response:
    with office.branch.engine.connect() as connection:
        held = lanes.lanes(connection, office.code)
        return office.render(
            page,
            "lanes.html",
            office.voice(page, connection),
            lanes=[(one, lane_state(one, page.now)) for one in held],
            parked=parked.waiting(connection),
            suggested=_next_name(office.code, [one.lane for one in held]),
            issued_for=lane,
            token=token,
            hours=int(lanes.TOKEN_VALID.total_seconds() // 3600),
            address=str(page.request.base_url).rstrip("/"),
        )


def _next_name(branch: str, taken: list[str]) -> str:
    names = (f"{branch}.{number:02d}" for number in range(1, 100))
    return next((name for name in names if name not in taken), "")


def _decide(office: Office, page: Page) -> Response:
    lane, number = page.path["lane"], page.path["sequence"]
    if not number.isdecimal():
        raise PageError(page.gettext(_NO_ENTRY), 404)
    sequence = int(number)
    who = page.user.operator
    if page.form["decision"] == "release":
        with office.writing(page) as connection:
            found = parked.find(connection, lane, sequence)
            parked.release(connection, found, who, page.form["reason"], page.now)
        said = page.gettext(_RELEASED, lane=lane, sequence=sequence)
        return office.console.redirect(page, "/lanes#parked", said)
    with office.writing(page) as connection:
        found = parked.find(connection, lane, sequence)
        reason = parked.retry(connection, office.code, found, who, page.now)
    if reason is not None:
        # The attempt is kept: the entry waits on, with what stands in its way now.
        brief = reason.partition("\n")[0][:300]
        text = page.gettext(_NOT_APPLIED, lane=lane, sequence=sequence, reason=brief)
        raise PageError(text, 409)
    office.branch.board.went_stale()
    said = page.gettext(_RETRIED, lane=lane, sequence=sequence)
    return office.console.redirect(page, "/lanes#parked", said)
