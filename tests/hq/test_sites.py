"""Branches, their groups, what they are told to follow, and how they get in and out."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from hq import sites
from hq.bootstrap import open_headquarters
from hq.sites import SiteError
from replication import enrolment
from replication.errors import RefusedError
from schemas.tables.feed import feed_record
from schemas.tables.link import enrolment_token, incarnation
from schemas.tables.staff import audit
from schemas.wire.records import Branch
from tests.hq.conftest import NOON, Chain
from tests.sites import put_back, rows_of

KEY = bytes(range(32))


def branch(code: str, zone: str = "Asia/Shanghai") -> Branch:
    return Branch(branch=code, name=f"店 {code}", zone=zone, currency="CNY")


def test_a_branch_follows_the_chain_and_its_groups(chain: Chain) -> None:
    with chain.hq.engine.connect() as connection:
        assert sites.followed_by(connection, "N001") == {"feed:chain", "feed:group:north"}
        assert sites.followed_by(connection, "N003") == {"feed:chain"}
        held = [(one.branch.branch, one.groups) for one in sites.branches(connection)]
    assert held == [("N001", ("north",)), ("N002", ("north",)), ("N003", ())]


def test_who_changes_its_group_is_told_to_leave_and_to_join(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        sites.save_branch(connection, branch("N001"), ["south", "new"])
        assert sites.followed_by(connection, "N001") == {
            "feed:chain",
            "feed:group:new",
            "feed:group:south",
        }
        gone = select(feed_record.c.key).where(
            feed_record.c.stream == "feed:branch:N001",
            feed_record.c.kind == "subscription",
            feed_record.c.deleted,
        )
        assert connection.execute(gone).scalars().all() == ["feed:group:north"]


@pytest.mark.parametrize(
    ("record", "groups", "said"),
    [
        (branch("N 1"), [], "“N 1” is no code"),
        (branch("N1.2"), [], "“N1.2” is no code"),
        (branch("N1"), ["a:b"], "“a:b” is no code"),
        (branch("N1", "Asia/Atlantis"), [], "“Asia/Atlantis” is no time zone"),
        (branch("N1", "../etc"), [], "is no time zone"),
    ],
)
def test_a_branch_that_cannot_be(
    chain: Chain, record: Branch, groups: list[str], said: str
) -> None:
    with chain.hq.engine.connect() as connection, pytest.raises(SiteError, match=said):
        sites.save_branch(connection, record, groups)


def test_a_token_lets_a_branch_in_and_its_key_can_be_revoked(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        token = sites.issue_token(connection, "N001", "ADMIN", NOON)
        request = enrolment.ask(token, KEY)
        answer = enrolment.admit(
            connection, request, chain.hq.identity, NOON, lambda *_: None, lambda *_: ()
        )
        admission = enrolment.accept(token, KEY, answer)
        assert (admission.site, admission.parent) == ("N001", "hq")
        assert admission.roots == ("feed:branch:N001",)
        assert admission.secrets["member_key"] == chain.hq.member_key
        assert token.split(".")[1] not in str(connection.execute(select(enrolment_token)).all())
    assert chain.hq.link.parent.public_key("N001") == KEY
    with chain.hq.engine.begin() as connection:
        sites.revoke(connection, "N001", "ADMIN", "stolen", NOON, ledger=chain.hq.ledger)
        noted = select(audit.c.act, audit.c.reason).where(audit.c.subject == "N001")
        assert connection.execute(noted.order_by(audit.c.id)).all() == [
            ("site.token", ""),
            ("site.revoke", "stolen"),
        ]
    with pytest.raises(RefusedError, match="was revoked"):
        chain.hq.link.parent.public_key("N001")


def test_a_backup_revives_no_key_that_was_revoked_after_it(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        token = sites.issue_token(connection, "N001", "ADMIN", NOON)
        request = enrolment.ask(token, KEY)
        enrolment.admit(
            connection, request, chain.hq.identity, NOON, lambda *_: None, lambda *_: ()
        )
        copies = {"site": "N001", "incarnation": "copy", "follows": ""}
        numbers = {"first_hello": 1, "last_hello": 1, "seen": NOON}
        connection.execute(insert(incarnation).values(**copies, **numbers))
    backup = rows_of(chain.hq.engine)
    with chain.hq.engine.begin() as connection:
        ledger = chain.hq.ledger
        sites.revoke(connection, "N001", "ADMIN", "stolen", NOON, ledger=ledger)
        sites.shut_out(connection, "N001", "copy", "ADMIN", "a clone", NOON, ledger=ledger)
    put_back(chain.hq.engine, backup)
    assert chain.hq.link.parent.public_key("N001") == KEY
    dsn = chain.hq.settings.dsn
    assert dsn is not None
    again = open_headquarters(chain.hq.settings, dsn)
    with pytest.raises(RefusedError, match="was revoked"):
        again.link.parent.public_key("N001")
    with again.engine.connect() as connection:
        refused = select(incarnation.c.refused).where(incarnation.c.incarnation == "copy")
        assert connection.execute(refused).scalar_one() == NOON
    again.close()


def test_there_is_no_token_for_a_branch_that_nobody_knows(chain: Chain) -> None:
    with chain.hq.engine.connect() as connection:
        with pytest.raises(SiteError, match="no branch N009"):
            sites.issue_token(connection, "N009", "ADMIN", NOON)
        with pytest.raises(SiteError, match="N001 has no key here"):
            sites.revoke(connection, "N001", "ADMIN", "", NOON, ledger=chain.hq.ledger)
