"""Work that a site looks for every few seconds, on a thread of its own from `start` to `stop`.

It looks at once, so that a restart forgets nothing; what it does, done twice, changes nothing. While the
database is away it waits: what is to be done is found again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

_log = structlog.get_logger(__name__)
_EVERY = 5.0
_AWAY = 5.0


class Looking:
    """Calls `look` at once, and again `every` so many seconds after it ended; not sooner than every few
    seconds while the database is away.
    """

    def __init__(self, name: str, look: Callable[[], object], every: float = _EVERY) -> None:
        self._name, self._look, self._every = name, look, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Look at once, and every few seconds."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being done, and end."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        wait = 0.0
        while not self._over.wait(wait):
            wait = self._every
            try:
                self._look()
            except SQLAlchemyError:
                wait = max(wait, _AWAY)
                _log.warning("waits for the database", work=self._name, exc_info=True)
