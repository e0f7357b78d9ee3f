"""What a site's database holds, as plain values, whichever way the site runs.

journal    every entry: facts by their id
tables     what was projected: what they say by the place of the fact that said it
aside      entries that were set aside, waiting or not
catalogue  prices, documents and subscriptions by feed
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, or_, select

from ops.soak.facts import OF_NO_SHOP, fact_of
from ops.soak.model import Fact, FactId, instant_text
from ops.soak.prices import PriceDocument
from schemas.tables.base import reading
from schemas.tables.catalogue import price, price_change, subscription
from schemas.tables.days import (
    COUNTS_IN_ORDER,
    business_day,
    cancelled_basket,
    counter_move,
    day_reopening,
    day_revision,
    shift,
    till_count,
)
from schemas.tables.journal import journal_entry, quarantine
from schemas.tables.tickets import ticket, ticket_line, ticket_tender

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Aside:
    """An entry that was set aside; `fact` is None when the journal does not hold it."""

    fact: Fact | None
    stream: str
    epoch: str
    sequence: int
    reason: str
    waiting: bool


def journal(engine: Engine) -> dict[FactId, Fact]:
    """Every fact on a site's disk, whoever wrote it."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(
                journal_entry.c.kind, journal_entry.c.body, journal_entry.c.stream,
                journal_entry.c.origin_stream,
            )
            .where(journal_entry.c.kind.not_in(OF_NO_SHOP))
        ).all()  # fmt: skip
    return {
        fact.id: fact
        for row in rows
        for fact in [fact_of(row.kind, bytes(row.body), _writer(row.origin_stream or row.stream))]
    }


def aside(engine: Engine) -> list[Aside]:
    """What was set aside at a site, by itself or by the origin that relays it."""
    entry, parked = journal_entry.c, quarantine.c
    own = and_(
        entry.stream == parked.stream, entry.epoch == parked.epoch,
        entry.sequence == parked.sequence,
    )  # fmt: skip
    relayed = and_(
        entry.origin_stream == parked.stream, entry.origin_epoch == parked.epoch,
        entry.origin_sequence == parked.sequence, entry.standing != "repeat",
    )  # fmt: skip
    query = select(
        quarantine, entry.kind.label("entry_kind"), entry.body, entry.stream.label("entry_stream"),
        entry.origin_stream,
    ).select_from(quarantine).outerjoin(journal_entry, or_(own, relayed))  # fmt: skip
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(*quarantine.primary_key)).all()
    return [
        Aside(
            None if row.body is None or row.entry_kind in OF_NO_SHOP
            else fact_of(row.entry_kind, bytes(row.body),
                         _writer(row.origin_stream or row.entry_stream)),
            row.stream, row.epoch, row.sequence, row.reason, row.resolved is None,
        )
        for row in rows
    ]  # fmt: skip


def tables(connection: Connection) -> dict[FactId, Said]:
    """What the tables of tickets, tills and days say, by the place of the fact that said it."""
    held: dict[FactId, Said] = _tickets(connection)
    for row in connection.execute(select(shift)):
        held["shift.opened", row.shift] = {
            "shift": row.shift, "lane": row.lane, "operator": row.operator,
            "business_date": row.business_date.isoformat(), "float": row.float_amount,
        }  # fmt: skip
        if row.ended is not None:
            held["shift.ended", row.shift] = _only(
                row, "shift", "last_counter", "tickets", "gross", "grand_total"
            )
    for row in connection.execute(select(till_count)):
        at = instant_text(row.at)
        held["till.counted", row.shift, at] = {
            "shift": row.shift, "counted": dict(row.counted), "at": at,
            "correction": row.correction,
        }  # fmt: skip
    for row in connection.execute(select(cancelled_basket)):
        held["basket.cancelled", row.uuid] = _only(row, "amount", "lines")
    for row in connection.execute(select(counter_move)):
        place = ("counters.moved", row.lane, instant_text(row.at), str(row.first))
        held[place] = _only(row, "first", "last", "tickets", "gross", "grand_total")
    return held | _days(connection)


