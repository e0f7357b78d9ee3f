"""Packing a stick at the branch: all it would say over a line, said without waiting for an answer.

    hello   where the own journal stands; its answer says where headquarters stands
    push    one letter per batch, from headquarters' last known mark to the journal's end
    recall  what headquarters said it holds of the own journal and a restored database lost
    status  positions and states
    fetch   every feed that is followed, and where; always the last letter of the bundle

The last known mark is advice: when headquarters stands further back, it refuses the batches as a gap,
and its answer to hello lets the next stick begin where it must.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from replication import following, greeting, outbox, recovery
from replication.messages import Fetch, Recall, Status
from replication.site import Site
from replication.streams import journal_of
from replication.transport.courier.stick import WAY, Stick, StickError, seal
from replication.transport.letters.box import PART, Box
from replication.transport.letters.letter import Letter, Verb, numbered, seal_letter
from replication.transport.letters.numbers import Numbers
from schemas.tables.base import reading
from schemas.wire.batch import peek


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
        known = outbox.applied(connection, site.journals, journal_of(identity.site))
        heard = outbox.heard(connection, journal_of(identity.site))
    numbers = Numbers(site.feeds, identity.parent or "", WAY)
    _clear(stick, numbers.taken())
    writer = _Writer(site, numbers, stick.up, reader)
    with reading(site.journals) as connection:
        hello = greeting.hello_of(connection, identity, site.outlet.clock(), site.outlet.spoken)
    writer.write("hello", hello.model_dump_json().encode())
    entries = 0
    while True:
        with reading(site.journals) as connection:
            data = outbox.next_batch(
                connection, journal_of(identity.site), known, identity.site, identity.sign
            )
        if data is None:
            break
        writer.write("push", data)
        header = peek(data)
        known[header.epoch] = header.through
        entries += header.count
    with reading(site.journals) as connection:
        every_lost = recovery.lost_below(connection, journal_of(identity.site), heard)
    for lost in every_lost:
        recall = Recall(
            stream=journal_of(identity.site), epoch=lost.epoch, after=lost.after,
            wire=site.outlet.spoken.newest,
        )  # fmt: skip
        writer.write("recall", recall.model_dump_json().encode())
    writer.write("status", status.model_dump_json().encode())
    writer.write(
        "fetch",
        Fetch(wants=wants, wait=0, wire=site.outlet.spoken.newest).model_dump_json().encode(),
    )
    return Packed(writer.letters, entries, writer.size)


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
