"""The side that asks: what this site holds of a feed, compared with its parent, range by range.

    one state of the own database ─ its position P
      ─ ask for the digests of every range as at P          one question for the whole feed
      ─ ask for the keys of the ranges that differ          one question for several ranges
      ─ each key that one side lacks or holds otherwise is a difference

    what stands in the way                    what happens
    this site has not read or loads the feed  not compared, and said so
    the parent is elsewhere (`Obstacle`)      not compared, and said so; worth asking again soon
    records that changed after P              left out on both sides: they are on their way

Two views are compared: the tables that the shop uses, and what a branch keeps for its lanes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from replication import position
from replication.digest import Held, Range, digests, record_hash, snapshot
from replication.digest_messages import (
    FEED_TOPIC,
    Asked,
    FeedAnswer,
    FeedAsk,
    KeyHash,
    KeyRange,
    View,
    read_answer,
)
from replication.digest_office import held_records, kinds_held
from replication.position import Position
from replication.site import Site
from replication.transport.base import Online

#: How many records the keys of one question may name at the parent, about.
_KEYS_AT_ONCE = 20_000
_RANGES_AT_ONCE = 32
#: A row with a number beyond the position is a difference like any other.
_WHATEVER_NUMBER = 2**62

Problem = Literal["missing", "surplus", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that this site lacks, has too much, or holds otherwise than its parent.

    `number` is that of the parent's record, 0 when the parent has none; `low` and `high` name the
    range that it was found in.
    """

    view: View
    kind: str
    key: str
    problem: Problem
    number: int
    low: str
    high: str | None


@dataclass(frozen=True, slots=True)
class FeedFinding:
    """What a comparison of one feed found. It was compared iff `obstacle` is None."""

    stream: str
    epoch: str
    through: int
    obstacle: str | None = None
    differences: tuple[Difference, ...] = ()
    records: int = 0
    ranges: int = 0
    questions: int = 0

    @property
    def equal(self) -> bool:
        """Whether it was compared and nothing differs."""
        return self.obstacle is None and not self.differences


def followed(site: Site) -> list[str]:
    """The feeds that this site reads."""
    with snapshot(site.feeds) as connection:
        return [one.stream for one in position.all_feeds(connection)]


def unfollowed(site: Site) -> list[str]:
    """Feeds that the tables in use hold rows of although this site does not read them."""
    with snapshot(site.feeds) as connection:
        read = {one.stream for one in position.all_feeds(connection)}
        return sorted(site.outlet.applier.streams(connection) - read)


def compare_feed(site: Site, parent: Online, stream: str) -> FeedFinding:
    """Compare one feed with the parent, once. Raises LinkDownError or RefusedError."""
    with snapshot(site.feeds) as connection:
        at = next((one for one in position.all_feeds(connection) if one.stream == stream), None)
        if at is None:
            return FeedFinding(stream, "", 0, "not read yet")
        finding = FeedFinding(stream, at.epoch, at.through)
        if at.loading:
            return replace(finding, obstacle="loading here")
        views: tuple[View, ...] = ("applied", "relayed") if site.outlet.relays else ("applied",)
        for view in views:
            finding = _Comparison(site, parent, connection, at, view).run(finding)
        return finding


