"""Branches that send goods to one another through headquarters, and what must be where, by the model.

    a consignment     sent, at what it was worth there ─ settled piece by piece ─ finished by a final receipt
    in transit        sent and neither settled nor finished
    at each step      each branch and headquarters hold what the models say, and what left one branch has come to
                      the other, is in transit, or is a named difference

Each branch is the product's own on PostgreSQL; the lines to headquarters are memory and can be dead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from sqlalchemy import Engine

from branch import bootstrap
from branch.goods import availability, drafts, posting
from branch.goods import counting as scanning
from branch.goods.deliveries import find_delivery
from branch.settings import BranchSettings
from hq import publication
from hq.goods.open_goods import expected_by_item
from replication import identity
from replication.identity import Identity
from replication.parent import Parent
from replication.runner import LinkRunner, Site
from replication.streams import CHAIN_FEED, branch_feed
from replication.subscribe import Outlet
from replication.testing import MemoryTransport
from schemas.domain.stock.scanned import Counted
from schemas.tables.base import open_postgres
from schemas.tables.catalogue_store import CatalogueStore
from schemas.wire import records
from tests.branch.shop import CODE, QUICK, MakeDatabase, ShopClock, introduce, load
from tests.scenarios.ledger import agrees_in_stock
from tests.scenarios.model import Model, cents
from tests.scenarios.store import Store

OTHER = "N002"
_PIECE = 1000


@dataclass
class Place:
    """A branch and its model."""

    code: str
    engine: Engine
    runner: LinkRunner
    line: MemoryTransport
    model: Model = field(default_factory=Model)


@dataclass
class Part:
    """What is still to come of an item of a consignment, and what that is worth."""

    rest: int
    worth: int


@dataclass
class Consignment:
    """Goods on their way, under the sender's number."""

    document: str
    sender: str
    receiver: str
    parts: dict[str, Part]
    done: bool = False

    def in_transit(self, item: str) -> int:
        """Pieces that were sent and not received."""
        return 0 if self.done or item not in self.parts else self.parts[item].rest


