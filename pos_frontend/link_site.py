"""The lane as its link to the branch sees it: the same for selling, verifying and enrolling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine

from replication.identity import Identity
from replication.recovery import Recovery
from replication.site import Site
from replication.subscribe import Outlet
from schemas.tables.catalogue import OFFICE_KINDS
from schemas.tables.catalogue_store import CatalogueStore


def link_site(
    lane: Identity, journal: Engine, catalogue: Engine, recovery: Recovery,
    detail: Callable[[], Mapping[str, Any]] = dict,
) -> Site:  # fmt: skip
    """The lane on its two databases; nothing is served from here to sites below."""
    outlet = Outlet(CatalogueStore(OFFICE_KINDS), recovery.clock, relays=False)
    return Site(lane, journal, catalogue, outlet, recovery, detail)
