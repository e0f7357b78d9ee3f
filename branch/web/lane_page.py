"""One lane: how it stands, what was done to it, and its machine replaced or the lane retired."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from branch import lane_changes, lanes
from branch.lane_changes import Change
from branch.lanes import LaneError
from branch.web.lane_state import lane_state
from branch.web.office import Office
from replication.console.app import Page, PageError
from replication.console.languages import msgid

_RETIRED = msgid("%(lane)s is retired. Its receipts stay.")
#: What was done to a lane, in words.
_ACTS: Mapping[str, str] = {
    "lane.token": msgid("Token issued"),
    "lane.revoke": msgid("Shut out"),
    "lane.replace": msgid("Machine replaced"),
    "lane.retire": msgid("Retired"),
    "lane.message": msgid("Message sent"),
    "lane.message_taken_back": msgid("Message taken back"),
}


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/lanes/{lane}")
    def show(page: Page) -> Response:
        return _show(office, page)

    @office.page("/lanes/{lane}/replace", methods=("POST",))
    def replace(page: Page) -> Response:
        change = _change(page)
        with office.writing(page) as connection:
            token = lane_changes.replace(
                connection, office.code, change, page.now, ledger=office.branch.ledger
            )
        office.branch.board.went_stale()
        # Shown in the answer itself and nowhere kept: a token is seen once.
        return _show(office, page, token)

    @office.page("/lanes/{lane}/retire", methods=("POST",))
    def retire(page: Page) -> Response:
        change = _change(page)
        with office.writing(page) as connection:
            lane_changes.retire(
                connection, office.code, change, page.now, ledger=office.branch.ledger
            )
        office.branch.board.went_stale()
        return office.console.redirect(page, "/lanes", page.gettext(_RETIRED, lane=change.lane))


def _change(page: Page) -> Change:
    may_stay = dict(page.submission.pairs).get("may_stay") == "yes"
    return Change(page.path["lane"], page.user.operator, page.form["reason"], may_stay)


def _show(office: Office, page: Page, token: str = "") -> Response:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        try:
            lane = lane_changes.find(connection, office.code, page.path["lane"])
        except LaneError as error:
            raise PageError(voice.say(error.wording), 404) from error
        past = lane_changes.history(connection, lane.lane)
    return office.render(
        page,
        "lane.html",
        voice,
        lane=lane,
        state=lane_state(lane, page.now),
        past=[(one, page.gettext(_ACTS.get(one.act, "")) or one.act) for one in past],
        told=next((one for one in office.branch.board.look()[1] if one.lane == lane.lane), None),
        token=token,
        hours=int(lanes.TOKEN_VALID.total_seconds() // 3600),
        address=str(page.request.base_url).rstrip("/"),
    )
