"""Records that headquarters lost, as they are shown and decided; see `hq.proposals`.

What is secret in a record is compared, and never shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: Fields that are compared and never shown.
_SECRET = frozenset({"pin_hash", "password_hash", "sealed", "code_hash"})
_HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is decided together. `since` is when a branch first told of it, `first` and `last` its numbers."""

    number: int
    feed: str
    epoch: str
    bundle: str
    records: int
    first: int
    last: int
    since: datetime
    reporter: str
    differing: bool

    @property
    def kind(self) -> str:
        """`document`, or the kind of its records."""
        return self.bundle.partition(":")[0]

    @property
    def key(self) -> str:
        """What it is about, empty when it is several records."""
        return self.bundle.partition(":")[2]

    @property
    def may_be_parted(self) -> bool:
        """Whether some of its records may be decided without the others."""
        return not self.key


@dataclass(frozen=True, slots=True)
class Lost:
    """One record as it was told. `here` is the body in force at headquarters, None when there is none;
    `newer` tells that this one was published since the database was put back.
    """

    id: int
    number: int
    kind: str
    key: str
    version: int
    body: bytes
    deleted: bool
    reporter: str
    here: bytes | None
    newer: bool
    differing: bool

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """What it would change: field, as it is now, as it would be. Secrets are not shown."""
        now = {} if self.here is None else fields_of(self.here)
        then = {} if self.deleted else fields_of(self.body)
        return [
            (name, _shown(name, now), _shown(name, then))
            for name in dict.fromkeys([*then, *now])
            if now.get(name) != then.get(name)
        ]


@dataclass(frozen=True, slots=True)
class Decided:
    """A bundle that is decided or settled, for the record."""

    feed: str
    bundle: str
    state: str
    records: int
    decided: datetime
    decided_by: str | None
    reason: str | None


def fields_of(body: bytes) -> Mapping[str, Any]:
    """What a body says; one that does not read says nothing but itself."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"?": body.decode("utf-8", "backslashreplace")}


def _shown(name: str, fields: Mapping[str, Any]) -> str:
    value = fields.get(name)
    if name not in fields or value is None or value == "":
        return "–"
    return _HIDDEN if name in _SECRET else str(value)
