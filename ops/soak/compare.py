"""Every site against the model, record by record, whichever way the sites run.

    what           is compared with
    a journal      all that is alive: at a lane its own, at a branch its lanes' too, at headquarters all
    tables         what these facts say, each once, and nothing else
    set aside      poison, and all but one of the facts that were stated for one place; nothing else
    catalogue      headquarters' master data, of the feeds that the site follows and of no others
    a lane         the prices that it would charge, its counters, the days that it was told of
    a branch, hq   its stock
    the figures    `ops.soak.figures`

What differs is told as it is found; nothing is compared by its count alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from ops.soak import held
from ops.soak.held import Aside, Said
from ops.soak.model import Difference, Fact, FactId, Model
from pos_frontend.catalogue import Catalogue
from schemas.domain.pricing import price_in_force
from schemas.tables.base import reading
from schemas.tables.catalogue import business_day_record
from schemas.tables.lane import lane_counter
from schemas.tables.stock import stock_on_hand


@dataclass(frozen=True, slots=True)
class Site:
    """Where a site's data is read. At a lane, journals and feeds are two databases."""

    name: str
    journals: Engine
    feeds: Engine

    @property
    def branch(self) -> str | None:
        """The branch that the site belongs to; None for headquarters."""
        return None if self.name == "hq" else self.name.partition(".")[0]

    @property
    def is_lane(self) -> bool:
        """Whether it is a lane."""
        return "." in self.name


def take_stock(model: Model, sites: Iterable[Site]) -> list[Difference]:
    """See what every disk holds: whatever it held before must still be there."""
    return [one for site in sites for one in model.seen(site.name, held.journal(site.journals))]


def compare(
    model: Model, sites: Collection[Site], instants: Collection[datetime]
) -> list[Difference]:
    """What differs at rest. The prices are compared at `instants`."""
    found = take_stock(model, sites)
    for site in sites:
        found += _journal(model, site)
        found += _catalogue(model, site)
        if site.is_lane:
            found += _lane(model, site, instants)
        else:
            found += _tables(model, site)
            found += unexplained(model, site)
    return found


def concerned(model: Model, site: Site) -> list[Fact]:
    """What a site must hold: a lane its own facts, a branch those of its lanes too."""
    if site.is_lane:
        return model.alive(writer=site.name)
    return model.alive(branch=site.branch)


def unexplained(model: Model, site: Site) -> list[Difference]:
    """What was set aside at a branch or at headquarters without a reason that the model knows."""
    return [
        Difference(site.name, f"set aside {one.fact or one.stream} #{one.sequence}: {one.reason}")
        for one in held.aside(site.journals)
        if one.waiting and not is_explained(model, one)
    ]


def is_explained(model: Model, one: Aside) -> bool:
    """Whether nobody could have applied an entry: it is poison, or its place was taken."""
    fact = one.fact
    if fact is None:
        return False
    adopted = fact.kind == "day.opened" and fact.day in model.dates(fact.branch)
    return fact.poison or adopted or bool(model.rivals(fact))


def _journal(model: Model, site: Site) -> Iterator[Difference]:
    holds = model.disks[site.name]
    for fact in concerned(model, site):
        if fact.id not in holds:
            yield Difference(site.name, f"its journal does not hold {fact}")


def _tables(model: Model, site: Site) -> Iterator[Difference]:
    with reading(site.feeds) as connection:
        rows = held.tables(connection)
        states = held.day_states(connection)
        stock = _stock(connection)
    places: dict[FactId, list[Fact]] = {}
    for fact in concerned(model, site):
        if not fact.poison and fact.kind != "day.opened":
            places.setdefault(fact.place, []).append(fact)
    for place, facts in sorted(places.items()):
        yield from _at_place(site, place, facts, rows.pop(place, None))
    for place in sorted(rows):
        yield Difference(site.name, f"its tables hold {place}, which nobody stated: {rows[place]}")
    yield from _dates(model, site, set(states))
    branches = [site.branch] if site.branch else list(model.branches)
    sold = {
        (branch, item): quantity
        for branch in branches
        for item, quantity in model.stock(branch).items()
    }
    for place in sorted({*stock, *sold}):
        if stock.get(place, 0) != sold.get(place, 0):
            what = f"its stock of {place} is {stock.get(place, 0)}, sold were {sold.get(place, 0)}"
            yield Difference(site.name, what)


