"""A site that dies, or whose database fails, at a chosen statement: between any two steps it takes.

armed with   at the n-th statement or commit from now
kill         `Killed` unwinds everything, no handler of the product's sees it; what was not
             committed is rolled back, as after a SIGKILL
error        an OperationalError, as when the database went away
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

Harm = Literal["kill", "error"]


class Killed(BaseException):
    """The process of a site ends here. It is no error of the program: no `except` may catch it."""

    def __init__(self, site: str) -> None:
        super().__init__(f"{site} was killed")
        self.site = site


class Tripwire:
    """Counts the statements of one site's engines, and strikes once when it is armed."""

    def __init__(self, site: str, *engines: Engine) -> None:
        self._site = site
        self._left: int | None = None
        self._harm: Harm = "kill"
        #: While somebody looks who is no part of the site, nothing is counted.
        self.paused = False
        for engine in engines:
            event.listen(engine, "before_cursor_execute", self._statement)
            event.listen(engine, "commit", self._commit)

    def arm(self, harm: Harm, after: int) -> None:
        """Strike at the statement that follows `after` more."""
        self._harm, self._left = harm, after

    def disarm(self) -> None:
        """Strike no more."""
        self._left = None

    def _statement(self, *_: object) -> None:
        self._step()

    def _commit(self, _: object) -> None:
        self._step()

    def _step(self) -> None:
        if self._left is None or self.paused:
            return
        if self._left > 0:
            self._left -= 1
            return
        self._left = None
        if self._harm == "kill":
            raise Killed(self._site)
        raise OperationalError("soak", None, Exception("the database went away"))
