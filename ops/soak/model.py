"""What should be true of a chain, kept in plain values beside it. No product code is called here.

    stated    a site committed a fact: it rests on that site's disk
    seen      what a disk holds now; nothing that it held before may be gone from it
    set back  a disk is replaced by its backup, or by nothing: what no other disk holds is lost with
              it, and by nothing else
    alive     everything that was stated and is not lost: in the end every site that it concerns
              holds it, once, and the figures follow from it

A fact's `id` tells it from all others. Its `place` is where it belongs in the tables: of two facts
that were stated for one place, after a restore in ignorance of each other, one is applied and the
other is set aside for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ops.soak.prices import Master, PriceDocument

FactId = tuple[str, ...]

#: Facts that the product states by itself, so that the model learns of them when it sees them.
_UNASKED = frozenset({"counters.moved"})
#: Facts that change a row which others made: a later one never stands in the way of an earlier.
_CHANGES = frozenset({"shift.ended", "till.counted"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. `writer` is the site that stated it, `said` what must be found of it wherever it is
    applied; what cannot be applied at all (`poison`) says nothing.
    """

    id: FactId
    place: FactId
    writer: str
    branch: str
    day: date | None = None
    said: Mapping[str, Any] = field(default_factory=dict, hash=False)
    poison: bool = False

    @property
    def kind(self) -> str:
        """Its kind, as on the wire."""
        return self.id[0]

    def __str__(self) -> str:
        return f"{self.writer} {' '.join(self.id)}"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it should be, and where."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A branch's business date: tickets, gross, tenders (cash less change), over and short by kind."""

    tickets: int
    gross: int
    tenders: Mapping[str, int]
    over_short: Mapping[str, int]