def _at_place(
    site: Site, place: FactId, facts: list[Fact], row: Said | None
) -> Iterator[Difference]:
    if row is None:
        yield Difference(site.name, f"its tables do not hold {facts[0]}")
    elif not any(row == fact.said for fact in facts):
        what = f"its tables hold {place} as {row}, stated was {[one.said for one in facts]}"
        yield Difference(site.name, what)


def _dates(model: Model, site: Site, states: set[tuple[str, object]]) -> Iterator[Difference]:
    branches = [site.branch] if site.branch else list(model.branches)
    wanted = {(branch, on) for branch in branches for on in model.dates(branch)}
    for branch, on in sorted(wanted ^ states, key=str):
        missing = "does not know" if (branch, on) in wanted else "knows"
        yield Difference(site.name, f"{missing} the business day {branch} {on}")


def _stock(connection: Connection) -> dict[tuple[str, str], int]:
    rows = connection.execute(select(stock_on_hand))
    return {(row.branch, row.item): row.quantity for row in rows}


def _catalogue(model: Model, site: Site) -> Iterator[Difference]:
    branches = [site.branch] if site.branch else list(model.branches)
    followed = set().union(*(model.master.feeds(branch) for branch in branches))
    with reading(site.feeds) as connection:
        documents = held.catalogue(connection)
        subscribed = held.subscriptions(connection)
    wanted: dict[str, dict[str, object]] = {}
    for one in model.master.documents.values():
        if one.audience in followed or site.name == "hq":
            wanted.setdefault(one.audience, {})[one.document] = one
    for feed in sorted({*wanted, *documents}):
        here: Mapping[str, object] = documents.get(feed, {})
        there = wanted.get(feed, {})
        for name in sorted({*here, *there}):
            if here.get(name) != there.get(name) or _prices(here, name) != _prices(there, name):
                what = f"{feed} {name} is {here.get(name)}, should be {there.get(name)}"
                yield Difference(site.name, what)
    for branch in branches:
        feed = f"feed:branch:{branch}"
        if subscribed.get(feed, set()) != model.master.feeds(branch) - {feed}:
            yield Difference(site.name, f"{branch} follows {sorted(subscribed.get(feed, set()))}")


def _prices(documents: Mapping[str, object], name: str) -> object:
    return getattr(documents.get(name), "prices", None)


def _lane(model: Model, site: Site, instants: Collection[datetime]) -> Iterator[Difference]:
    branch = site.branch or ""
    catalogue = Catalogue(site.feeds)
    for item in sorted({item for one in model.documents for item in one.prices}):
        found = catalogue.find(item)
        rows = () if found is None else found.prices
        for at in instants:
            priced = price_in_force(rows, "", at)
            charged = None if priced is None else priced.list.price
            due = model.master.price(branch, item, at)
            if charged != due:
                what = f"would charge {charged} for {item} at {at}, the price is {due}"
                yield Difference(site.name, what)
    yield from _counters(model, site)


def _counters(model: Model, site: Site) -> Iterator[Difference]:
    sold = [one for one in model.alive(writer=site.name) if one.kind == "ticket" and not one.poison]
    with reading(site.journals) as connection:
        row = connection.execute(select(lane_counter)).one_or_none()
    if row is None:
        if sold:
            yield Difference(site.name, "has no counters and has sold")
        return
    total = sum(one.said["total"] for one in sold)
    if row.grand_total != total:
        yield Difference(site.name, f"its grand total is {row.grand_total}, it sold for {total}")
    last = max((one.said["counter"] for one in sold), default=0)
    if row.receipt < last:
        yield Difference(site.name, f"its receipts are at {row.receipt}, {last} was given")
    of_day = [one for one in sold if one.day == row.business_date]
    if row.tickets != len(of_day):
        what = f"counts {row.tickets} tickets on {row.business_date}, sold were {len(of_day)}"
        yield Difference(site.name, what)


def told_days(site: Site) -> dict[object, str]:
    """What a lane was told of its branch's business days."""
    with reading(site.feeds) as connection:
        rows = connection.execute(select(business_day_record))
        return {row.business_date: row.state for row in rows}