class _Comparison:
    """One view of one feed, within one state of the own database."""

    def __init__(
        self, site: Site, parent: Online, connection: Connection, at: Position, view: View
    ) -> None:
        self._site = site
        self._parent = parent
        self._connection = connection
        self._at = at
        self._view: View = view
        self._questions = 0

    def run(self, finding: FeedFinding) -> FeedFinding:
        answer = self._ask(())
        if answer.obstacle is not None:
            return replace(
                finding, obstacle=f"parent: {answer.obstacle}", questions=self._questions
            )
        moved = {kind: set(keys) for kind, keys in answer.moved.items()}
        suspects: list[tuple[KeyRange, list[Held]]] = []
        records = 0
        for kind, names in answer.fields.items():
            held = self._own(kind, names, moved.get(kind, set()))
            records += len(held)
            suspects += _differing(kind, held, answer)
        found = [*finding.differences]
        for some in _batches(suspects):
            keys = self._ask(tuple(where for where, _ in some))
            if keys.obstacle is not None:
                return replace(finding, obstacle=f"parent: {keys.obstacle}")
            found += self._named(some, keys, moved)
        return replace(
            finding,
            differences=tuple(found),
            records=finding.records + records,
            ranges=finding.ranges + len(answer.ranges),
            questions=finding.questions + self._questions,
        )

    def _ask(self, ranges: tuple[KeyRange, ...]) -> FeedAnswer:
        self._questions += 1
        ask = FeedAsk(
            stream=self._at.stream, epoch=self._at.epoch, through=self._at.through,
            view=self._view, fields=self._known(), ranges=ranges,
        )  # fmt: skip
        asked = Asked(topic=FEED_TOPIC, question=ask.model_dump())
        return read_answer(FeedAnswer, self._parent.ask(asked))

    def _known(self) -> dict[str, list[str]]:
        if self._view == "relayed":
            return {kind: [] for kind in kinds_held(self._connection, self._at.stream)}
        known: Mapping[str, Sequence[str]] = self._site.outlet.applier.known()
        return {kind: list(names) for kind, names in known.items()}

    def _own(self, kind: str, names: list[str], moved: set[str]) -> list[Held]:
        stream = self._at.stream
        if self._view == "relayed":
            held: Iterable[Held] = held_records(
                self._connection, stream, kind, None, _WHATEVER_NUMBER
            )
        else:
            rows = self._site.outlet.applier.held(self._connection, stream, kind, names)
            held = (Held(key, content) for key, content in rows)
        return sorted((one for one in held if one.key not in moved), key=lambda one: one.key)

    def _named(
        self,
        some: list[tuple[KeyRange, list[Held]]],
        answer: FeedAnswer,
        moved: Mapping[str, set[str]],
    ) -> Iterator[Difference]:
        theirs: dict[str, dict[str, KeyHash]] = {}
        for one in answer.keys:
            theirs.setdefault(one.kind, {})[one.key] = one
        # What changed between the two questions is on its way as well.
        gone = {kind: {*moved.get(kind, ()), *keys} for kind, keys in answer.moved.items()}
        for where, held in some:
            of_kind = theirs.get(where.kind, {})
            there = {key: one for key, one in of_kind.items() if _within(where, key)}
            here = {one.key: one for one in held}
            for key in sorted({*there, *here} - gone.get(where.kind, set())):
                problem = _problem(where.kind, here.get(key), there.get(key))
                if problem is not None:
                    number = there[key].number if key in there else 0
                    yield Difference(
                        self._view, where.kind, key, problem, number, where.low, where.high
                    )


def _problem(kind: str, here: Held | None, there: KeyHash | None) -> Problem | None:
    if here is None:
        return "missing"
    if there is None:
        return "surplus"
    return None if record_hash(kind, here) == there.hash else "changed"


def _within(where: KeyRange, key: str) -> bool:
    return where.low <= key and (where.high is None or key < where.high)


def _differing(
    kind: str, held: list[Held], answer: FeedAnswer
) -> Iterator[tuple[KeyRange, list[Held]]]:
    """The ranges whose digests differ, with what this site holds of them."""
    theirs = [one for one in answer.ranges if one.kind == kind]
    own: list[Range] = digests(kind, held, [one.low for one in theirs])
    start = 0
    for mine, their in zip(own, theirs, strict=True):
        end = start + mine.count
        if mine.digest != their.digest:
            yield KeyRange(kind=kind, low=mine.low, high=mine.high), held[start:end]
        start = end


def _batches(
    suspects: list[tuple[KeyRange, list[Held]]],
) -> Iterator[list[tuple[KeyRange, list[Held]]]]:
    batch: list[tuple[KeyRange, list[Held]]] = []
    size = 0
    for one in suspects:
        if batch and (size > _KEYS_AT_ONCE or len(batch) >= _RANGES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += len(one[1])
    if batch:
        yield batch