@dataclass
class Places:
    """The branches, the headquarters between them, and what is on its way."""

    headquarters: Parent
    clock: ShopClock
    places: dict[str, Place]
    consignments: list[Consignment] = field(default_factory=list)

    def gets(self, code: str, value: int, **pieces: int) -> None:
        """A supplier brings goods that cost so much each line, without an order."""
        place = self.places[code]
        with place.engine.begin() as connection:
            draft = drafts.begin(connection, code, "receipt", "S1", f"{code}-M", self.clock())
        self._scan(place, draft, {item: (count, 0) for item, count in pieces.items()})
        with place.engine.begin() as connection:
            held = drafts.find(connection, code, draft)
            for one in held.lines:
                typed = scanning.Change(one.line.quantity, cost=value)
                scanning.change(
                    connection, code, draft, one.line.number, typed, f"{code}-M", self.clock()
                )
            posting.post_draft(connection, code, draft, posting.Asked(f"{code}-M", self.clock()))
        for item, count in pieces.items():
            place.model.comes(item, count * _PIECE, value)

    def sends(self, sender: str, receiver: str, **pieces: int) -> Consignment:
        """Goods leave for another branch."""
        place, now = self.places[sender], self.clock()
        with place.engine.begin() as connection:
            draft = drafts.begin(connection, sender, "transfer_out", receiver, f"{sender}-M", now)
        self._scan(place, draft, {item: (count, 0) for item, count in pieces.items()})
        with place.engine.begin() as connection:
            asked = posting.Asked(f"{sender}-M", now)
            document = posting.post_draft(connection, sender, draft, asked).document
        parts = {
            item: Part(
                count * _PIECE, -place.model.leaves(item, count * _PIECE, "transfer_out")
            )
            for item, count in pieces.items()
        }  # fmt: skip
        one = Consignment(document, sender, receiver, parts)
        self.consignments.append(one)
        return one

    def knows(self, one: Consignment) -> bool:
        """Whether the receiver was told of it."""
        with self.places[one.receiver].engine.connect() as connection:
            return find_delivery(connection, one.receiver, one.document) is not None

    def begins(self, one: Consignment, **came: tuple[int, int]) -> str:
        """Somebody counts what came of it in good order, and what came broken; answer the draft."""
        place = self.places[one.receiver]
        with place.engine.begin() as connection:
            draft = drafts.answer(
                connection, one.receiver, one.document, f"{one.receiver}-M", self.clock()
            )
        self._scan(place, draft, came)
        return draft

    def receives(self, one: Consignment, *, final: bool = True, **came: tuple[int, int]) -> None:
        """Somebody counts what came of it and posts that; `final`, nothing more will come."""
        draft = self.begins(one, **came)
        place = self.places[one.receiver]
        self.clock.pass_minutes(1)
        with place.engine.begin() as connection:
            asked = posting.Asked(f"{one.receiver}-M", self.clock(), final=final)
            posting.post_draft(connection, one.receiver, draft, asked)
        for item, part in sorted(one.parts.items()):
            good, broken = came.get(item, (0, 0))
            settled = part.rest if final else min((good + broken) * _PIECE, part.rest)
            if settled:
                worth = cents(Fraction(part.worth * settled, part.rest))
                place.model.is_settled(item, settled, worth, good * _PIECE)
                part.rest, part.worth = part.rest - settled, part.worth - worth
        one.done = one.done or final

    def hears(self) -> None:
        """Whatever can travel travels."""
        up = [one for one in self.places.values() if not one.line.down]
        for place in up:
            for _ in range(3):
                place.runner.push_once()
        for place in up:
            load(place.runner)

    def agrees(self) -> None:
        """Every branch and headquarters hold what the models say, and nothing was made or lost."""
        self.hears()
        above = self.headquarters.engine
        for place in self.places.values():
            if not place.line.down:
                agrees_in_stock(above, place.code, place.model)
            agrees_in_stock(place.engine, place.code, place.model)
        if not any(place.line.down for place in self.places.values()):
            self._agrees_in_transit(above)
        moved = sum(
            place.model.reasons[reason]
            for place in self.places.values()
            for reason in ("transfer_out", "transfer_in")
        )
        assert moved == -sum(
            part.worth for one in self.consignments for part in one.parts.values() if not one.done
        )

    def _agrees_in_transit(self, above: Engine) -> None:
        wanted: dict[tuple[str, str], int] = {}
        for one in self.consignments:
            for item in one.parts:
                key = (one.receiver, item)
                wanted[key] = wanted.get(key, 0) + one.in_transit(item)
        wanted = {key: quantity for key, quantity in wanted.items() if quantity}
        with above.connect() as connection:
            rows = connection.execute(expected_by_item("transfer").select()).all()
        assert {(row.branch, row.item): row.quantity for row in rows} == wanted
        for place in self.places.values():
            with place.engine.connect() as connection:
                coming = availability.underway(connection, place.code).in_transit
            mine = {item: count for (code, item), count in wanted.items() if code == place.code}
            assert {item: count for item, count in coming.items() if count} == mine

    def _scan(self, place: Place, draft: str, came: Mapping[str, tuple[int, int]]) -> None:
        with place.engine.begin() as connection:
            for item, (good, broken) in came.items():
                for count, damaged in ((good, False), (broken, True)):
                    if count:
                        scan = scanning.Scan(Counted(item, count * _PIECE, damaged=damaged))
                        scanning.add(
                            connection, place.code, draft, scan, f"{place.code}-M", self.clock()
                        )


def two_places(store: Store, new_database: MakeDatabase, directory: Path) -> Places:
    """The store and a second branch of its chain, which sells nothing and knows the same goods."""
    shop = store.shop
    above = shop.headquarters.engine
    with above.begin() as connection:
        # As headquarters' own pages do it, which keeps for itself what it tells.
        both = [
            records.Branch(branch=code, name=code, zone="UTC", currency="USD")
            for code in (CODE, OTHER)
        ]
        subscription = records.Subscription(followed=CHAIN_FEED)
        publication.publish(connection, {CHAIN_FEED: both, branch_feed(OTHER): [subscription]})
    who = Identity(OTHER, "branch", "hq", identity.new_private_key(), (branch_feed(OTHER),))
    dsn = new_database("branch")
    engine = open_postgres(dsn)
    with engine.begin() as connection:
        identity.establish(connection, who)
    introduce(engine, shop.headquarters.identity, shop.clock())
    introduce(above, who, shop.clock())
    engine.dispose()
    own = directory / OTHER
    own.mkdir()
    settings = BranchSettings(data=own, dsn=dsn, parent="http://127.0.0.1:9")
    branch = bootstrap.connect(settings, dsn, shop.clock)
    line = MemoryTransport(shop.headquarters, OTHER)
    outlet = Outlet(CatalogueStore(), shop.clock, relays=True)
    site = Site(who, branch.engine, branch.engine, outlet, branch.site.recovery, dict)
    other = Place(OTHER, branch.engine, LinkRunner(site, line, QUICK), line)
    first = Place(CODE, shop.engine, shop.runner, shop.line, store.model)
    places = Places(shop.headquarters, shop.clock, {CODE: first, OTHER: other})
    other.runner.push_once()
    places.hears()
    return places