@dataclass
class Model:
    """The whole chain. `branches` names the lanes of each branch."""

    branches: Mapping[str, tuple[str, ...]]
    master: Master
    facts: dict[FactId, Fact] = field(default_factory=dict)
    lost: set[FactId] = field(default_factory=set)
    disks: dict[str, set[FactId]] = field(default_factory=dict)
    #: Every document that was ever in force somewhere, those of a lost headquarters included.
    documents: list[PriceDocument] = field(default_factory=list)
    receipts: dict[tuple[str, int], FactId] = field(default_factory=dict)
    #: Lanes on a new machine, which cannot know of numbers that no disk holds any more.
    renewed: set[str] = field(default_factory=set)

    # --- what happens ---

    def stated(self, fact: Fact) -> list[Difference]:
        """A site committed a fact."""
        self.facts[fact.id] = fact
        self.disks.setdefault(fact.writer, set()).add(fact.id)
        if fact.kind != "ticket" or fact.poison:
            return []
        number = (fact.writer, int(fact.said["counter"]))
        before = self.receipts.setdefault(number, fact.id)
        if before == fact.id or (before in self.lost and fact.writer in self.renewed):
            return []
        return [
            Difference(fact.writer, f"receipt {number[1]} was given twice: {before}, {fact.id}")
        ]

    def seen(self, disk: str, found: Mapping[FactId, Fact]) -> list[Difference]:
        """What a disk holds now."""
        held = self.disks.get(disk, set())
        wrong = [Difference(disk, f"no longer holds {one}") for one in sorted(held - found.keys())]
        for name in sorted(found.keys() - self.facts.keys()):
            if found[name].kind not in _UNASKED:
                wrong.append(Difference(disk, f"holds what nobody stated: {found[name]}"))
            self.facts[name] = found[name]
        wrong += [
            Difference(
                disk, f"holds {name} otherwise: {one.said}, stated was {self.facts[name].said}"
            )
            for name, one in sorted(found.items(), key=lambda pair: pair[0])
            if one.said != self.facts[name].said and not self.facts[name].poison
        ]
        # A batch of days ago may bring back what no disk held any more.
        self.lost -= found.keys()
        self.disks[disk] = set(found)
        return wrong

    def set_back(self, disk: str, to: Iterable[FactId]) -> set[FactId]:
        """A disk is gone and its backup in its place; what is lost by that. All disks were seen."""
        before = self.disks.get(disk, set())
        self.disks[disk] = set(to)
        elsewhere = set().union(*self.disks.values())
        lost = before - elsewhere
        self.lost |= lost
        return lost

    # --- what follows ---

    def alive(self, *, branch: str | None = None, writer: str | None = None) -> list[Fact]:
        """What is not lost, of one branch with its lanes or of one writer."""
        return [
            one
            for name, one in self.facts.items()
            if name not in self.lost
            and (branch is None or one.branch == branch)
            and (writer is None or one.writer == writer)
        ]

    def of_kind(self, kind: str, branch: str) -> list[Fact]:
        """The facts of a kind that must be applied somewhere in a branch, poison aside."""
        return [one for one in self.alive(branch=branch) if one.kind == kind and not one.poison]

    def rivals(self, fact: Fact) -> list[Fact]:
        """The other facts that were stated for the same place, and are not lost."""
        if fact.kind in _CHANGES:
            return []
        return [
            one for one in self.alive(branch=fact.branch)
            if one.place == fact.place and one.id != fact.id
        ]  # fmt: skip

    def dates(self, branch: str) -> set[date]:
        """The business dates that a branch must know: opened, or sold on."""
        facts = [*self.of_kind("ticket", branch), *self.of_kind("day.opened", branch)]
        return {one.day for one in facts if one.day is not None}

    def figures(self, branch: str, day: date) -> DayFigures:
        """What a business date comes to, out of everything that is alive."""
        tickets = [one.said for one in self.of_kind("ticket", branch) if one.day == day]
        tenders: dict[str, int] = {}
        for one in tickets:
            for kind, amount in one["tenders"]:
                tenders[kind] = tenders.get(kind, 0) + amount
            tenders["cash"] = tenders.get("cash", 0) - one["change"]
        return DayFigures(
            len(tickets),
            sum(one["total"] for one in tickets),
            _without_noughts(tenders),
            self._over_short(branch, day),
        )

    def drawer(self, branch: str, shift: str) -> dict[str, int]:
        """What the till of a shift should hold by tender kind, of the shift's own date."""
        opened = next(
            (one for one in self.of_kind("shift.opened", branch) if one.said["shift"] == shift),
            None,
        )
        held = {"cash": 0, "card": 0, "coupon": 0, "qr": 0, "voucher": 0}
        if opened is None:
            return held
        held["cash"] = opened.said["float"]
        for ticket in self.of_kind("ticket", branch):
            if ticket.said["shift"] != shift or ticket.day != opened.day:
                continue
            for kind, amount in ticket.said["tenders"]:
                held[kind] += amount
            held["cash"] -= ticket.said["change"]
        return held

    def stock(self, branch: str) -> dict[str, int]:
        """What the sales of a branch took out of its stock, by item, in thousandths."""
        moved: dict[str, int] = {}
        for ticket in self.of_kind("ticket", branch):
            for item, quantity, _price, _amount, _document in ticket.said["lines"]:
                moved[item] = moved.get(item, 0) - quantity
        return moved

    def _over_short(self, branch: str, day: date) -> dict[str, int]:
        counts: dict[str, Fact] = {}
        for one in sorted(self.of_kind("till.counted", branch), key=lambda fact: fact.said["at"]):
            counts[one.said["shift"]] = one
        sums: dict[str, int] = {}
        for shift, counted in counts.items():
            if counted.day != day:
                continue
            held = self.drawer(branch, shift)
            for kind, amount in counted.said["counted"].items():
                sums[kind] = sums.get(kind, 0) + amount - held.get(kind, 0)
        return _without_noughts(sums)


def instant_text(moment: datetime | str) -> str:
    """An instant as it stands in a fact's id, whatever form it came in."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _without_noughts(amounts: Mapping[str, int]) -> dict[str, int]:
    return {kind: amount for kind, amount in sorted(amounts.items()) if amount}
