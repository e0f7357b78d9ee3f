"""A run that a person asks for, beside the page: a large chain takes minutes, and nobody waits for a page that long.

starts      unless one goes on already, which is refused
done soon   the page waits a moment, and says what came of it
goes on     the list says so until it is done; one that failed stands in the log, and in the list as broken off
"""

from __future__ import annotations

from datetime import datetime
from threading import Thread

import structlog
from sqlalchemy import Engine

from hq.replenishment.run import EVERYTHING, Chosen, Outcome, RunningError, is_running, replenish

_log = structlog.get_logger(__name__)
_WAIT_SECONDS = 5.0


def start(
    engine: Engine, now: datetime, operator: str, chosen: Chosen = EVERYTHING
) -> Outcome | None:
    """Run in the name of an operator; None where it is not done yet. Raises RunningError."""
    if is_running(engine):
        raise RunningError
    done: list[Outcome] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            done.append(replenish(engine, now, operator, chosen))
        except Exception as error:  # noqa: BLE001 - the page tells it, or the log where it is gone
            _log.exception("replenishment failed", operator=operator)
            failed.append(error)

    thread = Thread(target=work, name="replenishment", daemon=True)
    thread.start()
    thread.join(_WAIT_SECONDS)
    if failed:
        raise failed[0]
    return done[0] if done else None
