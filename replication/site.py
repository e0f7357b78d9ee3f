"""A site as its link sees it: who it is, where its journal and its feeds rest, how it recovers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from replication.identity import Identity
from replication.recovery import Recovery
from replication.subscribe import Outlet


@dataclass(frozen=True, slots=True)
class Site:
    """The databases of a site and who it is. A lane's journal and catalogue are two files.

    `detail` is what its status tells of it beside its link.
    """

    identity: Identity
    journals: Engine
    feeds: Engine
    outlet: Outlet
    recovery: Recovery
    detail: Callable[[], Mapping[str, Any]]
