"""How this branch keeps its day, as headquarters last told it (门店制度); see `schemas.domain.policy`."""

from __future__ import annotations

from sqlalchemy import Connection

from replication.streams import branch_feed
from schemas.domain.policy import Policy
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.policy_store import find_policy


def find(connection: Connection, branch: str) -> Policy:
    """The policy in force: of the branch before a group's before the chain's, the product's own otherwise."""
    return find_policy(connection, {branch_feed(branch), *CatalogueStore().followed(connection)})
