"""The policy of branches: the most specific holds whole, who set it is kept, and its page."""

from __future__ import annotations

from datetime import time

import pytest

from hq import policies
from hq.audit import notes_on
from hq.policies import PolicyError
from hq.web.check_words import CHECK_WORDS
from replication.console.users import User
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from schemas.domain.day_check import CHECKS
from schemas.domain.policy import Policy
from schemas.tables.policy_store import find_policy
from tests.hq.conftest import ADMIN, NOON, Chain
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture

LATE = Policy(day_ends=time(3), tolerance=500, checks={"till_short": "stop"})
FORM = {
    "audience": CHAIN_FEED, "day_ends": "03:00", "till_by": "operator", "tolerance": "5.00",
    "till_short": "stop", "absent_lane_authority": "yes", "reason": "open late",
}  # fmt: skip


def test_the_most_specific_policy_holds_whole(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        assert policies.in_force(connection, "N001") == Policy()
        policies.publish(connection, CHAIN_FEED, LATE, ADMIN, NOON, "open late")
        assert policies.in_force(connection, "N001") == LATE
        own = Policy(till_by="lane")
        policies.publish(connection, branch_feed("N001"), own, ADMIN, NOON)
        assert policies.in_force(connection, "N001") == own
        assert policies.in_force(connection, "N002") == LATE
        policies.withdraw(connection, branch_feed("N001"), ADMIN, NOON)
        assert policies.in_force(connection, "N001") == LATE
        said = notes_on(connection, "policy.", CHAIN_FEED)[0].reason
        assert said == (
            "day_ends 00:00:00 → 03:00:00; tolerance 0 → 500; till_short warn → stop; open late"
        )
        assert find_policy(connection, {group_feed("nowhere")}) == Policy()


@pytest.mark.parametrize(
    ("audience", "policy", "said"),
    [
        (CHAIN_FEED, Policy(checks={"parked": "ignore"}), "parked cannot be set to ignore"),
        (CHAIN_FEED, Policy(day_ends=time(12, 1)), "at 12:00 at the latest: 12:01"),
        (CHAIN_FEED, Policy(tolerance=-1), "nought or more"),
        (group_feed("nowhere"), Policy(), "reaches no branch"),
    ],
)
def test_what_cannot_be_set_is_refused(
    chain: Chain, audience: str, policy: Policy, said: str
) -> None:
    with (
        chain.hq.engine.begin() as connection,
        pytest.raises(PolicyError, match=said),
    ):
        policies.publish(connection, audience, policy, ADMIN, NOON)


def test_nobody_sets_it_outside_their_scope(chain: Chain) -> None:
    buyer = User("BUY", "Buyer", "buyer", ("N001",))
    with chain.hq.engine.begin() as connection, pytest.raises(PolicyError, match="may not set"):
        policies.publish(connection, branch_feed("N002"), Policy(), buyer, NOON)


def test_the_page_sets_shows_and_withdraws_it(chain: Chain, open_as: Open) -> None:
    admin, regional = open_as("ADMIN", "secret1"), open_as("REG", "900003")
    seen = admin.get("/policy").text
    assert all(words.replace("'", "&#39;") in seen for words in CHECK_WORDS.values())
    for wrong, said in (({"day_ends": "x"}, "no time of day"), ({"tolerance": "x"}, "no amount"),
                        ({"day_ends": "13:00"}, "at the latest")):  # fmt: skip
        answer = admin.post("/policy/publish", files=None, **FORM | wrong)
        assert answer.status_code == 422
        assert said in answer.text
    assert "is published" in admin.post("/policy/publish", files=None, **FORM).text
    with chain.hq.engine.connect() as connection:
        assert policies.in_force(connection, "N001") == LATE
    assert "open late" in admin.get("/policy").text
    assert 'value="03:00"' in admin.get(f"/policy?audience={branch_feed('N001')}").text
    assert "Publish for" not in regional.get("/policy").text
    assert regional.post("/policy/publish", files=None, **FORM).status_code == 403
    gone = admin.post("/policy/withdraw", files=None, audience=CHAIN_FEED)
    assert "next wider policy" in gone.text
    with chain.hq.engine.connect() as connection:
        assert policies.in_force(connection, "N001") == Policy()


def test_every_check_has_its_words() -> None:
    assert set(CHECK_WORDS) == set(CHECKS)
