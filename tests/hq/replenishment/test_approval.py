"""A proposal is changed, approved by a second person or by rule, and followed until the goods are there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hq.audit import notes_on
from hq.goods import document as goods
from hq.goods import lines as goods_lines
from hq.goods.progress import progress
from hq.replenishment import approval
from hq.replenishment.proposal import ProposalError, Search, find, newest
from tests.hq.conftest import APPROVER, BUYER, NOON, Chain
from tests.hq.goods.goods_scene import line, posted, say
from tests.hq.replenishment.scene import held, lines_of, run, set_up

LATER = NOON + timedelta(hours=1)


def test_a_changed_line_keeps_what_was_proposed_and_needs_a_second_person(chain: Chain) -> None:
    set_up(chain)
    chain.load("supplier_quotes", "supplier,item,unit,price,starts,ends\n"
               "S1,1002,tray,18.50,2026-03-01,2026-03-31\nS2,1002,tray,17.00,2026-03-01,2026-03-31\n")  # fmt: skip
    run(chain)
    proposal = held(chain, "N002", "S1")
    number, proposed = proposal.proposal, lines_of(chain, proposal)["1002"]
    assert (proposed.price, proposed.price_from) == (1850, "quote")
    assert proposed.terms["lower_quote"]["supplier"] == "S2"
    with chain.hq.engine.begin() as connection:
        for quantity, reason, said in ((2500, "x", "ordered whole"), (1000, " ", "Say why")):
            with pytest.raises(ProposalError, match=said):
                approval.change(connection, number, "1002", quantity, BUYER, reason, LATER)
        with pytest.raises(ProposalError, match="no line of item 9"):
            approval.change(connection, number, "9", 1000, BUYER, "why", LATER)
        approval.change(connection, number, "1002", 7000, BUYER, "a feast", LATER)
    run(chain, LATER)
    with chain.hq.engine.begin() as connection:
        changed = lines_of(chain, proposal)["1002"]
        assert (changed.proposed, changed.changed) == (proposed.proposed, 70_000)
        assert (changed.changed_by, changed.reason) == ("BUY", "a feast")
        seen = find(connection, number)
        assert seen.value == 7 * 1850
        with pytest.raises(ProposalError, match="revised meanwhile"):
            approval.approve(connection, number, 1, proposal.value, APPROVER, LATER)
        with pytest.raises(ProposalError, match="somebody else approves"):
            approval.approve(connection, number, seen.revision, seen.value, BUYER, LATER)
        document = approval.approve(connection, number, seen.revision, seen.value, APPROVER, LATER)
        (told,) = goods_lines.read(connection, document)
        assert (told.unit, told.quantity, told.value) == ("tray", 7000, 7 * 1850)
        sent = goods.find(connection, document)
        assert (sent.kind, sent.branch, sent.partner, sent.note) == (
            "order",
            "N002",
            "S1",
            seen.code,
        )
        acts = [one.act for one in notes_on(connection, "replenishment.", seen.code)]
        assert acts == ["replenishment.change", "replenishment.approve"]
    run(chain, LATER + timedelta(minutes=1))
    with chain.hq.engine.begin() as connection:
        assert find(connection, number).state == "approved"
        receipt = posted("receipt", "N002", "N002-R-000001",
                         (line(1, "1002", 7000, 12_950, unit="tray", factor=10_000),),
                         partner="S1", refers_to=document)  # fmt: skip
        say(connection, receipt)
        assert progress(connection, [document])[document].stage == "received"


def test_what_is_ordered_is_not_proposed_again(chain: Chain) -> None:
    set_up(chain)
    run(chain)
    first = held(chain, "N002", "N001")
    with chain.hq.engine.begin() as connection:
        approval.approve(connection, first.proposal, 1, first.value, APPROVER, LATER)
    run(chain, LATER)
    with pytest.raises(ValueError, match="not enough values"):
        held(chain, "N002", "N001")


@pytest.mark.parametrize("rule", ["500.00,,no", ",20,no"])
def test_a_rule_approves_what_is_small_or_usual_and_never_what_lacks_days(
    chain: Chain, rule: str
) -> None:
    days = set_up(chain)
    last = max(days)
    if rule.startswith(","):
        run(chain)
        first = held(chain, "N002", "S1")
        with chain.hq.engine.begin() as connection:
            document = approval.approve(connection, first.proposal, 1, first.value, APPROVER, NOON)
            goods.withdraw(connection, document, BUYER, "the supplier has none", NOON)
    chain.load("replenishment_rules", f"up_to,within_percent,may_exceed\n{rule}\n")
    days[last].reopen("to be corrected")
    with chain.hq.engine.begin() as connection:
        say(connection, days[last].facts[-1])
    run(chain, LATER)
    assert held(chain, "N002", "S1").by_rule == "", "a day is missing, so a person decides"
    days[last].close()
    with chain.hq.engine.begin() as connection:
        say(connection, days[last].facts[-1])
    assert run(chain, LATER + timedelta(minutes=1)).approved
    approved = Search(state="approved", branch="N002", partner="S1")
    with chain.hq.engine.connect() as connection:
        found = newest(connection, approved)[0]
    assert (found.decided_by, found.by_rule) == (
        "hq", "usual" if rule.startswith(",") else "up_to"
    )  # fmt: skip


def test_a_dropped_one_is_proposed_anew(chain: Chain) -> None:
    set_up(chain)
    run(chain, operator="APP")
    proposal = held(chain, "N002", "S1")
    with chain.hq.engine.begin() as connection:
        with pytest.raises(ProposalError, match="somebody else approves"):
            approval.approve(connection, proposal.proposal, 1, proposal.value, APPROVER, LATER)
        with pytest.raises(ProposalError, match="Say why"):
            approval.drop(connection, proposal.proposal, BUYER, "", LATER)
        approval.drop(connection, proposal.proposal, BUYER, "not this week", LATER)
        with pytest.raises(ProposalError, match="is dropped"):
            approval.drop(connection, proposal.proposal, BUYER, "again", LATER)
    run(chain, LATER)
    assert held(chain, "N002", "S1").proposal != proposal.proposal
