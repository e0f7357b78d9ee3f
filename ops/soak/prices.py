"""Headquarters' master data as the model keeps it: who is in which group, and which prices hold.

A price holds from its start until its end, for the branches of its audience, unless it was
withdrawn. Of several that hold the most specific audience counts (branch, group, chain), then the
one that was published last (rule 11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

CHAIN = "feed:chain"


@dataclass(frozen=True, slots=True)
class PriceDocument:
    """A published price change; `turn` counts the publications."""

    document: str
    audience: str
    starts: datetime
    ends: datetime | None
    prices: Mapping[str, int] = field(hash=False)
    turn: int = 0
    withdrawn: bool = False

    def holds(self, at: datetime) -> bool:
        """Whether its prices are in force at an instant, for those whom it addresses."""
        return not self.withdrawn and self.starts <= at and (self.ends is None or at < self.ends)


@dataclass
class Master:
    """What headquarters says now. After a restore it says again what it said then."""

    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    documents: dict[str, PriceDocument] = field(default_factory=dict)

    def copy(self) -> Master:
        """The same, for a backup."""
        return Master(dict(self.groups), dict(self.documents))

    def published(self, document: PriceDocument) -> PriceDocument:
        """Keep a document as the newest publication."""
        turn = 1 + max((one.turn for one in self.documents.values()), default=0)
        kept = replace(document, turn=turn)
        self.documents[kept.document] = kept
        return kept

    def withdrawn(self, document: str) -> None:
        """Take a document back."""
        self.documents[document] = replace(self.documents[document], withdrawn=True)

    def feeds(self, branch: str) -> set[str]:
        """The feeds of headquarters that a branch and its lanes read."""
        groups = self.groups[branch]
        return {CHAIN, f"feed:branch:{branch}", *(f"feed:group:{one}" for one in groups)}

    def price(self, branch: str, item: str, at: datetime) -> int | None:
        """What an item costs at a branch at an instant; None when it has no price."""
        feeds = self.feeds(branch)
        holding = [
            one for one in self.documents.values()
            if one.audience in feeds and item in one.prices and one.holds(at)
        ]  # fmt: skip
        best = max(holding, key=lambda one: (_level(one.audience), one.turn), default=None)
        return None if best is None else best.prices[item]


def _level(audience: str) -> int:
    return {"chain": 0, "group": 1, "branch": 2}[audience.split(":")[1]]
