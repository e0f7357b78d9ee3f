"""Grants: handed to lanes in advance, none by default; what the chain risks; what tickets made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from hq.audit import notes_on
from hq.redemption import grants, policies, terms
from hq.redemption.policies import Policy
from hq.refusal import RefusalError
from ops.embedded_postgres import EmbeddedPostgres
from replication.decision import Claim
from schemas.domain.redemption import Grant, PointsRate, RedeemedKind
from schemas.domain.ticket import CouponUsed
from schemas.tables.base import open_postgres
from schemas.tables.kinds import DatabaseKind
from schemas.tables.tickets import ticket
from schemas.wire.redemption import Ended, GrantsWanted, body_of, read_grants
from tests.hq.conftest import NOON
from tests.hq.day_builder import MONDAY, BranchDay, describe, lanes_of, line
from tests.hq.redeeming import LANE, arrive, empty, in_points, redeemed, stored
from tests.postgres import fresh_database

OTHER = "N002.01"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def headquarters(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[Engine]:
    """One database for all tests of this module."""
    with fresh_database(hq_database_server, postgres_template("hq")) as dsn:
        opened = open_postgres(dsn)
        yield opened
        opened.dispose()


@pytest.fixture
def engine(headquarters: Engine) -> Engine:
    empty(headquarters)
    with headquarters.begin() as connection:
        describe(connection, "N001", "N002", "N003")
    return headquarters


def offer(
    engine: Engine, kind: RedeemedKind, amount: int, cap: int, branch: str = "", days: int = 5
) -> None:
    with engine.begin() as connection:
        one = Policy(branch, kind, amount, cap, days)
        policies.set_policy(connection, one, "ADMIN", NOON)


def ask(
    engine: Engine, *ended: Ended, lane: str = LANE, epoch: str = "E1", at: datetime = NOON
) -> list[Grant]:
    body = body_of(GrantsWanted(epoch, ended))
    with engine.begin() as connection:
        decided = grants.decide(connection, Claim(str(uuid4()), lane, body, at))
    return list(read_grants(decided.body).grants)


def risk(engine: Engine, at: datetime = NOON) -> list[tuple[str, str, int, int]]:
    with engine.connect() as connection:
        found = grants.risked(connection, at)
        assert sum(grants.at_risk(found).values()) == sum(one.risk for one in found)
    return [(one.grant.lane, one.state, one.used, one.risk) for one in found]


def test_there_are_none_until_somebody_offers_them_and_then_as_offered(engine: Engine) -> None:
    assert ask(engine) == []
    assert risk(engine) == []
    offer(engine, "stored_value", 10_000, 3000)
    offer(engine, "points", 500, 500)
    offer(engine, "stored_value", 0, 0, "N002")
    offer(engine, "coupon", 20, 1, "N002")
    (made,) = ask(engine)
    assert made == Grant(made.number, "stored_value", LANE, "E1", 10_000, 3000, NOON + 5 * DAY)
    assert ask(engine) == [made], "asked again, the same"
    assert [one.kind for one in ask(engine, lane=OTHER)] == ["coupon"]
    with engine.begin() as connection:
        terms.set_terms(connection, 100, 100, 10, "ADMIN", NOON)
    of_points, kept = ask(engine)
    assert (kept, of_points.kind, of_points.rate) == (made, "points", PointsRate(100, 100))
    with engine.begin() as connection:
        policies.remove(connection, "", "stored_value", "ADMIN", NOON)
        noted = notes_on(connection, "redemption.policy", "chain")
    assert noted[-1].reason == "stored_value: removed"
    assert ask(engine) == [of_points, made], "what was handed out stands until its end"
    assert risk(engine) == [
        (LANE, "open", 0, 500), (LANE, "open", 0, 10_000), (OTHER, "open", 0, 20),
    ]  # fmt: skip
    assert [one.kind for one in ask(engine, at=NOON + 5 * DAY)] == ["points"]
    assert [one[3] for one in risk(engine, NOON + 5 * DAY)] == [500]


def test_one_that_is_ended_makes_room_and_what_it_used_is_on_its_way(engine: Engine) -> None:
    offer(engine, "stored_value", 1000, 1000)
    (first,) = ask(engine)
    done = Ended(first.number, 900)
    (second,) = ask(engine, done)
    assert second.number != first.number
    assert ask(engine, done, Ended("G?", 5)) == [second]
    assert sorted(risk(engine)) == [(LANE, "ended", 0, 900), (LANE, "open", 0, 1000)]
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    arrive(
        engine, redeemed(day, stored(900, first.number)), redeemed(day, stored(400, second.number))
    )
    assert risk(engine) == [(LANE, "open", 400, 600)]
    assert ask(engine, Ended(second.number, 1), lane=OTHER)[0].lane == OTHER
    assert ask(engine) == [second], "another lane ends nothing here"


def test_a_lane_that_was_put_back_has_none_of_its_old_ones_and_they_stay_at_risk(
    engine: Engine,
) -> None:
    offer(engine, "stored_value", 1000, 1000)
    (old,) = ask(engine)
    (new,) = ask(engine, Ended(old.number, 0), epoch="E2")
    assert (new.epoch, new.number != old.number) == ("E2", True)
    assert sorted(risk(engine)) == [(LANE, "left_behind", 0, 1000), (LANE, "open", 0, 1000)]
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    arrive(engine, redeemed(day, stored(300, old.number)))
    assert sorted(risk(engine)) == [(LANE, "left_behind", 300, 700), (LANE, "open", 0, 1000)]
    assert risk(engine, old.until) == []


def test_what_does_not_ask_as_a_lane_is_refused(engine: Engine) -> None:
    offer(engine, "stored_value", 1000, 1000)
    (made,) = ask(engine)
    for ended, lane, epoch in (
        ((), "N001", "E1"), ((), LANE, ""), ((Ended(made.number, -1),), LANE, "E1"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="N001"):
            ask(engine, *ended, lane=lane, epoch=epoch)


def test_a_policy_is_sensible_or_refused(engine: Engine) -> None:
    for one, words in (
        (Policy("N9", "points", 1, 1, 1), "no branch N9"),
        (Policy("", "points", -1, 1, 1), "nought or more"),
        (Policy("", "points", 10, 11, 1), "no more than the grant"),
        (Policy("", "points", 10, 0, 1), "no more than the grant"),
        (Policy("", "points", 10, 10, 0), "1 to 366 days"),
    ):
        with engine.begin() as connection, pytest.raises(RefusalError, match=words):
            policies.set_policy(connection, one, "ADMIN", NOON)


def test_what_tickets_made_of_grants_that_was_not_theirs_is_flagged(engine: Engine) -> None:
    offer(engine, "stored_value", 1000, 600)
    offer(engine, "coupon", 5, 1, "N003")
    of_coupons, _ = ask(engine, lane="N003.01")
    (mine,), (theirs,) = ask(engine), ask(engine, lane=OTHER)
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    a = redeemed(day, stored(600, mine.number))
    b = redeemed(day, stored(300, mine.number), member="9002")
    c = redeemed(day, stored(200, mine.number), member="9003")
    d = redeemed(day, stored(10, theirs.number), in_points(10, 10, "G?"), member="9004")
    e = redeemed(day, stored(1), member="9005")
    shop = BranchDay("N003", MONDAY, lanes_of("N003"))
    coupons = tuple(CouponUsed(f"SPRING-{n}", "SPRING", of_coupons.number) for n in (1, 2))
    f = replace(shop.sell(0, line("1", 100)), coupons=coupons)
    for one in (d, c, e, b, f, a):
        arrive(engine, one)
    with engine.connect() as connection:
        flags = {one.uuid: one.flags for one in connection.execute(select(ticket))}
    assert (flags[a.uuid], flags[b.uuid], flags[e.uuid]) == ([], [], [])
    assert flags[c.uuid] == [f"grant {mine.number} was for 1000, 1100 were redeemed"]
    assert f"grant {of_coupons.number} was for 1 a member, 2 were redeemed" in flags[f.uuid]
    assert set(flags[d.uuid]) == {
        "grant G? was handed to nobody", f"grant {theirs.number} was handed to {OTHER}",
    }  # fmt: skip
    assert sorted(risk(engine)) == [
        (LANE, "open", 1100, 0), (OTHER, "open", 10, 990), ("N003.01", "open", 0, 1000), ("N003.01", "open", 2, 3),
    ]  # fmt: skip
