"""Asking for the next batch of a feed that is being loaded while the one before it is applied.

    a batch came, of a feed            the next question            is answered by
    that is loaded further than it     asked at once, beside        what came, if the site then asks
                                       the applying                 just that; else it is thrown away
    that is followed, or reached       asked when it is applied     the parent
    its target

So the parent cuts, and the line carries, while the site's database works. One question at most is
under way; what went wrong with it is told to whoever would have had the answer. A line with a cap is
not read ahead: sales come before bulk there, batch by batch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from replication.messages import Fetch, RestartOrder, Wanted
from schemas.wire.batch import BatchError, peek

Answer = bytes | RestartOrder | None


class ReadAhead:
    """The one question that is asked ahead; used by one thread."""

    def __init__(self, ask: Callable[[Fetch], Answer]) -> None:
        self._ask = ask
        self._under_way: tuple[Fetch, Future[Answer]] | None = None

    def fetch(self, fetch: Fetch) -> Answer:
        """The answer to a question: the one that was asked ahead, if that asked the same. Raises as
        the transport does.
        """
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            asked, answer = under_way
            came = answer.result() if asked.wants == fetch.wants else None
            if came is not None:
                return came
        return self._ask(fetch)

    def follow(self, fetch: Fetch, answer: Answer) -> None:
        """Ask for what follows this answer to a fetch, where it is known already what that is."""
        wants = following(fetch.wants, answer)
        if wants is None:
            return
        ahead, under_way = fetch.model_copy(update={"wants": wants, "wait": 0.0}), Future[Answer]()
        self._under_way = (ahead, under_way)
        # As a daemon: a parent that never answers must not keep the process from ending.
        threading.Thread(
            target=_carry, args=(self._ask, ahead, under_way), name="read_ahead", daemon=True
        ).start()


def _carry(ask: Callable[[Fetch], Answer], fetch: Fetch, answer: Future[Answer]) -> None:
    try:
        answer.set_result(ask(fetch))
    except BaseException as error:  # noqa: BLE001 - raised where the answer is taken
        answer.set_exception(error)


def following(wants: list[Wanted], answer: Answer) -> list[Wanted] | None:
    """What a site asks next, once it has applied a batch of a feed that goes on; None when that is
    not known.
    """
    if not isinstance(answer, bytes):
        return None
    try:
        # Not verified yet: whoever applies it does that, says what is wrong, and then asks otherwise.
        header = peek(answer)
    except BatchError:
        return None
    loaded = {one.stream: one for one in wants if one.target and header.through < one.target}
    if header.stream not in loaded:
        return None
    return [
        one.model_copy(update={"after": header.through}) if one.stream == header.stream else one
        for one in wants
    ]
