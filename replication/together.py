"""One run for all who ask at the same time.

A thousand long polls that wake in one moment want to know the same: whoever asks while a run is
under way shares the next one. No answer is older than its question, and one who asks alone waits
for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Together(Generic[Key, Value]):
    """Answers `look({key, …})[key]` to each who asks for a key; None when the look found nothing.

    What a look raises, all who shared it are told. Safe among threads.
    """

    def __init__(self, look: Callable[[set[Key]], Mapping[Key, Value]]) -> None:
        self._look = look
        self._gathering = threading.Lock()
        self._running = threading.Lock()
        self._next: tuple[set[Key], Future[Mapping[Key, Value]]] | None = None

    def ask(self, key: Key) -> Value | None:
        """What a look that began after this call found for the key."""
        with self._gathering:
            leads = self._next is None
            keys, answer = self._next = self._next or (set(), Future())
            keys.add(key)
        if leads:
            with self._running:
                with self._gathering:
                    self._next = None
                try:
                    answer.set_result(self._look(keys))
                except BaseException as error:  # noqa: BLE001 - each who asked is told below
                    answer.set_exception(error)
        return answer.result().get(key)
