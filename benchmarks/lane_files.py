"""A lane at rest: its two files, enrolled at a made-up branch, and that branch's feed in batches.

The batches are applied as the lane's sync process applies them: signature checked, records read,
upserted, the position moved, one transaction per batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, select

from pos_frontend import databases
from replication import identity, subscribe
from replication.clock import system_clock
from replication.feed_office import Restart
from replication.identity import Identity, signature_holds
from replication.streams import CHAIN_FEED, branch_feed, local_feed
from replication.subscribe import Outlet
from schemas.tables.base import open_sqlite, upsert
from schemas.tables.catalogue import OFFICE_KINDS
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.link import peer
from schemas.wire.batch import open_batch, pack_feed, read_records
from schemas.wire.record import Record

BRANCH, LANE = "B001", "B001.01"
_EPOCH = "5f0e3a52f6b44d0fa1c9b7de1c0c8a11"
#: How many records a parent puts into one batch (`replication.feed`).
_BATCH = 20_000
_OUTLET = Outlet(CatalogueStore(OFFICE_KINDS), system_clock, relays=False)


def make(data: Path) -> Identity:
    """Make a lane's files in `data`; answer the branch, whose feeds the lane will trust."""
    databases.create(data)
    branch = Identity(BRANCH, "branch", "hq", identity.new_private_key())
    roots = (CHAIN_FEED, branch_feed(BRANCH), local_feed(BRANCH))
    lane = Identity(LANE, "lane", BRANCH, identity.new_private_key(), roots)
    known = {
        "site": BRANCH, "public_key": branch.public_key, "enrolled": datetime.now(UTC),
        "revoked": None,
    }  # fmt: skip
    journal, catalogue = (
        open_sqlite(str(data / f"{name}.db")) for name in ("journal", "catalogue")
    )
    try:
        with journal.begin() as connection:
            identity.establish(connection, lane)
        with catalogue.begin() as connection:
            upsert(connection, peer, [known])
    finally:
        journal.dispose()
        catalogue.dispose()
    return branch


def pack(branch: Identity, stream: str, records: Sequence[Record]) -> list[bytes]:
    """The batches in which a branch would send these records of a feed, numbered from 1."""
    return [
        pack_feed(
            stream, _EPOCH, start, min(start + _BATCH, len(records)),
            records[start : start + _BATCH], BRANCH, branch.sign,
        )
        for start in range(0, len(records), _BATCH)
    ]  # fmt: skip


def begin(catalogue: Engine, stream: str, head: int) -> None:
    """Begin to load a feed that ends at number `head`."""
    with catalogue.begin() as connection:
        subscribe.begin_generation(connection, Restart(stream, _EPOCH, head), _OUTLET)


def take(catalogue: Engine, batch: bytes) -> None:
    """Apply one batch, as `LinkRunner.fetch_once` does. Raises BatchError or RefusedError."""
    with catalogue.begin() as connection:
        key = connection.execute(
            select(peer.c.public_key).where(peer.c.site == BRANCH)
        ).scalar_one()

        def verify(producer: str, signature: bytes, signed: bytes) -> bool:
            return producer == BRANCH and signature_holds(bytes(key), signature, signed)

        header, payload = open_batch(batch, verify)
        subscribe.receive(connection, header, read_records(header, payload), _OUTLET)


def load(data: Path, branch: Identity, stream: str, records: Sequence[Record]) -> None:
    """Load a whole feed into a lane's catalogue."""
    with databases.for_sync(data) as both:
        begin(both.catalogue, stream, len(records))
        for batch in pack(branch, stream, records):
            take(both.catalogue, batch)
