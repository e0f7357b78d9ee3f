"""The pages of tiers, as a browser without scripts uses them."""

from __future__ import annotations

from tests.hq.conftest import Chain
from tests.hq.test_tiers import MEMBERS
from tests.hq.test_web_members import sell
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture

SILVER = {
    "tier": "silver", "name": "银卡", "rank": "1", "spend": "10.00", "months": "12",
    "keep_months": "3",
}  # fmt: skip


def test_tiers_are_made_given_held_and_removed(chain: Chain, open_as: Open) -> None:
    chain.load("members", MEMBERS)
    sell(chain, "M1")
    admin, regional = open_as("ADMIN", "secret1"), open_as("REG", "900003")
    assert "No tiers yet" in admin.get("/members/tiers").text
    assert 'id="tier" name="tier" type="text"' in admin.get("/members/new").text
    for wrong, said in (({"rank": "x"}, "no number"), ({"months": "0"}, "months are 1 to 120"),
                        ({"name": " "}, "a code and a name")):  # fmt: skip
        answer = admin.post("/members/tiers/save", files=None, **SILVER | wrong)
        assert answer.status_code == 422
        assert said in answer.text
        assert 'value="银卡"' in answer.text or "name" in wrong
    assert "Tier silver is saved" in admin.post("/members/tiers/save", files=None, **SILVER).text
    again = admin.post("/members/tiers/save", files=None, **SILVER)
    assert "There is a tier silver already" in again.text
    changed = admin.post("/members/tiers/save", files=None, **SILVER, known="yes")
    assert "Tier silver is saved" in changed.text
    gone = SILVER | {"tier": "gone", "known": "yes"}
    answer = admin.post("/members/tiers/save", files=None, **gone)
    assert "There is no tier gone" in answer.text
    filled = admin.get("/members/tiers?tier=silver").text
    for value in SILVER.values():
        assert f'value="{value}"' in filled
    staff = SILVER | {"tier": "staff", "rank": "9", "spend": ""}
    assert "by a person" in admin.post("/members/tiers/save", files=None, **staff).text
    assert (
        "There are silver 银卡, staff 银卡." in admin.get("/promotions/new?kind=percent_off").text
    )
    seen = regional.get("/members/tiers").text
    assert "not in the table" in seen
    assert "Evaluate now" not in seen
    assert regional.post("/members/tiers/evaluate").status_code == 403

    assert "4 members looked at: 1 raised, 0 lowered." in admin.post("/members/tiers/evaluate").text
    page = admin.get("/members/one?member=M1").text
    for shown in (
        "silver 银卡",
        "kept until 2 Jun 2026",
        "12.00",
        "– → silver: 12.00 ≥ 10.00 / 12 m",
    ):
        assert shown in page
    assert 'id="held-tier"' not in regional.get("/members/one?member=M1").text
    assert "M1" in regional.get("/members?tier=silver").text
    assert "M1" not in regional.get("/members?tier=staff").text
    answer = admin.post("/members/one/hold-tier", member="M1", tier="staff", reason=" ")
    assert "Say why" in answer.text
    held = admin.post("/members/one/hold-tier", member="M1", tier="staff", reason="hired").text
    assert "ADMIN holds it since 2 Mar 2026: hired" in held
    freed = admin.post("/members/one/release-tier", member="M1").text
    assert "Spend decides the tier of M1 again" in freed
    assert "2 members have it" in admin.post("/members/tiers/remove", tier="staff").text
    assert "Tier silver is removed" in admin.post("/members/tiers/remove", tier="silver").text
