"""Journals from the branches, projected into headquarters' own tables of tickets, tills and days.

What a writer may not state, what does not read and what contradicts the tables raises here; the
link then parks that one entry with the reason and takes the rest (`replication.apply`).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from hq import members, points, surplus
from hq.consolidation import held
from hq.goods import relay
from hq.redemption import coupon_uses, grant_uses, postings, reservations
from replication.apply import Arrival
from schemas.domain.correction import TicketCorrected, as_ticket
from schemas.domain.member import MemberRegistered
from schemas.domain.stock.document import StockDocument
from schemas.domain.suspension import BasketSuspended
from schemas.domain.ticket import Ticket
from schemas.tables import sales_store
from schemas.wire.entries import Fact, decode_any
from schemas.wire.surplus import FeedSurplus


def project(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Write the facts of the arrivals in their order with what they add to the aggregates, post what tickets earn and redeem, take in whom
    tills made members, tell branches what was sent to them, and keep what branches hold of lost feeds.

    Raises UnreadableEntryError, FactError or SurplusError.
    """
    facts: list[Fact] = []
    spoken: list[held.Spoken] = []
    told: list[FeedSurplus] = []
    for arrival in arrivals:
        entry = arrival.entry
        read = decode_any(entry.kind, entry.version, entry.body)
        if isinstance(read, FeedSurplus):
            surplus.check_writer(read, arrival.writer, arrival.sender)
            told.append(read)
            continue
        sales_store.check_writer(read, arrival.writer, arrival.sender)
        facts.append(read)
        spoken.append(held.Spoken(read, entry.stream, entry.epoch, entry.sequence))
    held.keep(connection, spoken)
    sales_store.write(connection, facts)
    tickets = [
        # What a correction takes back is taken back as by a return: points, and what coupons took off.
        as_ticket(one) if isinstance(one, TicketCorrected) else one
        for one in facts
        if isinstance(one, (Ticket, TicketCorrected))
    ]
    for post in (points.post, postings.post, coupon_uses.post, grant_uses.post):
        post(connection, tickets)
    reservations.set_aside(connection, [one for one in facts if isinstance(one, BasketSuspended)])
    relay.take(connection, [one for one in facts if isinstance(one, StockDocument)])
    members.take(connection, [one for one in facts if isinstance(one, MemberRegistered)])
    surplus.take(connection, told)
