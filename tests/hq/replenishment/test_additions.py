"""What people put into proposals, runs for some alone, and the answer to why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hq.replenishment import additions, approval
from hq.replenishment.additions import Act
from hq.replenishment.chain import read_chain
from hq.replenishment.proposal import ProposalError, holding
from hq.replenishment.run import Chosen, replenish
from hq.replenishment.weighing import Explained, Question
from hq.replenishment.why import QuestionError, why
from replication.console.users import User
from schemas.tables.staff import audit
from tests.hq.conftest import NOON, Chain
from tests.hq.replenishment.scene import TODAY, held, lines_of, run, set_up, stock

BUYER = User("900001", "Buyer", "buyer")
ACT = Act(BUYER, "a feast", NOON)
QUOTES = (
    "supplier,item,unit,price,starts,ends\n"
    "S2,1002,piece,1.70,2026-03-01,2026-03-31\nS3,1002,piece,1.00,2026-03-01,2026-03-31\n"
)


def _why(chain: Chain, item: str, branch: str = "N002") -> Explained:
    with chain.hq.engine.connect() as connection:
        return why(
            connection, read_chain(connection, TODAY), branch, Question(item), NOON
        )  # fmt: skip


def _add(chain: Chain, item: str, quantity: int, act: Act = ACT) -> None:
    proposal = held(chain, "N002", "S1")
    with chain.hq.engine.begin() as connection:
        additions.add(connection, proposal.proposal, item, quantity, act)


def _move(chain: Chain, quoted: tuple[str, str], act: Act = ACT) -> str:
    proposal = held(chain, "N002", "S1")
    with chain.hq.engine.begin() as connection:
        return additions.move(connection, proposal.proposal, "1002", quoted, act)


def test_an_item_that_was_not_proposed_is_put_in_and_stays(chain: Chain) -> None:
    set_up(chain)
    run(chain)
    before = held(chain, "N002", "S1")
    for item, quantity, act, said in (
        ("1002", 1000, ACT, "already"),
        ("9999", 1000, ACT, "no item"),
        ("1003", 1500, ACT, "whole"),
        ("1003", 0, ACT, "at least"),
        ("1003", 1000, Act(BUYER, " ", NOON), "Say why"),
    ):
        with pytest.raises(ProposalError, match=said):
            _add(chain, item, quantity, act)
    _add(chain, "1003", 5000)
    line = lines_of(chain, before)["1003"]
    assert (line.proposed, line.changed, line.changed_by, line.reason) == (
        0,
        5000,
        "900001",
        "a feast",
    )
    # what the arithmetic says of it stands beside, though nobody is named who has it
    assert line.terms["on_hand"] == 79_000
    assert line.terms["needed"] == 0
    after = held(chain, "N002", "S1")
    assert (after.line_count, after.unvalued) == (before.line_count + 1, before.unvalued + 1)
    run(chain, NOON + timedelta(minutes=5))
    assert lines_of(chain, before)["1003"].quantity == 5000
    with chain.hq.engine.connect() as connection:
        told = connection.execute(
            select(audit.c.reason).where(audit.c.act == "replenishment.add")
        ).scalar_one()
        assert told == "1003: 5000 a feast"
        assert [one.proposal for one in holding(connection, "N002", "1003")] == [before.proposal]


def test_a_line_moves_to_whoever_quotes_less(chain: Chain) -> None:
    set_up(chain)
    chain.load("supplier_quotes", QUOTES)
    run(chain)
    here = held(chain, "N002", "S1")
    asked = lines_of(chain, here)["1002"].quantity
    with pytest.raises(ProposalError, match="no lead time"):
        _move(chain, ("S2", "piece"))
    with pytest.raises(ProposalError, match="Nothing more is bought"):
        _move(chain, ("S3", "piece"))
    with pytest.raises(ProposalError, match="No quote"):
        _move(chain, ("S2", "tray"))
    chain.load("supplier_terms", "supplier,lead_days,least_amount\nS2,4,500.00\n")
    code = _move(chain, ("S2", "piece"))
    there = held(chain, "N002", "S2")
    assert there.code == code
    moved = lines_of(chain, there)["1002"]
    assert (moved.quantity, moved.unit, moved.price, moved.price_from) == (
        asked,
        "piece",
        170,
        "quote",
    )
    assert there.expected == TODAY + timedelta(days=4)
    assert there.value == asked * 170 // 1000
    assert there.below_least == {"amount": 50_000 - there.value}
    left = lines_of(chain, here)["1002"]
    assert (left.quantity, left.proposed) == (0, asked)
    assert code in left.reason
    with pytest.raises(ProposalError, match="orders nothing"):
        _move(chain, ("S2", "piece"))
    # a run leaves both as the buyer wanted them, and the buyer approves neither
    run(chain, NOON + timedelta(minutes=5))
    assert lines_of(chain, held(chain, "N002", "S2"))["1002"].quantity == asked
    assert lines_of(chain, here)["1002"].quantity == 0
    seen = held(chain, "N002", "S2")
    with (
        pytest.raises(ProposalError, match="somebody else approves"),
        chain.hq.engine.begin() as connection,
    ):
        approval.approve(connection, seen.proposal, seen.revision, seen.value, BUYER, NOON)


def test_why_an_item_is_proposed_or_not(chain: Chain) -> None:
    set_up(chain)
    run(chain)
    proposed = lines_of(chain, held(chain, "N002", "S1"))["1002"]
    found = _why(chain, "1002")
    assert found.line is not None
    assert (found.partner, found.line.quantity, dict(found.line.terms)) == (
        "S1",
        proposed.proposed,
        proposed.terms,
    )
    assert list(_why(chain, "1003").left.subjects) == ["no_source"]
    assert _why(chain, "1003").line is None
    stock(chain, "N002", {"1002": 500}, TODAY)
    plenty = _why(chain, "1002")
    assert plenty.line is not None
    assert (plenty.line.quantity, plenty.line.terms["needed"]) == (0, 0)
    assert not plenty.left.subjects
    chain.load("supplier_terms", "supplier,lead_days,weekdays\nS1,2,4\n")
    closed = _why(chain, "1002")
    assert closed.left.subjects == {"not_today": {"S1 2026-03-05": None}}
    assert closed.line is not None
    for branch, item in (("N009", "1002"), ("N002", "9999")):
        with pytest.raises(QuestionError):
            _why(chain, item, branch)


def test_a_run_for_some_leaves_all_others_as_they_are(chain: Chain) -> None:
    set_up(chain)
    stock(chain, "N001", {"1001": -440}, TODAY)
    run(chain)
    others = lines_of(chain, held(chain, "N003", "N001"))["1001"]
    before = lines_of(chain, held(chain, "N002", "N001"))["1001"]
    supplier = held(chain, "N002", "S1")
    stock(chain, "N002", {"1002": 500}, TODAY)
    at = NOON + timedelta(minutes=5)
    # the centre's proposals alone: the supplier's is not needed any more, and stays
    chosen = Chosen(frozenset({"N002"}), frozenset({"N001"}))
    made = replenish(chain.hq.engine, at, "900001", chosen)
    assert made.branches == 1
    assert held(chain, "N002", "S1") == supplier
    # what the centre has is short, and what N003 is to have of it is kept
    assert lines_of(chain, held(chain, "N002", "N001"))["1001"].quantity == before.quantity
    assert lines_of(chain, held(chain, "N003", "N001"))["1001"] == others
    replenish(chain.hq.engine, at, "900001", Chosen(frozenset({"N002"}), frozenset({"S1"})))
    assert held(chain, "N002", "S1", "lapsed").proposal == supplier.proposal
    with chain.hq.engine.connect() as connection:
        told = connection.execute(
            select(audit.c.reason).where(audit.c.act == "replenishment.run").order_by(audit.c.id)
        )
        assert list(told.scalars()) == ["N002 · N001", "N002 · S1"]
