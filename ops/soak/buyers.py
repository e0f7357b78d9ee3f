"""Buyers: they change prices for an audience, withdraw them, move branches between groups.

Whatever one does is one transaction of headquarters. If that dies in it, nothing was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hq import price_changes, sites
from hq.price_changes import NewPriceChange, PriceChangeError
from hq.price_rows import PriceCell
from ops.soak.chain import ALL_GROUPS, APPROVER, BRANCHES, BUYER, ITEMS, branch_record
from ops.soak.prices import PriceDocument
from ops.soak.scene import Scene
from replication.streams import CHAIN_FEED, branch_feed, group_feed


@dataclass(frozen=True)
class Buyers:
    """The buyers of the chain, and who approves what they draft."""

    scene: Scene

    def change_prices(self, *, starts_in: timedelta, lasts: timedelta | None) -> str:
        """Draft, approve and publish a price change for some audience."""
        audience = self.scene.random.choice(
            [CHAIN_FEED, *map(group_feed, ALL_GROUPS), *map(branch_feed, sorted(BRANCHES))]
        )
        items = self.scene.random.sample(sorted(ITEMS), self.scene.random.randint(1, 4))
        prices = {item: self.scene.random.randint(50, 900) for item in items}
        site = self.scene.chain.hq
        cells = [PriceCell(item, "piece", "", price) for item, price in sorted(prices.items())]
        try:
            with site.disk.feeds.begin() as connection:
                now = site.clock()
                starts = now + starts_in
                ends = None if lasts is None else starts + lasts
                new = NewPriceChange("A change", audience, starts, ends, cells)
                document = price_changes.draft(connection, new, BUYER, now)
                price_changes.approve(connection, document, APPROVER, now)
                price_changes.publish(connection, document, BUYER, now)
        except PriceChangeError as error:
            return str(error)
        kept = self.scene.model.master.published(
            PriceDocument(document, audience, starts, ends, prices)
        )
        self.scene.model.documents.append(kept)
        self._note()
        return f"{document} to {audience}"

    def withdraw(self) -> str:
        """Take back a published price change, the book itself aside."""
        known = [one for one in self.scene.model.master.documents.values() if not one.withdrawn][1:]
        if not known:
            return "nothing to withdraw"
        document = self.scene.random.choice(known).document
        site = self.scene.chain.hq
        with site.disk.feeds.begin() as connection:
            price_changes.withdraw(connection, document, BUYER, "a mistake", site.clock())
        self.scene.model.master.withdrawn(document)
        self._note()
        return document

    def move_branch(self) -> str:
        """Put a branch into other groups."""
        code = self.scene.random.choice(sorted(BRANCHES))
        groups = [one for one in ALL_GROUPS if self.scene.random.random() < 0.5]
        site = self.scene.chain.hq
        with site.disk.feeds.begin() as connection:
            sites.save_branch(connection, branch_record(code), groups)
        self.scene.model.master.groups[code] = frozenset(groups)
        self._note()
        return f"{code} to {groups}"

    def _note(self) -> None:
        if self.scene.chain.hq.feeds is not None:
            self.scene.chain.hq.feeds.note()
