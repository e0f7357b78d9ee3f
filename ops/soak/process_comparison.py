"""What a chain of processes holds, record by record, against what the tills said when they sold.

tickets    at headquarters, at the branch and in the lane's own journal: those that were told of,
           each once, with its receipt number, total and date
journals   a lane's entries are those that its branch and headquarters have of it, hash by hash;
           a branch's own are those that headquarters has
days       closed, their control totals agree with the tickets and with what was told
prices     the same documents with the same rows at all sites
and        no entry set aside anywhere, every chain of hashes whole
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from hq.days import verify_day
from ops.soak.process_chain import ProcessChain, only_lane
from ops.soak.seller import Told
from replication import chain_check, quarantine
from schemas.tables.base import reading
from schemas.tables.catalogue import price, price_change
from schemas.tables.days import business_day, day_revision
from schemas.tables.journal import journal_entry
from schemas.tables.tickets import ticket

Lane = str
Entries = set[tuple[str, int, bytes]]


class _ChainOnly:
    """Watches nothing but the chain itself."""

    def hear(self, kind: str, body: bytes) -> None:
        """See `Watcher`."""

    def problems(self) -> list[str]:
        """See `Watcher`."""
        return []


def differences(
    chain: ProcessChain, told: Mapping[Lane, Sequence[Told]], days: Sequence[date]
) -> list[str]:
    """Whatever is not as it should be; each names the site and the record."""
    found: list[str] = []
    prices: dict[str, set[tuple[Any, ...]]] = {}
    with chain.database("hq") as engine, reading(engine) as hq:
        found += _whole("hq", hq, hq)
        prices["hq"] = _prices(hq)
        for branch in chain.chain.branches:
            lane = only_lane(branch)
            wanted = {one.uuid: (one.receipt, one.total, one.date) for one in told[lane]}
            found += _compared(f"tickets of {branch} at hq", _tickets(hq, branch), wanted)
            found += _days(hq, branch, told[lane], days)
            with chain.database(branch) as other, reading(other) as here:
                prices[branch] = _prices(here)
                found += _whole(branch, here, here)
                found += _compared(f"tickets at {branch}", _tickets(here, branch), wanted)
                own = _own(here, f"journal:{branch}")
                found += _journals(f"of {branch} at hq", _own(hq, f"journal:{branch}"), own)
                relayed = _relayed(here, f"journal:{lane}")
            with (
                chain.database(lane) as journals, reading(journals) as here,
                chain.database(lane, "catalogue.db") as feeds, reading(feeds) as catalogue,
            ):  # fmt: skip
                prices[lane] = _prices(catalogue)
                found += _whole(lane, here, catalogue)
                found += _compared(f"tickets at {lane}", _said(here, f"journal:{lane}"), wanted)
                own = _own(here, f"journal:{lane}")
            found += _journals(f"of {lane} at {branch}", relayed, own)
            found += _journals(f"of {lane} at hq", _relayed(hq, f"journal:{lane}"), own)
    found += [
        f"prices at {site}: {len(held)} rows, {len(held ^ prices['hq'])} unlike those of hq"
        for site, held in prices.items()
        if held != prices["hq"]
    ]
    return found


def has_all(chain: ProcessChain, site: str, lane: Lane, told: Sequence[Told]) -> bool:
    """Whether a lane's own journal, or the site above it, holds every ticket that was told of it."""
    with chain.database(site) as engine, reading(engine) as here:
        held = _said(here, f"journal:{lane}") if site == lane else _tickets(here, branch_of(lane))
    return {one.uuid for one in told} <= held.keys()


def branch_of(lane: Lane) -> str:
    """The branch of a lane."""
    return lane.partition(".")[0]


def _compared(what: str, held: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    for uuid in sorted(held.keys() | wanted.keys()):
        if held.get(uuid) != wanted.get(uuid):
            yield f"{what}: {uuid} is {held.get(uuid)}, told was {wanted.get(uuid)}"


def _journals(what: str, held: Entries, wanted: Entries) -> Iterator[str]:
    if held != wanted:
        lacking, surplus = sorted(wanted - held), sorted(held - wanted)
        first = [(epoch[:8], number) for epoch, number, _ in (*lacking, *surplus)][:3]
        yield f"journal {what}: {len(lacking)} missing, {len(surplus)} too many, such as {first}"


def _tickets(connection: Connection, branch: str) -> dict[str, tuple[str, int, str]]:
    return {
        row.uuid: (f"{row.lane}-{row.counter:06d}", row.total, row.business_date.isoformat())
        for row in connection.execute(select(ticket).where(ticket.c.branch == branch))
    }


def _said(connection: Connection, stream: str) -> dict[str, tuple[str, int, str]]:
    """The tickets of a lane, read out of its entries as plain JSON."""
    query = select(journal_entry.c.body).where(
        journal_entry.c.stream == stream, journal_entry.c.kind == "ticket"
    )
    bodies = [json.loads(body) for body in connection.execute(query).scalars()]
    return {
        one["uuid"]: (f"{one['lane']}-{one['counter']:06d}", one["total"], one["business_date"])
        for one in bodies
    }


def _own(connection: Connection, stream: str) -> Entries:
    entry = journal_entry.c
    query = select(entry.epoch, entry.sequence, entry.hash).where(entry.stream == stream)
    return {(row.epoch, row.sequence, bytes(row.hash)) for row in connection.execute(query)}


def _relayed(connection: Connection, stream: str) -> Entries:
    entry = journal_entry.c
    query = select(entry.origin_epoch, entry.origin_sequence, entry.origin_hash).where(
        entry.origin_stream == stream
    )
    return {(row[0], row[1], bytes(row[2])) for row in connection.execute(query)}


def _prices(connection: Connection) -> set[tuple[Any, ...]]:
    query = select(
        price.c.document, price.c.item, price.c.unit, price.c.tier, price.c.price,
        price_change.c.published, price_change.c.withdrawn,
    ).join(
        price_change,
        (price.c.document == price_change.c.document) & (price.c.stream == price_change.c.stream),
    )  # fmt: skip
    return {tuple(row) for row in connection.execute(query)}


def _days(
    connection: Connection, branch: str, told: Sequence[Told], days: Sequence[date]
) -> Iterator[str]:
    for day in days:
        state = connection.execute(
            select(business_day.c.state).where(
                business_day.c.branch == branch, business_day.c.business_date == day
            )
        ).scalar()
        if state != "closed":
            yield f"{branch} {day} is {state} at hq"
        yield from verify_day(connection, branch, day)
        totals = connection.execute(
            select(day_revision.c.totals)
            .where(day_revision.c.branch == branch, day_revision.c.business_date == day)
            .order_by(day_revision.c.revision.desc())
        ).scalar()
        of_day = [one.total for one in told if one.date == day.isoformat()]
        if totals and (totals["tickets"], totals["gross"]) != (len(of_day), sum(of_day)):
            yield f"{branch} {day} was closed with {totals}, told were {len(of_day)} tickets"


def _whole(site: str, journals: Connection, feeds: Connection) -> Iterator[str]:
    if count := quarantine.count_waiting(journals):
        yield f"{site} has {count} entries set aside"
    for one in chain_check.check(journals, feeds, _ChainOnly()).breaks:
        yield f"{site}: {one}"
