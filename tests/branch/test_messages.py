"""Messages to lanes: down the branch's own feed, until they are over or taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from branch import messages
from branch.messages import MessageError, Sending
from schemas.tables.catalogue import lane_message
from schemas.tables.staff import audit
from tests.branch.shop import CODE, MANAGER, LaneTill, Shop


def send(shop: Shop, text: str, lane: str = "", minutes: int = 60) -> str:
    asked = Sending(lane, text, minutes, MANAGER, "店长 Manager")
    with shop.engine.begin() as connection:
        return messages.send(connection, CODE, asked, shop.clock()).message


def at_lane(lane: LaneTill) -> list[tuple[str, str]]:
    """What a lane's catalogue holds after it asked for all that is new."""
    lane.runner.push_once()
    for _ in range(4):
        lane.runner.fetch_once()
    with lane.catalogue.connect() as connection:
        rows = connection.execute(select(lane_message.c.lane, lane_message.c.text))
        return sorted((row.lane, row.text) for row in rows)


def test_a_message_travels_to_the_lanes_and_is_taken_back(shop: Shop) -> None:
    lane = shop.lane(1)
    first = send(shop, "  The safe is\nclosed ")
    send(shop, "请来办公室", lane="N001.01")
    assert at_lane(lane) == [("", "The safe is closed"), ("N001.01", "请来办公室")]
    with shop.engine.begin() as connection:
        messages.take_back(connection, CODE, first, MANAGER, shop.clock())
    assert at_lane(lane) == [("N001.01", "请来办公室")]
    with shop.engine.begin() as connection:
        acts = connection.execute(select(audit.c.act).where(audit.c.act.startswith("lane.")))
        assert list(acts.scalars()) == ["lane.message", "lane.message", "lane.message_taken_back"]
        with pytest.raises(MessageError, match="taken back before"):
            messages.take_back(connection, CODE, first, MANAGER, shop.clock())


def test_one_that_is_over_is_deleted_with_the_next(shop: Shop) -> None:
    lane = shop.lane(1)
    send(shop, "soon over", minutes=5)
    shop.clock.pass_minutes(6)
    with shop.engine.connect() as connection:
        assert messages.holding(connection, CODE, shop.clock()) == ()
    assert at_lane(lane) == [("", "soon over")]
    send(shop, "next")
    assert at_lane(lane) == [("", "next")]


@pytest.mark.parametrize(
    ("text", "lane", "minutes", "why"),
    [
        (" \n", "", 60, "needs words"),
        ("x" * 201, "", 60, "at most 200 characters, this one has 201"),
        ("x", "N002.01", 60, "no lane of N001"),
        ("x", "", 0, "1 to 1,?440 minutes"),
        ("x", "", 1_441, "1 to 1,?440 minutes"),
    ],
)
def test_what_cannot_be_sent_says_why(
    shop: Shop, text: str, lane: str, minutes: int, why: str
) -> None:
    with pytest.raises(MessageError, match=why):
        send(shop, text, lane, minutes)
