"""The pages of the replenishment, as a browser without scripts uses them."""

from __future__ import annotations

from tests.hq.conftest import Chain
from tests.hq.replenishment.scene import held, run, set_up
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture


def test_a_proposal_is_asked_for_changed_and_approved_by_somebody_else(
    chain: Chain, open_as: Open
) -> None:
    set_up(chain)
    buyer, approver = open_as("BUY", "900001"), open_as("APP", "900002")
    assert "No proposal fits" in buyer.get("/replenishment").text
    assert "proposals are to be decided" in buyer.post("/replenishment/run", files=None).text
    proposal = held(chain, "N002", "S1")
    here = f"/replenishment/{proposal.proposal}"
    listed = buyer.get("/replenishment").text
    for said in (proposal.code, "Items without a source", "1003", "Import a source of each"):
        assert said in listed, said
    assert proposal.code not in buyer.get("/replenishment?state=approved").text
    shown = buyer.get(f"{here}/lines/1002").text
    for said in (
        "Reorder point",
        "Safety stock",
        "service level 95 %",
        "pack of 10",
        "Demand by day",
    ):
        assert said in shown, said
    for fields, said in (
        ({"quantity": "x", "reason": "r"}, "is no quantity"),
        ({"quantity": "1.5", "reason": "r"}, "ordered whole"),
        ({"quantity": "3", "reason": " "}, "Say why"),
    ):
        answer = buyer.post(f"{here}/lines/1002/change", files=None, **fields)
        assert answer.status_code == 422
        assert said in answer.text
    assert buyer.post(f"{here}/approve", files=None, revision="1", value="1").status_code == 403
    changed = buyer.post(f"{here}/lines/1002/change", files=None, quantity="3", reason="a feast")
    assert "a feast" in changed.text
    old = {"revision": "1", "value": str(proposal.value)}
    assert "revised meanwhile" in approver.post(f"{here}/approve", files=None, **old).text
    seen = held(chain, "N002", "S1")
    new = {"revision": str(seen.revision), "value": str(seen.value)}
    approved = approver.post(f"{here}/approve", files=None, **new).text
    assert "is approved: G000001 is sent" in approved
    assert "/goods/G000001" in approved
    assert "R000" in buyer.get("/replenishment?state=").text
    again = buyer.post(f"{here}/drop", files=None, reason="late").text
    assert "is approved" in again


def test_nobody_sees_what_is_not_theirs(chain: Chain, open_as: Open) -> None:
    set_up(chain)
    run(chain)
    regional, buyer = open_as("REG", "900003"), open_as("BUY", "900001")
    proposal = held(chain, "N002", "S1")
    assert proposal.code not in regional.get("/replenishment").text
    assert regional.get(f"/replenishment/{proposal.proposal}").status_code == 404
    assert regional.post("/replenishment/run", files=None).status_code == 403
    for path in (
        "/replenishment/0",
        "/replenishment/x",
        f"/replenishment/{proposal.proposal}/lines/9",
    ):
        assert buyer.get(path).status_code == 404, path
    assert buyer.get(f"/replenishment/{proposal.proposal}?find=tea&only=since").status_code == 200
    for only in ("changed", "shared", "held_back", "lower_quote"):
        assert "No line fits" in buyer.get(f"/replenishment/{proposal.proposal}?only={only}").text
    assert "1002" in buyer.get(f"/replenishment/{proposal.proposal}?find=梨").text


