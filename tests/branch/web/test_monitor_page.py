"""The monitor: what its page shows, what pages that follow are sent, and what a message asks for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from starlette.testclient import TestClient

from branch import board_reading
from branch.board import Board, OnBoard
from branch.web.monitor_stream import Follower, MonitorStream
from schemas.wire.moment import Moment
from tests.branch.shop import CODE, LaneTill, Shop, piece
from tests.branch.web.conftest import send, sign_in
from tests.branch.web.test_pages import texts


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """A lane that sold a bottle of wine and is busy with the next basket."""
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell(piece("wine", 1_290))
    lane.push()
    told(shop.branch.board, lane, state="selling", total=770, lines=2, printer="no_paper")
    return lane


def told(board: Board, lane: LaneTill, **fields: object) -> None:
    now = lane.clock()
    values = {"at": now, "since": now, "operator": "C1", **fields}
    board.moment(lane.name, Moment.model_validate(values).model_dump_json().encode())


def test_the_page_shows_every_lane_without_scripts(
    shop: Shop, lane: LaneTill, manager: TestClient
) -> None:
    shop.lane(2)
    page = texts(manager.get("/monitor").text)
    for words in ("N001.01", "Selling", "收银员一", "$7.70 · lines: 2", "000001 · $12.90 · 12:00",
                  "Receipts 1 · $12.90 · unsent 0", "Printer: no paper", "N001.02",
                  "No receipt yet"):  # fmt: skip
        assert words in page
    assert f'href="/tickets/{lane.sold[0].uuid}"' in manager.get("/monitor").text
    manager.headers["Accept-Language"] = "zh-CN"
    assert "打印机缺纸" in texts(manager.get("/monitor").text)


def test_only_managers_see_it(client: TestClient) -> None:
    sign_in(client, "C1")
    assert client.get("/monitor").status_code == 403
    assert client.get("/monitor/live").status_code == 403


def test_a_message_is_sent_shown_seen_and_taken_back(
    shop: Shop, lane: LaneTill, manager: TestClient
) -> None:
    _, page = send(manager, "/monitor/messages", lane="", text="今天早点关店", minutes="60")
    assert "The message is on its way." in texts(page)
    assert "Seen by nobody yet" in texts(page)
    (message,) = shop.branch.board.messages
    seen = {"message": message.message, "operator": "C1", "at": lane.clock()}
    told(shop.branch.board, lane, state="idle", seen=[seen])
    assert "N001.01: 收银员一, 12:00" in texts(manager.get("/monitor").text)
    _, page = send(manager, f"/monitor/messages/{message.message}/take-back")
    assert "taken back" in texts(page)
    assert "今天早点关店" not in texts(page)
    status, page = send(manager, "/monitor/messages", lane="", text="  ", minutes="60")
    assert (status, "A message needs words" in texts(page)) == (409, True)
    status, _ = send(manager, "/monitor/messages", lane="", text="x", minutes="soon")
    assert status == 422


class Following:
    """A page that follows a stream, frame by frame."""

    def __init__(self, stream: MonitorStream, last: str = "", language: str = "en") -> None:
        self.language = language
        self._frames: AsyncIterator[bytes] = stream.follow(Follower(language, self._words, last))
        self.last = last

    def _words(self, lanes: Sequence[OnBoard]) -> dict[str, Any]:
        return {"cards": {one.lane: self.language for one in lanes}, "messages": {}}

    async def next(self) -> dict[str, Any] | None:
        """The next frame, None at the end."""
        async for sent in self._frames:
            fields = dict(
                line.split(": ", 1)
                for line in sent.decode().splitlines()
                if line[:1] != ":" and line
            )
            if "data" in fields:
                self.last = fields["id"]
                told: dict[str, Any] = json.loads(fields["data"])
                return told
        return None


def test_pages_share_one_frame_and_one_that_comes_back_gets_what_it_missed(
    shop: Shop, lane: LaneTill
) -> None:
    board, closed = shop.branch.board, False
    second = shop.lane(2)

    def refresh() -> None:
        board.stale = False
        with shop.engine.connect() as connection:
            board.take(board_reading.read(connection, CODE, shop.clock(), board.business_date))

    stream = MonitorStream(board, refresh, lambda: closed, shop.clock, second=0.01)

    async def story() -> None:
        nonlocal closed
        pages = [Following(stream) for _ in range(5)]
        first = [await one.next() for one in pages]
        assert all(one is not None and one["full"] for one in first)
        assert first[0] is not None
        assert sorted(first[0]["cards"]) == first[0]["lanes"] == ["N001.01", "N001.02"]
        assert stream.computed == 1
        told(board, lane, state="idle")
        frames = await asyncio.gather(*(one.next() for one in pages))
        assert [one and list(one["cards"]) for one in frames] == [["N001.01"]] * 5
        assert stream.computed == 2
        # Away for one change, back for it: no more than that is told.
        told(board, second, state="opening")
        back = await Following(stream, pages[0].last).next()
        assert back is not None
        assert (list(back["cards"]), back["full"]) == (["N001.02"], False)
        stranger = await Following(stream, "another-3", "zh_CN").next()
        assert stranger is not None
        assert (len(stranger["cards"]), stranger["full"]) == (2, True)
        closed = True
        assert await pages[1].next() is None or await pages[1].next() is None

    asyncio.run(story())