def last_counts(connection: Connection) -> dict[str, Mapping[str, int]]:
    """The count that counts, of every till that was counted."""
    query = select(till_count).order_by(*COUNTS_IN_ORDER)
    return {row.shift: dict(row.counted) for row in connection.execute(query)}


def day_states(connection: Connection) -> dict[tuple[str, date], tuple[str, int]]:
    """State and revision of every business day."""
    return {
        (row.branch, row.business_date): (row.state, row.revision)
        for row in connection.execute(select(business_day))
    }


def catalogue(connection: Connection) -> dict[str, dict[str, PriceDocument]]:
    """Every price document by feed and code; its place among the publications is `turn`."""
    rows: dict[tuple[str, str], dict[str, int]] = {}
    for row in connection.execute(select(price)):
        rows.setdefault((row.stream, row.document), {})[row.item] = row.price
    found: dict[str, dict[str, PriceDocument]] = {}
    for row in connection.execute(select(price_change)):
        found.setdefault(row.stream, {})[row.document] = PriceDocument(
            row.document, row.stream, row.starts, row.ends,
            rows.pop((row.stream, row.document), {}), row.published, row.withdrawn,
        )  # fmt: skip
    long_ago = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    for (stream, document), prices in rows.items():
        # Rows without their header price nothing; whoever compares must still see them.
        found.setdefault(stream, {})[document] = PriceDocument(
            document, stream, long_ago, long_ago, prices, 0, withdrawn=True
        )
    return found


def subscriptions(connection: Connection) -> dict[str, set[str]]:
    """The feeds that the subscription records in each feed name."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(select(subscription)):
        found.setdefault(row.stream, set()).add(row.followed)
    return found


def _tickets(connection: Connection) -> dict[FactId, Said]:
    lines: dict[str, list[tuple[Any, ...]]] = {}
    for row in connection.execute(
        select(ticket_line).where(~ticket_line.c.voided).order_by(ticket_line.c.number)
    ):
        lines.setdefault(row.ticket, []).append(
            (row.item, row.quantity, row.list_price, row.amount, row.price_document)
        )
    tenders: dict[str, list[tuple[str, int]]] = {}
    for row in connection.execute(select(ticket_tender).order_by(ticket_tender.c.number)):
        tenders.setdefault(row.ticket, []).append((row.kind, row.amount))
    return {
        ("ticket", row.uuid): {
            "lane": row.lane, "counter": row.counter, "shift": row.shift,
            "business_date": row.business_date.isoformat(), "total": row.total,
            "change": row.change, "tenders": tenders.get(row.uuid, []),
            "lines": lines.get(row.uuid, []),
        }
        for row in connection.execute(select(ticket))
    }  # fmt: skip


def _days(connection: Connection) -> dict[FactId, Said]:
    held: dict[FactId, Said] = {}
    for row in connection.execute(select(day_revision)):
        place = ("day.closed", row.branch, row.business_date.isoformat(), str(row.revision))
        held[place] = {
            "revision": row.revision, "operator": row.operator, "tickets": row.totals["tickets"],
            "gross": row.totals["gross"], "tenders": _amounts(row.totals["tenders"]),
            "over_short": _amounts(row.totals["over_short"]),
        }  # fmt: skip
    for row in connection.execute(select(day_reopening)):
        place = ("day.reopened", row.branch, row.business_date.isoformat(), str(row.revision))
        held[place] = _only(row, "revision", "operator", "reason")
    return held


def _only(row: Any, *names: str) -> dict[str, Any]:  # noqa: ANN401 - a row of any table
    return {name: getattr(row, name) for name in names}


def _amounts(amounts: Mapping[str, int]) -> dict[str, int]:
    return {kind: amount for kind, amount in sorted(amounts.items()) if amount}


def _writer(stream: str) -> str:
    return stream.removeprefix("journal:")
