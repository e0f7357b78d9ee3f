"""A run over a small chain: what is proposed, on which arithmetic; run twice; corrected by what came late."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from hq import closing
from hq.goods import document as goods
from hq.replenishment import crew, left_out
from hq.replenishment.forgetting import forget
from hq.replenishment.proposal import Search, newest
from hq.replenishment.run import RunningError, _alone, is_running, nightly
from hq.reports.branches import known_branches
from hq.reports.stock import StockQuery
from hq.reports.stock import stock as stock_report
from schemas.tables.replenishment import replenishment_line, replenishment_proposal
from tests.hq.conftest import BUYER, NOON, Chain
from tests.hq.day_builder import state
from tests.hq.replenishment.scene import TODAY, held, lines_of, run, set_up, sold, stock


def left(chain: Chain) -> dict[tuple[str, str], tuple[str, ...]]:
    codes = dict.fromkeys(("N001", "N002", "N003"))
    with chain.hq.engine.connect() as connection:
        return {(one.branch, one.reason): one.named for one in left_out.read(connection, codes)}


def test_a_chain_is_proposed_what_it_needs_once(chain: Chain) -> None:
    set_up(chain)
    outcome = run(chain)
    direct, sent = held(chain, "N002", "S1"), held(chain, "N002", "N001")
    assert (direct.kind, sent.kind, held(chain, "N003", "N001").kind) == ("order", "send", "send")
    line = lines_of(chain, direct)["1002"]
    terms = line.terms
    available = terms["on_hand"] + terms["in_transit"] + terms["on_order"] - terms["committed"]
    assert (terms["on_hand"], available) == (7000, 7000)
    assert terms["needed"] == terms["target"] - available > 0
    assert line.proposed == -(-terms["needed"] // 10_000) * 10_000, "whole trays, rounded up"
    assert 2500 <= terms["daily"] <= 3500
    assert line.value == line.proposed // 10_000 * 2000
    assert lines_of(chain, sent)["1001"].proposed % 24_000 == 0
    assert left(chain)["N002", "no_source"] == ("1003",)
    with chain.hq.engine.connect() as connection:
        before = [dict(one) for one in connection.execute(select(replenishment_line)).mappings()]
    assert run(chain, NOON + timedelta(minutes=5)).open == outcome.open
    with chain.hq.engine.connect() as connection:
        assert [
            dict(one) for one in connection.execute(select(replenishment_line)).mappings()
        ] == before
        revisions = connection.execute(select(replenishment_proposal.c.revision)).scalars()
        assert set(revisions) == {1}


def test_the_position_is_that_of_the_stock_report(chain: Chain) -> None:
    set_up(chain)
    chain.load(
        "orders", "branch,supplier,expected,item,unit,quantity\nN002,S1,2026-03-04,1002,tray,1\n"
    )
    chain.load("replenishment_terms", "item,branch,presentation\n1002,N002,60\n")
    with chain.hq.engine.begin() as connection:
        (drafted,) = goods.newest(connection, goods.Search())
        goods.send(connection, drafted.document, BUYER, NOON)
    run(chain)
    with chain.hq.engine.connect() as connection:
        known = tuple(one for one in known_branches(connection) if one.branch == "N002")
        page = stock_report(connection, StockQuery(known))
    reported = {one.item: (one.quantity, one.in_transit, one.on_order) for one in page.rows}
    found = lines_of(chain, held(chain, "N002", "S1")) | lines_of(
        chain, held(chain, "N002", "N001")
    )
    assert found
    for item, line in found.items():
        terms = line.terms
        assert (terms["on_hand"], terms["in_transit"], terms["on_order"]) == reported[item]
    assert found["1002"].terms["on_order"] == 10_000


def test_a_re_closed_day_corrects_the_next_proposal_and_says_so(chain: Chain) -> None:
    days = set_up(chain)
    run(chain)
    first = lines_of(chain, held(chain, "N002", "S1"))["1002"]
    late = days[TODAY - timedelta(days=2)]
    late.reopen("a till was forgotten")
    sold(late, {"1002": 25})
    late.count(correction=True, reason="counted again")
    late.close()
    state(chain.hq.engine, late)
    run(chain, NOON + timedelta(hours=1))
    proposal = held(chain, "N002", "S1")
    line = lines_of(chain, proposal)["1002"]
    assert proposal.revision == 2
    (day,) = proposal.since
    assert day[0] == "2026-02-28"
    assert (day[3], day[4]) == (1, 2), "the first close, and the second"
    assert day[6] - day[5] == 25_000
    assert list(line.since) == [["2026-02-28", 3000, 28_000]]
    assert line.before == first.proposed < line.proposed
    assert run(chain, NOON + timedelta(hours=2)).open
    assert held(chain, "N002", "S1").revision == 2


def test_days_that_are_missing_are_named_and_tell_nothing(chain: Chain) -> None:
    days = set_up(chain)
    last = days[TODAY - timedelta(days=1)]
    last.reopen("to be corrected")
    state(chain.hq.engine, last)
    run(chain)
    proposal = held(chain, "N002", "S1")
    assert [list(one) for one in proposal.gaps] == [["reopened", "2026-03-01", 1]]
    tomorrow = NOON + timedelta(days=1)
    run(chain, tomorrow)
    problems = {tuple(one[:2]) for one in held(chain, "N002", "S1").gaps}
    assert ("missing", "2026-03-02") in problems
    assert lines_of(chain, held(chain, "N002", "S1"))["1002"].terms["days_unknown"] > 0


def test_a_centre_that_is_short_is_shared_out_and_orders(chain: Chain) -> None:
    set_up(chain)
    stock(chain, "N001", {"1001": -456}, TODAY)
    run(chain)
    parts = [lines_of(chain, held(chain, code, "N001"))["1001"] for code in ("N002", "N003")]
    assert [one.proposed for one in parts] == [24_000, 0], "one box is there, the first gets it"
    assert all(one.terms["shared"] < 0 for one in parts[1:])
    order = lines_of(chain, held(chain, "N001", "S1"))["1001"]
    asked = sum(one.terms["quantity"] for one in parts)
    assert order.terms["committed"] == asked
    assert order.proposed >= asked - 24_000


def test_two_processes_propose_what_one_does(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of many branches is worked through by a crew; the night forgets what nobody compares with."""
    set_up(chain)
    run(chain)
    query = select(replenishment_line).order_by(
        replenishment_line.c.proposal, replenishment_line.c.item
    )
    with chain.hq.engine.connect() as connection:
        before = connection.execute(query).all()
    monkeypatch.setattr(crew, "FEW", 1)
    run(chain, NOON + timedelta(minutes=1))
    with chain.hq.engine.begin() as connection:
        assert connection.execute(query).all() == before
        connection.execute(update(replenishment_proposal).values(state="dropped"))
    assert forget(chain.hq.engine, NOON) == 0
    assert forget(chain.hq.engine, NOON + timedelta(days=61)) == 3
    assert forget(chain.hq.engine, NOON + timedelta(days=61)) == 0
    with chain.hq.engine.connect() as connection:
        assert {tuple(one.history) for one in connection.execute(query)} == {()}