def test_terms_are_set_and_taken_away_by_page(chain: Chain, open_as: Open) -> None:
    set_up(chain)
    buyer = open_as("BUY", "900001")
    assert "S1" in buyer.get("/replenishment/terms").text
    save = "/replenishment/terms/save"
    wrong = buyer.post(save, files=None, kind="supplier_terms", supplier="S9", lead_days="x")
    assert wrong.status_code == 422
    assert "there is no supplier S9" in wrong.text
    said = buyer.post(save, files=None, kind="supplier_terms", supplier="S2", lead_days="5").text
    assert "Saved." in said
    assert 'value="5"' in buyer.get("/replenishment/terms?kind=supplier_terms&key=S2").text
    level = buyer.post(save, files=None, kind="service_levels", category="", level="97.5").text
    assert "97.50" in level
    limits = {"item": "1002", "branch": "N002", "presentation": "6", "adjusting": "yes"}
    assert "6.000" in buyer.post(save, files=None, kind="replenishment_terms", **limits).text
    remove = {"kind": "supplier_terms", "key": "S2"}
    away = "/replenishment/terms/remove"
    assert "Say why" in buyer.post(away, files=None, reason="", **remove).text
    gone = buyer.post(away, files=None, reason="moved", **remove)
    assert "Taken away." in gone.text
    assert "not there" in buyer.post(away, files=None, reason="moved", **remove).text
    assert buyer.get("/replenishment/terms?kind=items").status_code == 404
    for kind in ("item_sources", "supplier_quotes", "supplier_holidays", "served_branches",
                 "replenishment_rules", "service_levels"):  # fmt: skip
        assert buyer.get(f"/replenishment/terms?kind={kind}").status_code == 200, kind
        assert buyer.get(f"/replenishment/terms?kind={kind}&find=S1").status_code == 200, kind


def test_a_buyer_adds_moves_asks_why_and_runs_for_some(chain: Chain, open_as: Open) -> None:
    set_up(chain)
    chain.load(
        "supplier_quotes", "supplier,item,unit,price,starts,ends\nS2,1002,piece,1.70,2026-03-01,2026-03-31\n"
    )  # fmt: skip
    buyer, regional = open_as("BUY", "900001"), open_as("REG", "900003")
    for fields, said in (
        ({"branch": "N009"}, "not in your care"),
        ({"partners": "S9"}, "no supplier or distribution centre S9"),
    ):
        answer = buyer.post("/replenishment/run", files=None, **fields)
        assert answer.status_code == 422
        assert said in answer.text
    done = buyer.post("/replenishment/run", files=None, branch="N002", partners="S1").text
    assert "in 1 branches; 1 proposals are to be decided" in done
    proposal = held(chain, "N002", "S1")
    here = f"/replenishment/{proposal.proposal}"
    why = buyer.get("/replenishment/why?branch=N002&item=1002").text
    for said in ("A run would propose", "Reorder point", proposal.code):
        assert said in why, said
    assert "Items without a source" in buyer.get("/replenishment/why?branch=N002&item=1003").text
    assert "no item 9" in buyer.get("/replenishment/why?branch=N002&item=9").text
    assert "Ask about an item" in buyer.get("/replenishment/why").text
    assert regional.get("/replenishment/why?branch=N002&item=1002").status_code == 404
    assert (
        buyer.post(f"{here}/add", files=None, item="1003", quantity="", add_reason="r").status_code
        == 422
    )
    added = buyer.post(
        f"{here}/add", files=None, item="1003", quantity="5", add_reason="a feast"
    ).text
    assert "Item 1003 is added" in added
    assert "a feast" in added
    assert (
        regional.post(f"{here}/add", files=None, item="1", quantity="5", add_reason="r").status_code
        == 403
    )
    move = {"quote": "S2 piece", "move_reason": "cheaper"}
    refused = buyer.post(f"{here}/lines/1002/move", files=None, **move)
    # a supplier without lead time: a clear answer, and the way out
    assert refused.status_code == 422
    assert "Supplier S2 has no lead time: enter its terms" in refused.text
    chain.load("supplier_terms", "supplier,lead_days\nS2,4\n")
    assert "S2 · piece" in buyer.get(f"{here}/lines/1002").text
    assert "is moved to R0" in buyer.post(f"{here}/lines/1002/move", files=None, **move).text


def test_a_supplier_without_lead_time_is_named_with_the_way_out(
    chain: Chain, open_as: Open
) -> None:
    set_up(chain)
    chain.load("item_sources", "item,supplier,unit,direct,main\n1002,S2,tray,yes,yes\n")
    run(chain)
    buyer = open_as("BUY", "900001")
    for path in ("/replenishment", "/replenishment/why?branch=N002&item=1002"):
        shown = buyer.get(path).text
        assert "Suppliers without a lead time" in shown, path
        assert "Enter the supplier" in shown, path
