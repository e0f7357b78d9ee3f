"""A lane's SQLite files at the newest revision, migrated once in a process and copied from then on.

That migrations make what the tables say is held by `tests.schemas.tables.test_migrations`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas.tables.kinds import DatabaseKind
from schemas.tables.migrate import upgrade


@cache
def _migrated(kind: DatabaseKind) -> bytes:
    with TemporaryDirectory() as aside:
        file = Path(aside) / "lane.db"
        # The last connection to end writes everything into this one file.
        upgrade(str(file), kind)
        assert [one.name for one in Path(aside).iterdir()] == [file.name]
        return file.read_bytes()


def write(path: Path, kind: DatabaseKind) -> None:
    """Write an empty database of this kind to a path where there is none."""
    with path.open("xb") as file:
        file.write(_migrated(kind))
