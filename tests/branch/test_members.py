"""Members on their way up: whom a till made, and what they earned, through the branch to headquarters."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from hq import members, points
from hq.redemption import accounts
from hq.redemption.accounts import POINTS
from replication.sealing import lookup_hash, new_key, seal
from schemas.domain.member import MemberRegistered
from schemas.domain.ticket import PointsEarned
from schemas.tables.base import reading
from schemas.tables.journal import quarantine
from tests.branch.shop import CODE, DAY, Shop, piece


def test_whom_a_till_made_and_what_they_earned_reaches_headquarters(shop: Shop) -> None:
    key = new_key()
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    number = f"{lane.name}-3f9a12bc"
    sealed = seal(key, number, {"name": "Li", "phone": "13600000000", "email": ""})
    phone = lookup_hash(key, "phone", "13600000000")
    lane.state(
        MemberRegistered(number, CODE, lane.name, DAY, "C1", lane.clock(), sealed, phone, "")
    )
    sale = replace(
        lane.ticket(piece("milk", 350)), member=number, points=(PointsEarned("points", 3, (1,)),)
    )
    lane.state(sale)
    lane.push()
    shop.deliver()
    with reading(shop.headquarters.engine) as connection:
        (found,) = members.search(connection, key, "+86 136 0000 0000")
        assert (found.member, found.provisional) == (number, True)
        assert members.opened(key, found).name == "Li"
        assert accounts.balance(connection, POINTS, [number]) == 3
        (entry,) = points.newest(connection, [number], 9)
        assert entry.receipt == sale.receipt
    for engine in (shop.engine, shop.headquarters.engine):
        with reading(engine) as connection:
            assert connection.execute(select(quarantine)).all() == []
