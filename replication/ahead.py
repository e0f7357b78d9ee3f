"""Asking the next question while the answer to the one before is still made use of.

    a link's steps   while it                              it asks ahead
    push             waits for the parent to apply a       its own journal for the batch that follows
                     full batch
    fetch            applies a batch of a feed that is     the parent for the batch that follows; not on a
                     loaded further than that              line with a cap, where sales come before bulk

    then asked is    answered by
    the same         what came, or went wrong, ahead
    another          asking now: the parent's marks or the site's position are not what was expected

Nothing is decided by it: an answer is made use of only where the very same question is asked afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Ahead(Generic[Q, A]):
    """One question at a time that is asked ahead; used by one thread. Questions compare by value."""

    def __init__(self, ask: Callable[[Q], A]) -> None:
        self._ask = ask
        self._under_way: tuple[Q, Future[A]] | None = None

    def begin(self, question: Q) -> None:
        """Ask on a thread beside this one."""
        answer = Future[A]()
        self._under_way = (question, answer)
        # As a daemon: a parent that never answers must not keep the process from ending.
        threading.Thread(
            target=self._carry, args=(question, answer), name="ahead", daemon=True
        ).start()

    def taken(self, question: Q) -> A | None:
        """What was answered ahead, once; None when something else was asked, or nothing. Raises what
        asking did.
        """
        under_way, self._under_way = self._under_way, None
        if under_way is None or under_way[0] != question:
            return None
        return under_way[1].result()

    def _carry(self, question: Q, answer: Future[A]) -> None:
        try:
            answer.set_result(self._ask(question))
        except BaseException as error:  # noqa: BLE001 - raised where the answer is taken
            answer.set_exception(error)
