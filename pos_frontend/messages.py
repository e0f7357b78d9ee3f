"""Messages of the branch to whoever works this lane, until one of them acknowledges each.

    arrives ──▶ waits: shown beside the sale, the oldest first ── acknowledged ──▶ seen: told to the branch
       └─ its time is over, or it was taken back ──▶ gone, and what was seen of it is forgotten

What was seen outlives the process in `messages.json`, written by whoever looks at the status and never by
the till: a cut between the two shows a message once more.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from pos_frontend.catalogue import Catalogue, LaneMessage
from pos_frontend.errors import TillError
from replication.clock import Clock
from replication.durable import replace_file
from schemas.wire.moment import Seen

_log = structlog.get_logger(__name__)
_NAME = "messages.json"
#: As many as are told; more than so many never hold at once.
_MOST = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that nobody here has seen; `name` is who sent it."""

    message: str
    text: str
    name: str
    at: datetime


class Messages:
    """Those for one lane, whose files lie in `data`. Safe between the till's thread and another."""

    def __init__(self, catalogue: Catalogue, data: Path, lane: str, clock: Clock) -> None:
        self._catalogue = catalogue
        self._path = data / _NAME
        self._lane = lane
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, Seen] = _read(self._path)
        self._written = dict(self._seen)
        self._holding: tuple[LaneMessage, ...] = ()

    def look(self) -> tuple[Waiting, ...]:
        """What waits now, the oldest first; what was seen is kept. Not on the till's thread."""
        now = self._clock()
        holding = tuple(one for one in self._catalogue.messages(self._lane) if one.until > now)
        with self._lock:
            self._holding = holding
            held = {one.message for one in holding}
            self._seen = {key: seen for key, seen in self._seen.items() if key in held}
            seen = dict(self._seen)
        if seen != self._written:
            self._keep(seen)
        return tuple(
            Waiting(one.message, one.text, one.name, one.at)
            for one in holding
            if one.message not in seen
        )

    def acknowledge(self, message: str, operator: str) -> None:
        """Note that an operator has seen a message. Raises TillError `no_message`."""
        with self._lock:
            if all(one.message != message for one in self._holding):
                raise TillError("no_message")
            seen = Seen(message=message, operator=operator, at=self._clock())
            self._seen.setdefault(message, seen)

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Who has seen which message that still holds."""
        with self._lock:
            return tuple(self._seen.values())[-_MOST:]

    def _keep(self, seen: Mapping[str, Seen]) -> None:
        told: list[Any] = [one.model_dump(mode="json") for one in seen.values()]
        try:
            replace_file(self._path, json.dumps(told).encode())
        except OSError as error:
            _log.warning("which messages were seen is not kept", error=str(error))
            return
        self._written = dict(seen)


def _read(path: Path) -> dict[str, Seen]:
    """What was seen before this start; of a file that does not read, nothing: they are shown again."""
    try:
        told = [Seen.model_validate(one) for one in json.loads(path.read_bytes())]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, ValidationError) as error:
        _log.warning("which messages were seen does not read", error=str(error))
        return {}
    return {one.message: one for one in told}
