"""Writing records into the catalogue tables, the same way at every site.

A record's body has the columns of its table under their own names; what a newer producer adds is
ignored here and kept in the stored original. A kind that this site does not know is left to that
original too, and applied by the load that follows an upgrade.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, select

from schemas.tables.bulk import replace_rows
from schemas.tables.catalogue import TABLES, subscription
from schemas.wire import comparable
from schemas.wire.record import Record
from schemas.wire.records import BODIES

T = TypeVar("T")

_CHUNK = 5_000
_FIELDS = {kind: tuple(body.model_fields) for kind, body in BODIES.items()}


class CatalogueStore:
    """Keeps the records of feeds by (feed, key); see `replication.subscribe.FeedApplier`.

    Those of the kinds in `without` it leaves alone, as if it did not know them: their tables are not here.
    """

    def __init__(self, without: Collection[str] = ()) -> None:
        self._tables = {kind: table for kind, table in TABLES.items() if kind not in without}

    def apply(
        self, connection: Connection, stream: str, generation: int, records: Sequence[Record]
    ) -> None:
        """Upsert the records into the table of their kind and delete the tombstones' keys."""
        rows: dict[str, dict[str, tuple[Any, ...]]] = {}
        gone: dict[str, set[str]] = {}
        for record in records:
            if record.kind not in self._tables:
                continue
            kept, dropped = rows.setdefault(record.kind, {}), gone.setdefault(record.kind, set())
            if record.deleted:
                kept.pop(record.key, None)
                dropped.add(record.key)
            else:
                dropped.discard(record.key)
                kept[record.key] = _row(stream, generation, record)
        for kind, keys in gone.items():
            _delete(connection, kind, stream, sorted(keys))
        for kind, of_kind in rows.items():
            columns = ("stream", "key", "generation", *_FIELDS[kind])
            replace_rows(connection, TABLES[kind], columns, list(of_kind.values()))

    def sweep(self, connection: Connection, stream: str, generation: int) -> None:
        """Delete the rows of a feed that came with an older generation."""
        for table in self._tables.values():
            connection.execute(
                delete(table).where(table.c.stream == stream, table.c.generation < generation)
            )

    def known(self) -> Mapping[str, Sequence[str]]:
        """The kinds of record that have a table here, with the fields of each."""
        return {kind: _FIELDS[kind] for kind in self._tables}

    def held(
        self, connection: Connection, stream: str, kind: str, names: Sequence[str]
    ) -> list[tuple[str, bytes]]:
        """What is compared of the rows that a feed has in the table of a kind."""
        table = TABLES[kind]
        query = select(table.c.key, *(table.c[name] for name in names))
        rows = connection.execute(query.where(table.c.stream == stream))
        return [(row[0], comparable.of_values(row[1:])) for row in rows]

    def streams(self, connection: Connection) -> set[str]:
        """The feeds that have a row in any table."""
        return {
            name
            for table in self._tables.values()
            for name in connection.execute(select(table.c.stream).distinct()).scalars()
        }

    def followed(self, connection: Connection) -> list[str]:
        """The feeds that this site's subscription records name."""
        return list(
            connection.execute(
                select(subscription.c.followed).order_by(subscription.c.followed)
            ).scalars()
        )


def _row(stream: str, generation: int, record: Record) -> tuple[Any, ...]:
    body = BODIES[record.kind].model_validate_json(record.body)
    # The fields are plain values: read as they stand, which takes a third of what dumping does.
    return (stream, record.key, generation, *map(body.__dict__.__getitem__, _FIELDS[record.kind]))


def _delete(connection: Connection, kind: str, stream: str, keys: list[str]) -> None:
    table = TABLES[kind]
    for chunk in _chunks(keys):
        connection.execute(delete(table).where(table.c.stream == stream, table.c.key.in_(chunk)))


def _chunks(things: list[T]) -> Iterable[list[T]]:
    return (things[start : start + _CHUNK] for start in range(0, len(things), _CHUNK))
