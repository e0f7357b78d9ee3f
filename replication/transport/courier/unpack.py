"""Unpacking a stick at the branch: headquarters' answers are applied in the order of their numbers.

    an answer to     is applied as
    hello, push      headquarters' marks, unless a younger stick was unpacked before. Where it holds more
                     than is here this database was restored: the epoch is closed, and the next stick
                     asks for what was lost
    recall           entries of the own journal, stored where they stood and projected
    fetch            batches and orders to load anew, each in a transaction of its own, as by line
    anything         a refusal is shown with its reason; one for a number that was taken before has the
                     next stick begin beyond it

What came by line meanwhile is no matter: a batch below the position changes nothing, a feed that is no
longer followed is passed over, and an order to load anew holds only while the branch still stands
where it stood when it asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from replication import epochs, following, outbox, recovery
from replication.errors import RefusedError
from replication.messages import Mark, RestartOrder, Welcome
from replication.site import Site
from replication.streams import journal_of
from replication.transport.courier.stick import WAY, Stick, StickError, missing, unseal
from replication.transport.letters.letter import Letter, numbered, open_letter
from replication.transport.letters.numbers import Numbers
from schemas.tables.base import reading
from schemas.wire.batch import BatchError, open_batch, peek, read_entries


@dataclass(slots=True)
class Unpacked:
    """What came of a stick; `problems` name the file and the way out."""

    batches: int = 0
    applied: int | None = None
    regained: int = 0
    lost: int = 0
    more: bool = False
    before: bool = False
    problems: list[str] = field(default_factory=list)


def unpack(site: Site, root: Path) -> Unpacked:
    """Apply what headquarters answered to this branch. Raises StickError when there is nothing."""
    stick = Stick(root, site.identity.site)
    names = stick.down.names() if stick.down.path.is_dir() else []
    if not names:
        raise StickError(_nothing(stick))
    return _Unpacking(site, stick).run(names)


def _nothing(stick: Stick) -> str:
    if stick.up.path.is_dir() and stick.up.names():
        return (
            f"{stick.root} carries letters of {stick.site} and no answers: run `chainwright hq courier "
            "exchange` on it at headquarters first"
        )
    others = sorted(path.parent.name for path in stick.root.glob("*/down"))
    carries = f"answers for {', '.join(others)}: take it there" if others else "no letters at all"
    return f"{stick.root} carries nothing for {stick.site}, but {carries}"


class _Unpacking:
    """The unpacking of one stick."""

    def __init__(self, site: Site, stick: Stick) -> None:
        self._site = site
        self._identity = site.identity
        self._stick = stick
        self._numbers = Numbers(site.feeds, self._identity.parent or "", WAY)
        self._taken = self._numbers.taken()
        self._broken: set[str] = set()
        self._done = Unpacked()
        with reading(site.feeds) as connection:
            self._signed_by_parent = following.signed_by_parent(connection, self._identity)

    def run(self, names: list[str]) -> Unpacked:
        first, end = 0, (0, -1)
        for name in names:
            try:
                letter = self._open(name)
                self._apply(letter)
            except StickError as error:
                self._done.problems.append(str(error))
                continue
            first = first or letter.first
            if letter.kind == "end":
                end = (letter.number, letter.part)
        found = [numbered(name) for name in names]
        self._explain(first, end, {(number, part) for number, part, _ in found})
        self._done.lost = self._still_lost()
        if self._done.regained and not self._done.lost:
            recovery.complete(self._site.recovery)
        newest = max(number for number, _, _ in found)
        self._done.before = newest <= self._taken
        self._numbers.go_beyond(newest)
        self._numbers.take(newest)
        return self._done

    def _open(self, name: str) -> Letter:
        box = self._stick.down
        data = unseal(box, name, self._identity.private_key)
        try:
            letter = open_letter(data, self._signed_by_parent)
        except RefusedError as error:
            raise StickError(f"{box.path / name} cannot be used: {error}; pack anew") from error
        if (letter.site, letter.way, letter.name) != (self._identity.site, WAY, name):
            raise StickError(
                f"{box.path / name} holds {letter.name} of {letter.site}: it was moved"
            )
        return letter

    def _apply(self, letter: Letter) -> None:
        try:
            match letter.kind, letter.verb:
                case "refused", _:
                    raise self._numbers.heed(letter.body)
                case "answer", "recall":
                    self._regain(letter)
                case "answer", "hello":
                    welcome = Welcome.model_validate_json(letter.body)
                    self._remember(letter, welcome.every_mark)
                case "answer", "push":
                    self._remember(letter, [Mark.model_validate_json(letter.body)])
                case "restart", "fetch":
                    self._restart(json.loads(letter.body))
                case "answer", "fetch":
                    self._take(letter)
                case "end", "fetch":
                    self._done.more = bool(json.loads(letter.body)["more"])
        except (RefusedError, ValidationError) as error:
            code = f"{error.code}: " if isinstance(error, RefusedError) else ""
            raise StickError(
                f"{self._stick.down.path / letter.name}: {code}{error}; what is missing comes with the "
                "next stick, or by line"
            ) from error

    def _remember(self, letter: Letter, marks: Sequence[Mark]) -> None:
        if letter.number <= self._taken:
            return
        with self._site.journals.connect() as connection:
            heads = epochs.heads(connection, journal_of(self._identity.site))
        known = {head.epoch: head.sequence for head in heads}
        present = heads[-1].epoch
        for mark in marks:
            if mark.applied > known.get(mark.epoch, 0):
                recovery.close(self._site.recovery, mark)
            over = mark.epoch != present or mark.applied > known.get(mark.epoch, 0)
            with self._site.feeds.begin() as connection:
                outbox.remember(connection, mark, self._site.outlet.clock(), over=over)
            if not over:
                self._done.applied = mark.applied

    def _regain(self, letter: Letter) -> None:
        newest = self._site.outlet.spoken.newest
        try:
            header, payload = open_batch(letter.body, self._signed_by_parent, newest)
            came = read_entries(header, payload)
        except BatchError as error:
            raise following.refusal_of(error, self._identity) from error
        with self._site.recovery.engine.begin() as connection:
            heads = epochs.heads(connection, journal_of(self._identity.site))
            here = {head.epoch: head.sequence for head in heads}.get(header.epoch, 0)
            # By line or by an older stick some of it may be here again already.
            if fresh := [entry for entry in came if entry.sequence > here]:
                recovery.regain(self._site.recovery, connection, fresh)
        self._done.regained += len(fresh)

    def _still_lost(self) -> int:
        with reading(self._site.feeds) as connection:
            heard = outbox.heard(connection, journal_of(self._identity.site))
        with reading(self._site.journals) as connection:
            lost = recovery.lost_below(connection, journal_of(self._identity.site), heard)
        return sum(one.through - one.after for one in lost)

    def _restart(self, said: dict[str, object]) -> None:
        order = RestartOrder.model_validate(said)
        stood = (said.get("stood_epoch", ""), said.get("stood", 0))
        with self._site.feeds.begin() as connection:
            wants = following.wanted(connection, self._identity, self._site.outlet)
            if any((one.stream, one.epoch, one.after) == (order.stream, *stood) for one in wants):
                following.take(connection, order, self._identity, self._site.outlet)

    def _take(self, letter: Letter) -> None:
        header = peek(letter.body)
        with self._site.feeds.begin() as connection:
            wants = following.wanted(connection, self._identity, self._site.outlet)
            followed = any(
                (one.stream, one.epoch) == (header.stream, header.epoch) for one in wants
            )
            if not followed or header.stream in self._broken:
                return
            try:
                following.take(connection, letter.body, self._identity, self._site.outlet)
            except RefusedError:
                # Named once: all that follows in this feed would be refused for the same reason.
                self._broken.add(header.stream)
                raise
        self._done.batches += 1

    def _explain(self, first: int, end: tuple[int, int], found: set[tuple[int, int]]) -> None:
        down = self._stick.down
        last, parts = end
        if last == 0:
            self._done.problems.append(
                f"{down.path} lacks the end of headquarters' answers: copy the whole directory again, "
                "or pack anew"
            )
            return
        self._done.problems += missing(
            down, range(first, last + 1), {number for number, _ in found}, "the answer to letter"
        )
        own = {part for number, part in found if number == last}
        self._done.problems += missing(down, range(parts + 1), own, "part")
