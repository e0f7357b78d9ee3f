"""The numbers of letters: drawn rising by who writes, taken rising by who reads, both on disk.

A number is drawn before its letter is written and raised to `taken` after its answer is on disk, so a
crash repeats a letter and never skips one. A site whose database was restored draws numbers that were
taken before; the refusal tells it the highest, and `go_beyond` lets it draw from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Column, Engine, func, select
from sqlalchemy.dialects.postgresql import insert

from replication.errors import RefusedError
from schemas.tables.link import letter_series
from schemas.wire import canonical


@dataclass(frozen=True, slots=True)
class Numbers:
    """One series: the letters between this site and `site` that travel one way."""

    engine: Engine
    site: str
    way: str

    def draw(self) -> int:
        """The number of the next letter."""
        start = insert(letter_series).values(site=self.site, way=self.way, sent=1, taken=0)
        drawn = start.on_conflict_do_update(
            index_elements=["site", "way"], set_={"sent": letter_series.c.sent + 1}
        ).returning(letter_series.c.sent)
        with self.engine.begin() as connection:
            return int(connection.execute(drawn).scalar_one())

    def sent(self) -> int:
        """The highest number that was drawn."""
        return self._read(letter_series.c.sent)

    def taken(self) -> int:
        """The highest number that was taken from the other site."""
        return self._read(letter_series.c.taken)

    def go_beyond(self, number: int) -> None:
        """Draw only numbers above `number` from now on."""
        self._raise("sent", number)

    def take(self, number: int) -> None:
        """Accept no number up to this one any more."""
        self._raise("taken", number)

    def _read(self, column: Column[int]) -> int:
        of = (letter_series.c.site == self.site) & (letter_series.c.way == self.way)
        with self.engine.connect() as connection:
            return connection.execute(select(column).where(of)).scalar() or 0

    def _raise(self, column: str, number: int) -> None:
        row = {"site": self.site, "way": self.way, "sent": 0, "taken": 0, column: number}
        start = insert(letter_series).values(row)
        raised = func.greatest(letter_series.c[column], number)
        with self.engine.begin() as connection:
            connection.execute(
                start.on_conflict_do_update(index_elements=["site", "way"], set_={column: raised})
            )

    def heed(self, refusal: bytes) -> RefusedError:
        """What the parent's refusal of a letter says; a number that was taken already is gone beyond."""
        said = canonical.decode(refusal)
        if said["code"] == "replayed":
            # Our database stands further back than the letters we wrote: draw beyond them.
            self.go_beyond(said["taken"])
        return RefusedError(said["code"], said["message"])
