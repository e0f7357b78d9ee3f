"""What follows a batch of a feed that is loaded is asked for while it is applied."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from replication.errors import LinkDownError
from replication.messages import Fetch, RestartOrder, Wanted
from replication.read_ahead import Answer, ReadAhead
from replication.streams import CHAIN_FEED
from schemas.wire.batch import pack_feed

EPOCH = "e"
OTHER = "feed:group:north"


def fetch(after: int, target: int | None = 30, wait: float = 25.0) -> Fetch:
    loaded = Wanted(stream=CHAIN_FEED, epoch=EPOCH, after=after, target=target)
    return Fetch(wants=[Wanted(stream=OTHER, epoch=EPOCH, after=4, target=0), loaded], wait=wait)


def batch(after: int, through: int) -> bytes:
    return pack_feed(CHAIN_FEED, EPOCH, after, through, [], "hq", lambda _: bytes(64))


class Parent:
    """Answers each question in turn, and notes what it was asked."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[int, float]] = []

    def ask(self, fetch: Fetch) -> Answer:
        self.asked.append((fetch.wants[1].after, fetch.wait))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_question_that_follows_is_asked_once_and_ahead() -> None:
    parent = Parent(batch(0, 10), batch(10, 20), batch(20, 30))
    reading = ReadAhead(parent.ask)
    for after in (0, 10, 20):
        answer = reading.fetch(fetch(after))
        assert answer == batch(after, after + 10)
        reading.follow(fetch(after), answer)
    assert parent.asked == [(0, 25.0), (10, 0.0), (20, 0.0)]


def test_what_was_asked_ahead_and_is_not_wanted_is_thrown_away() -> None:
    parent = Parent(batch(10, 20), batch(0, 10))
    reading = ReadAhead(parent.ask)
    reading.follow(fetch(0), batch(0, 10))
    # The first was refused here, say: the site stands where it stood.
    assert reading.fetch(fetch(0)) == batch(0, 10)
    assert parent.asked == [(10, 0.0), (0, 25.0)]


def test_a_site_that_reached_the_head_waits_as_long_as_it_would_have() -> None:
    parent = Parent(None, None)
    reading = ReadAhead(parent.ask)
    reading.follow(fetch(0), batch(0, 10))
    assert reading.fetch(fetch(10)) is None
    assert parent.asked == [(10, 0.0), (10, 25.0)]


def test_what_went_wrong_ahead_is_raised_where_the_answer_is_wanted() -> None:
    parent = Parent(LinkDownError("cut"), batch(10, 20))
    reading = ReadAhead(parent.ask)
    reading.follow(fetch(0), batch(0, 10))
    with pytest.raises(LinkDownError):
        reading.fetch(fetch(10))
    assert reading.fetch(fetch(10)) == batch(10, 20)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        pytest.param(fetch(0), lambda: batch(0, 30), id="its target is reached"),
        pytest.param(fetch(0, target=0), lambda: batch(0, 10), id="it is followed"),
        pytest.param(fetch(0, target=None), lambda: batch(0, 10), id="an older child says nothing"),
        pytest.param(fetch(0), lambda: b"CW", id="no batch"),
        pytest.param(fetch(0), lambda: batch(0, 10)[:13], id="a batch without its header"),
        pytest.param(
            fetch(0), lambda: RestartOrder(stream=CHAIN_FEED, epoch="f", head=9), id="an order"
        ),
        pytest.param(fetch(0), lambda: None, id="nothing"),
    ],
)
def test_nothing_is_asked_ahead_where_it_is_not_known_what_follows(
    asked: Fetch, answer: Callable[[], Answer]
) -> None:
    parent = Parent(batch(10, 20))
    reading = ReadAhead(parent.ask)
    reading.follow(asked, answer())
    reading.fetch(fetch(10))
    assert parent.asked == [(10, 25.0)]
