"""A branch that is closed, one that comes back, and one that gets another code."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from hq import closing, sites
from hq.closing import ClosingError
from hq.completeness import assess
from hq.deadlines import ReplicationSettings
from hq.link_watch import watch
from hq.reports.branches import known_branches
from hq.sites import SiteError
from replication import enrolment, identity
from replication.errors import RefusedError
from replication.streams import branch_feed
from replication.testing import MemoryTransport
from schemas.tables.link import site_status
from schemas.tables.staff import audit
from schemas.wire.batch import pack_journal
from schemas.wire.records import Branch
from tests.hq.conftest import NOON, Chain
from tests.sites import Books, SmallSite, Town

LATER = NOON + timedelta(days=40)


def above(chain: Chain) -> SmallSite:
    hq = chain.hq
    return SmallSite(hq.identity, hq.engine, hq.engine, Books(), hq.settings.data, hq.link.parent)


def heard(chain: Chain, town: Town, code: str = "N001") -> SmallSite:
    """A branch that said how it is."""
    branch = town.branch(code, above(chain), (branch_feed(code),))
    link = branch.link(MemoryTransport(chain.hq.link.parent, code))
    link.push_once()
    link.report_once()
    return branch


def unsent(connection: Connection, code: str, number: int) -> None:
    said = dict(
        connection.execute(
            select(site_status.c.status).where(site_status.c.site == code)
        ).scalar_one()
    )
    connection.execute(
        update(site_status)
        .where(site_status.c.site == code)
        .values(status=said | {"pending": number})
    )


@pytest.mark.fault("5", "a branch renumbered or closed")
def test_a_closed_branch_is_refused_shown_as_closed_and_rings_no_more(
    chain: Chain, town: Town
) -> None:
    heard(chain, town)
    with chain.hq.engine.begin() as connection:
        before = watch(connection, ["N001"], LATER, ReplicationSettings())
        closing.close(connection, "N001", "ADMIN", "the lease ended", NOON, ledger=chain.hq.ledger)
        after = watch(connection, ["N001"], LATER, ReplicationSettings())
        noted = select(audit.c.act, audit.c.reason).where(audit.c.subject == "N001")
        assert ("branch.close", "the lease ended") in connection.execute(noted).all()
    assert "offline" in [alarm.code for alarm in before.alarms]
    assert after.alarms == ()
    assert [one.standing.state for one in after.sites] == ["closed"]
    with pytest.raises(RefusedError, match="was revoked"):
        chain.hq.link.parent.public_key("N001")


def test_nothing_is_expected_of_it_after_its_last_day(chain: Chain, town: Town) -> None:
    heard(chain, town)
    with chain.hq.engine.begin() as connection:
        branches = known_branches(connection, ["N001"])
        asked = (connection, branches, NOON.date(), LATER.date(), LATER)
        assert not assess(*asked).complete
        closing.close(connection, "N001", "ADMIN", "the lease ended", NOON, ledger=chain.hq.ledger)
        assert assess(*asked).complete


def test_a_branch_that_is_not_done_is_closed_only_by_leaving_it_behind(
    chain: Chain, town: Town
) -> None:
    heard(chain, town)
    with chain.hq.engine.begin() as connection:
        unsent(connection, "N001", 3)
        with pytest.raises(ClosingError, match="N001 last said that 3 entries are unsent"):
            closing.close(connection, "N001", "ADMIN", "burnt down", NOON, ledger=chain.hq.ledger)
        closing.close(
            connection,
            "N001",
            "ADMIN",
            "burnt down",
            NOON,
            ledger=chain.hq.ledger,
            leave_behind=True,
        )
        with pytest.raises(ClosingError, match="closed already"):
            closing.close(connection, "N001", "ADMIN", "again", NOON, ledger=chain.hq.ledger)


def test_a_token_of_a_closed_branch_is_worth_nothing_until_it_is_taken_back(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        token = sites.issue_token(connection, "N001", "ADMIN", NOON)
        closing.close(connection, "N001", "ADMIN", "the lease ended", NOON, ledger=chain.hq.ledger)
        with pytest.raises(SiteError, match="hq reopen"):
            sites.issue_token(connection, "N001", "ADMIN", NOON)
    request = enrolment.ask(token, identity.new_private_key())
    with pytest.raises(RefusedError, match="not valid here"):
        chain.hq.link.parent.enrol(request)
    with chain.hq.engine.begin() as connection:
        closing.reopen(connection, "N001", "ADMIN", "a new lease", NOON)
        again = sites.issue_token(connection, "N001", "ADMIN", NOON)
        with pytest.raises(ClosingError, match="is not closed"):
            closing.reopen(connection, "N001", "ADMIN", "twice", NOON)
    chain.hq.link.parent.enrol(enrolment.ask(again, identity.new_private_key()))


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [("N009", "why", "there is no branch N009"), ("N001", "  ", "only with a reason")],
)
def test_what_cannot_be_closed(chain: Chain, code: str, reason: str, said: str) -> None:
    with chain.hq.engine.connect() as connection, pytest.raises(ClosingError, match=said):
        closing.close(connection, code, "ADMIN", reason, NOON, ledger=chain.hq.ledger)


@pytest.mark.fault("5", "a branch renumbered or closed")
def test_a_branch_under_a_new_number_leaves_its_history_where_it_is(
    chain: Chain, town: Town
) -> None:
    old = heard(chain, town)
    with chain.hq.engine.begin() as connection:
        closing.close(connection, "N001", "ADMIN", "now N100", NOON, ledger=chain.hq.ledger)
        record = Branch(branch="N100", name="一店", zone="Asia/Shanghai", currency="CNY")
        sites.save_branch(connection, record, ["north"])
    new = heard(chain, town, "N100")
    # Its new key writes its own journal and no other.
    old.write(b"{}")
    foreign = pack_journal(old.entries(), new.name, new.identity.sign)
    with pytest.raises(RefusedError, match="may not write journal:N001"):
        chain.hq.link.parent.push("N100", foreign)
    with chain.hq.engine.connect() as connection:
        found = watch(connection, ["N001", "N100"], NOON, ReplicationSettings())
    assert [one.standing.state for one in found.sites] == ["closed", "behind"]


def test_every_site_is_told_of_a_closed_branch_whoever_saves_it_later(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:

        def told() -> bool:
            return next(
                one.branch.closed
                for one in sites.branches(connection)
                if one.branch.branch == "N001"
            )

        held = next(one for one in sites.branches(connection) if one.branch.branch == "N001")
        closing.close(connection, "N001", "ADMIN", "the lease ended", NOON, ledger=chain.hq.ledger)
        assert told()
        sites.save_branch(connection, held.branch, held.groups)
        assert told()
        closing.reopen(connection, "N001", "ADMIN", "a mistake", NOON)
        assert not told()