def test_two_runs_at_a_time_are_refused(chain: Chain) -> None:
    with _alone(chain.hq.engine):
        assert is_running(chain.hq.engine)
        with pytest.raises(RunningError, match="running already"):
            run(chain)
        assert nightly(chain.hq.engine, NOON) == 0
    assert not is_running(chain.hq.engine)


def test_what_cannot_be_proposed_is_named(chain: Chain) -> None:
    set_up(chain)
    chain.load(
        "item_sources",
        "item,supplier,unit,branch,main\n1003,S2,box,N002,\n1002,S3,piece,N003,yes\n",
    )
    chain.load("replenishment_terms", "item,branch,presentation\n1002,N003,5\n")
    run(chain)
    found = left(chain)
    assert found["N002", "no_lead_time"] == ("S2",)
    assert found["N003", "supplier_closed"] == ("S3",)
    chain.load("supplier_terms", "supplier,lead_days,weekdays\nS1,2,2\n")
    with chain.hq.engine.begin() as connection:
        closing.close(connection, "N003", "ADMIN", "moved", NOON, ledger=chain.hq.ledger)
    run(chain, NOON + timedelta(minutes=1))
    found = left(chain)
    assert found["N002", "not_today"] == (f"S1 {date(2026, 3, 3)}",)
    assert found["N003", "closed_branch"] == ("N003",)
    with chain.hq.engine.connect() as connection:
        assert newest(connection, Search(branch="N003", state="open")) == []


def test_the_least_order_is_reached_over_all_lines_or_told(chain: Chain) -> None:
    set_up(chain)
    chain.load("supplier_terms", "supplier,lead_days,least_amount\nS1,2,160.00\n")
    run(chain)
    proposal = held(chain, "N002", "S1")
    assert proposal.value >= 16_000
    assert lines_of(chain, proposal)["1002"].terms["raised"] > 0
    chain.load("replenishment_terms", "item,branch,maximum\n1002,N002,60\n")
    run(chain, NOON + timedelta(minutes=1))
    proposal = held(chain, "N002", "S1")
    assert proposal.below_least == {"amount": 16_000 - proposal.value}
    assert proposal.value < 16_000
