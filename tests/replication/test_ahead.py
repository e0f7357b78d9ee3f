"""What comes next is asked for while what came is made use of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from replication import following
from replication.ahead import Ahead
from replication.errors import LinkDownError
from replication.messages import RestartOrder, Wanted
from replication.streams import CHAIN_FEED
from schemas.wire.batch import pack_feed

EPOCH = "e"
OTHER = Wanted(stream="feed:group:north", epoch=EPOCH, after=4, target=0)
Answer = bytes | RestartOrder | None


class Parent:
    """Answers each question in turn, and notes what it was asked."""

    def __init__(self, *answers: str | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[int] = []

    def ask(self, question: int) -> str:
        self.asked.append(question)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_what_was_asked_ahead_is_answered_once() -> None:
    parent = Parent("ten", "twenty")
    ahead = Ahead(parent.ask)
    assert ahead.taken(10) is None
    ahead.begin(10)
    assert ahead.taken(10) == "ten"
    assert ahead.taken(10) is None
    ahead.begin(20)
    assert ahead.taken(20) == "twenty"
    assert parent.asked == [10, 20]


def test_an_answer_to_another_question_is_thrown_away() -> None:
    ahead = Ahead(Parent("ten").ask)
    ahead.begin(10)
    assert ahead.taken(0) is None
    assert ahead.taken(10) is None


def test_what_went_wrong_ahead_is_raised_where_the_answer_is_wanted() -> None:
    ahead = Ahead(Parent(LinkDownError("cut"), "ten").ask)
    ahead.begin(10)
    with pytest.raises(LinkDownError):
        ahead.taken(10)
    ahead.begin(10)
    assert ahead.taken(10) == "ten"


def wants(after: int, target: int | None = 30) -> list[Wanted]:
    return [OTHER, Wanted(stream=CHAIN_FEED, epoch=EPOCH, after=after, target=target)]


def batch(after: int, through: int) -> bytes:
    return pack_feed(CHAIN_FEED, EPOCH, after, through, [], "hq", lambda _: bytes(64))


def test_a_feed_that_is_loaded_is_asked_for_from_where_the_batch_ends() -> None:
    assert following.after(wants(0), batch(0, 10)) == wants(10)
    assert following.after(wants(10), batch(10, 29)) == wants(29)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        pytest.param(wants(0), lambda: batch(0, 30), id="its target is reached"),
        pytest.param(wants(0, target=0), lambda: batch(0, 10), id="it is followed"),
        pytest.param(wants(0, target=None), lambda: batch(0, 10), id="an older child says nothing"),
        pytest.param(wants(0), lambda: b"CW", id="no batch"),
        pytest.param(wants(0), lambda: batch(0, 10)[:13], id="a batch without its header"),
        pytest.param(
            wants(0), lambda: RestartOrder(stream=CHAIN_FEED, epoch="f", head=9), id="an order"
        ),
        pytest.param(wants(0), lambda: None, id="nothing"),
    ],
)
def test_nothing_is_asked_ahead_where_it_is_not_known_what_follows(
    asked: list[Wanted], answer: Callable[[], Answer]
) -> None:
    assert following.after(asked, answer()) is None
