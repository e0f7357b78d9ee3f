"""Packing a stick at the branch: all it would say over a line, said without waiting for an answer.

    hello   where the own journal stands; its answer says where headquarters stands
    push    one letter per batch, from headquarters' last known mark to the journal's end
    status  positions and states
    fetch   every feed that is followed, and where; always the last letter of the bundle

The last known mark is advice: when headquarters stands further back, it refuses the batches as a gap,
and its answer to hello lets the next stick begin where it must.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from replication import following, journal, outbox
from replication.messages import Fetch, Hello, JournalHead, Mark, Status
from replication.runner import Site
from replication.streams import journal_of
from replication.transport.courier.stick import WAY, Stick, StickError, seal
from replication.transport.letters.box import PART, Box
from replication.transport.letters.letter import Letter, Verb, numbered, seal_letter
from replication.transport.letters.numbers import Numbers
from schemas.tables.base import reading
from schemas.tables.link import parent_mark
from schemas.wire.batch import WIRE_VERSION, peek


@dataclass(frozen=True, slots=True)
class Packed:
    """What was put on a stick."""

    letters: int
    entries: int
    size: int


class _Writer:
    """Writes the letters of one bundle, in order."""

    def __init__(self, site: Site, numbers: Numbers, box: Box, reader: bytes) -> None:
        self._identity = site.identity
        self._numbers = numbers
        self._box = box
        self._reader = reader
        self._first = 0
        self.letters = 0
        self.size = 0

    def write(self, verb: Verb, body: bytes) -> None:
        """The next letter, on the stick's disk when this returns."""
        number = self._numbers.draw()
        self._first = self._first or number
        site = self._identity.site
        letter = Letter(site, site, WAY, number, verb, "request", body, self._first)
        sealed = seal(seal_letter(letter, self._identity.sign), self._reader)
        self._box.put(letter.name, sealed)
        self.letters += 1
        self.size += len(sealed)


def pack(site: Site, status: Status, root: Path) -> Packed:
    """Put the bundle of `site` on the stick at `root`, in place of an older one. Raises StickError."""
    identity = site.identity
    stick = Stick(root, identity.site)
    with reading(site.feeds) as connection:
        reader = following.parent_key(connection, identity)
        wants = following.wanted(connection, identity, site.outlet)
        mark = _known_mark(connection, site)
    numbers = Numbers(site.feeds, identity.parent or "", WAY)
    _clear(stick, numbers.taken())
    writer = _Writer(site, numbers, stick.up, reader)
    head = JournalHead(stream=mark.stream, epoch=mark.epoch, head=_head(site).sequence)
    hello = Hello(site=identity.site, wire=WIRE_VERSION, clock=site.outlet.clock(), journal=head)
    writer.write("hello", hello.model_dump_json().encode())
    start = mark.applied
    while True:
        with reading(site.journals) as connection:
            data = outbox.next_batch(connection, mark, identity.site, identity.sign)
        if data is None:
            break
        writer.write("push", data)
        mark = mark.model_copy(update={"applied": peek(data).through})
    writer.write("status", status.model_dump_json().encode())
    writer.write("fetch", Fetch(wants=wants, wait=0).model_dump_json().encode())
    return Packed(writer.letters, mark.applied - start, writer.size)


def _head(site: Site) -> journal.Head:
    with reading(site.journals) as connection:
        return journal.head_of(connection, journal_of(site.identity.site))


def _known_mark(connection: Connection, site: Site) -> Mark:
    """The parent's last mark of the present epoch, else the journal's beginning."""
    head = _head(site)
    query = select(parent_mark).where(
        parent_mark.c.stream == head.stream, parent_mark.c.epoch == head.epoch
    )
    row = connection.execute(query).one_or_none()
    applied, secured = (0, 0) if row is None else (row.applied, row.secured)
    return Mark(stream=head.stream, epoch=head.epoch, applied=applied, secured=secured, hash="")


def _clear(stick: Stick, unpacked: int) -> None:
    """Make room: what the branch packed before is in the new bundle too, answers must be unpacked."""
    if not stick.root.is_dir():
        raise StickError(f"{stick.root} is not there: is the stick mounted?")
    for box in (stick.up, stick.down):
        box.prepare()
    waiting = [name for name in stick.down.names() if numbered(name)[0] > unpacked]
    if waiting:
        raise StickError(
            f"{stick.down.path / waiting[0]} was not unpacked yet: first run "
            f"`chainwright branch courier unpack {stick.root}`, then pack again"
        )
    for box in (stick.up, stick.down):
        for name in box.names():
            box.remove(name)
        for left in box.path.glob(f"*{PART}"):
            box.remove(left.name)
