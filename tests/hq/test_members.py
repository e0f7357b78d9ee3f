"""Members at headquarters: sealed, found by what they are known by, merged, and made by tills."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, select

from hq import members
from hq.audit import notes_on
from hq.members import MemberError, Personal
from replication.sealing import new_key, seal
from replication.streams import CHAIN_FEED
from schemas.domain.member import MemberRegistered
from schemas.tables.fact_error import FactError
from schemas.tables.feed import feed_record
from schemas.wire.records import Member
from tests.hq.conftest import ADMIN, NOON, Chain

ANN = Personal("张三丰", "138-0013-8000", "ann@example.org", "1990-03-02", "8888 0001")


def saved(chain: Chain, personal: Personal = ANN, number: str = "", tier: str = "gold") -> str:
    with chain.hq.engine.begin() as connection:
        return members.save(connection, chain.hq.member_key, number, tier, personal, ADMIN, NOON)


def told(connection: Connection, number: str) -> Member:
    """The member as everyone is told."""
    query = select(feed_record.c.body).where(
        feed_record.c.stream == CHAIN_FEED,
        feed_record.c.kind == "member",
        feed_record.c.key == number,
    )
    return Member.model_validate_json(bytes(connection.execute(query).scalar_one()))


def test_what_is_told_of_a_member_reads_as_nothing_and_finds_them(chain: Chain) -> None:
    number = saved(chain)
    with chain.hq.engine.connect() as connection:
        body = told(connection, number).encode()
        for secret in ("张", "1380013", "ann@", "1990", "88880001"):
            assert secret.encode() not in body
        for typed in (number, "+86 138 0013 8000", "88880001"):
            (found,) = members.search(connection, chain.hq.member_key, typed)
            assert found.member == number
            assert members.opened(chain.hq.member_key, found) == ANN
        assert members.search(connection, chain.hq.member_key, "13800138001") == []
        assert members.search(connection, new_key(), "13800138000") == []


def test_a_change_is_told_and_a_repetition_keeps_the_seal(chain: Chain) -> None:
    number = saved(chain)
    with chain.hq.engine.connect() as connection:
        first = told(connection, number)
    saved(chain, number=number)
    with chain.hq.engine.connect() as connection:
        assert told(connection, number) == first
    saved(chain, replace(ANN, phone="13911112222"), number, "silver")
    with chain.hq.engine.connect() as connection:
        assert members.search(connection, chain.hq.member_key, "13800138000") == []
        (found,) = members.search(connection, chain.hq.member_key, "139 1111 2222")
        assert found.tier == "silver"
        acts = [one.act for one in notes_on(connection, "member.", number)]
    assert acts == ["member.register", "member.change", "member.change"]


@pytest.mark.parametrize(
    ("personal", "said"),
    [
        (Personal(""), "has a name"),
        (replace(ANN, birthday="1990-02-30"), "no birthday"),
        (replace(ANN, birthday="19900302"), "no birthday"),
        (replace(ANN, email="x" * 201), "too long"),
    ],
)
def test_what_a_member_cannot_be_is_refused(chain: Chain, personal: Personal, said: str) -> None:
    with pytest.raises(MemberError, match=said):
        saved(chain, personal)


def test_merged_members_are_one_family_and_nobody_is_merged_twice(chain: Chain) -> None:
    one, two, three = saved(chain), saved(chain), saved(chain)
    with chain.hq.engine.begin() as connection:
        members.merge(connection, three, two, ADMIN, "the same", NOON)
        members.merge(connection, two, one, ADMIN, "the same", NOON)
        assert members.family(connection, one) == [one, *sorted((two, three))]
        assert {told(connection, gone).merged for gone in (two, three)} == {one}
        assert [found.member for found in members.listed(connection, 9)] == [one]
        for gone, into, reason, said in (
            (three, one, "again", "was merged into"),
            (one, two, "back", "was merged into"),
            (one, one, "itself", "into itself"),
            (one, "M0", "nobody", "no member M0"),
            (one, two, " ", "Say why"),
        ):
            with pytest.raises(MemberError, match=said):
                members.merge(connection, gone, into, ADMIN, reason, NOON)
    with pytest.raises(MemberError, match="was merged into"):
        saved(chain, number=two)


def made_at_a_till(chain: Chain, number: str, phone_key: str) -> MemberRegistered:
    sealed = seal(
        chain.hq.member_key, number, {"name": "张三", "phone": "13800138000", "email": ""}
    )
    return MemberRegistered(
        number, "N001", "N001.01", date(2026, 3, 2), "C1", NOON, sealed, phone_key, ""
    )


def test_whom_a_till_made_is_merged_where_it_is_certain_and_else_waits_for_a_person(
    chain: Chain,
) -> None:
    number = saved(chain)
    with chain.hq.engine.begin() as connection:
        phone = members.find(connection, number).phone_key
        known = made_at_a_till(chain, "N001.01-aa", phone)
        fresh = made_at_a_till(chain, "N001.01-bb", "0f")
        members.take(connection, [known, fresh])
        members.take(connection, [known, fresh])
        assert members.family(connection, number) == [number, "N001.01-aa"]
        (waiting,) = members.listed(connection, 9, provisional=True)
        assert waiting.member == "N001.01-bb"
        assert members.opened(chain.hq.member_key, waiting).name == "张三"
    saved(chain, Personal("张三", "13700000000"), "N001.01-bb")
    with chain.hq.engine.begin() as connection:
        assert members.listed(connection, 9, provisional=True) == []
        twice = saved_twice(chain)
        doubted = made_at_a_till(chain, "N001.01-cc", members.find(connection, twice).phone_key)
        members.take(connection, [doubted])
        assert members.find(connection, "N001.01-cc").merged == ""
        assert len(members.alike(connection, members.find(connection, twice))) == 2


def saved_twice(chain: Chain) -> str:
    """Two members with one phone."""
    other = replace(ANN, phone="13600000000", card="")
    saved(chain, other)
    return saved(chain, other)


def test_a_lane_gives_no_numbers_but_its_own(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection, pytest.raises(FactError, match="may not give"):
        members.take(connection, [made_at_a_till(chain, "M1", "")])


def test_a_file_may_have_birthdays_and_cards_and_what_it_has_not_stays(chain: Chain) -> None:
    chain.load(
        "members",
        "member,name,tier,phone,email,card,birthday\nM1,Ann,gold,13800138000,,8888,1990-03-02\n",
    )
    chain.load("members", "member,name,tier,phone,email\nM1,Ann Lee,gold,13800138000,\n")
    with chain.hq.engine.connect() as connection:
        (found,) = members.search(connection, chain.hq.member_key, "8888")
    assert members.opened(chain.hq.member_key, found) == Personal(
        "Ann Lee", "13800138000", "", "1990-03-02", "8888"
    )


def test_rules_of_points_are_imported(chain: Chain) -> None:
    chain.load("points_rules", "category,amount,points\n*,1.00,1\n01,1,3\n")
    chain.load("points_rules", "category,amount,points,unpaid\n01,1,2,\n")
    with chain.hq.engine.connect() as connection:
        query = select(feed_record.c.body).where(feed_record.c.kind == "points_rule")
        bodies = sorted(bytes(one) for one in connection.execute(query).scalars())
    assert bodies == [
        b'{"amount":100,"category":"*","points":1,"unpaid":"coupon points"}',
        b'{"amount":100,"category":"01","points":2,"unpaid":""}',
    ]
