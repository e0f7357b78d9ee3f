"""Proposals one by one: what settles by itself, who may decide, and what an acceptance writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from hq import price_changes, proposal_acceptance, proposals, publication, sites, staff, surplus
from hq.lost import Bundle, Lost
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from hq.refusal import RefusalError
from hq.surplus import SurplusError
from ops.embedded_postgres import EmbeddedPostgres
from replication import journal
from replication.apply import Arrival
from replication.console.users import User
from replication.feed import Draft
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from schemas.tables.catalogue import operator, price, tax
from schemas.tables.headquarters import price_document
from schemas.tables.kinds import DatabaseKind
from schemas.wire.entries import encode, kind_of
from schemas.wire.record import Record
from schemas.wire.records import (
    Branch,
    Item,
    Operator,
    Price,
    PriceChange,
    RecordBody,
    Subscription,
    Tax,
)
from schemas.wire.surplus import FeedSurplus, surplus_of
from tests.hq.conftest import ADMIN, APPROVER, BUYER, NOON, Chain, founded
from tests.postgres import fresh_database

LATER = NOON + timedelta(hours=1)
NORTH = group_feed("north")
NORTHERN = User("NORTH", "North", "approver", ("N001",))
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"


@dataclass
class Desk:
    """Headquarters in one transaction, of which nothing stays."""

    connection: Connection

    @contextmanager
    def within(self) -> Iterator[Connection]:
        """A step that is undone when it fails, as a transaction of its own would be."""
        with self.connection.begin_nested():
            yield self.connection


@pytest.fixture(scope="module")
def headquarters(
    hq_database_server: EmbeddedPostgres,
    postgres_template: Callable[[DatabaseKind], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Chain]:
    """Give a founded headquarters for all of these tests."""
    with (
        fresh_database(hq_database_server, postgres_template("hq")) as dsn,
        founded(dsn, tmp_path_factory.mktemp("hq")) as made,
    ):
        yield made


@pytest.fixture
def chain(headquarters: Chain) -> Iterator[Desk]:
    """Give it in a transaction that is rolled back."""
    with headquarters.hq.engine.connect() as connection:
        yield Desk(connection)
        connection.rollback()


def record(number: int, body: RecordBody | Draft) -> Record:
    if isinstance(body, Draft):
        return Record(number, body.kind, body.key, body.version, body.body, body.deleted)
    return Record(number, body.kind, body.record_key(), body.version, body.encode())


def tell(
    chain: Desk, feed: str, *bodies: RecordBody | Draft, by: str = "N001", first: int = 1001,
    epoch: str = "C1",
) -> None:  # fmt: skip
    """As if this branch held these records, numbered one after another."""
    told = [surplus_of(epoch, record(number, body)) for number, body in enumerate(bodies, first)]
    with chain.within() as connection:
        surplus.take(connection, [FeedSurplus(by, feed, tuple(told), NOON)])


def waiting(chain: Desk) -> list[Bundle]:
    with chain.within() as connection:
        return proposals.bundles(connection)


def read(chain: Desk, one: Bundle) -> list[Lost]:
    with chain.within() as connection:
        return proposals.read(connection, one)


def settled(chain: Desk) -> list[tuple[str, str | None]]:
    with chain.within() as connection:
        decided = proposals.decided(connection)
    return [(one.state, one.reason) for one in decided for _ in range(one.records)]


def accept(
    chain: Desk, actor: User = ADMIN, one: Bundle | None = None, ids: Sequence[int] = ()
) -> int:
    with chain.within() as connection:
        chosen = one or proposals.bundles(connection)[0]
        return proposal_acceptance.accept(connection, chosen, ids, actor, LATER)


def publish(chain: Desk, feed: str, *bodies: RecordBody | Draft) -> None:
    with chain.within() as connection:
        publication.publish(connection, {feed: bodies})


def document(code: str = "P000007", *, withdrawn: bool = False, rows: int = 1) -> list[RecordBody]:
    header = PriceChange(
        document=code, title="Lost", starts=NOON, ends=None, published=7, rows=1,
        withdrawn=withdrawn,
    )  # fmt: skip
    prices = [Price(document=code, item="1001", unit="piece", tier="", price=350)]
    return [*prices[:rows], header]


def draft(chain: Desk, *, publish: bool = False, title: str = "Lost") -> str:
    """A price change that is here, with the same price as `document`."""
    cells = [PriceCell("1001", "piece", "", 350)]
    with chain.within() as connection:
        new = NewPriceChange(title, CHAIN_FEED, NOON, None, cells)
        code = price_changes.draft(connection, new, BUYER, NOON)
        if publish:
            price_changes.approve(connection, code, APPROVER, NOON)
            price_changes.publish(connection, code, BUYER, NOON)
    return code


# --- what becomes of what is told ---


def test_many_branches_tell_one_record_and_two_contents_of_it_are_both_shown(chain: Desk) -> None:
    for code in ("N001", "N002", "N003"):
        tell(chain, CHAIN_FEED, Tax(tax_code="full", rate=1300), by=code)
    (one,) = waiting(chain)
    assert (one.records, one.reporter, one.differing) == (1, "N001", False)
    tell(chain, CHAIN_FEED, Tax(tax_code="full", rate=1), by="N003")
    (one,) = waiting(chain)
    assert (one.records, one.differing) == (2, True)
    mine, other = read(chain, one)
    assert [(each.reporter, each.differing) for each in (mine, other)] == [
        ("N001", True),
        ("N003", True),
    ]
    with pytest.raises(RefusalError, match="different contents for record 1001"):
        accept(chain)
    with chain.within() as connection:
        proposals.dismiss(connection, one, [other.id], ADMIN, "a copy's own", LATER)
    assert accept(chain) == 1
    with chain.within() as connection:
        assert connection.execute(select(tax.c.rate).where(tax.c.key == "full")).scalar() == 1300


def test_an_older_record_of_a_key_is_settled_by_the_newer_one(chain: Desk) -> None:
    tell(chain, CHAIN_FEED, Tax(tax_code="full", rate=1), first=1001)
    tell(chain, CHAIN_FEED, Tax(tax_code="full", rate=2), first=1005, by="N002")
    tell(chain, CHAIN_FEED, Tax(tax_code="full", rate=3), first=1003, by="N003")
    (one,) = waiting(chain)
    assert (one.first, one.last) == (1005, 1005)
    assert settled(chain) == [("settled", surplus.SUPERSEDED)] * 2


def test_what_is_in_force_already_or_published_meanwhile_is_settled(chain: Desk) -> None:
    publish(chain, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    gone = publication.tombstone("tax", "never here")
    tell(chain, CHAIN_FEED, Tax(tax_code="full", rate=1300), gone)
    assert waiting(chain) == []
    tell(chain, CHAIN_FEED, Tax(tax_code="half", rate=600), first=1010)
    publish(chain, CHAIN_FEED, Tax(tax_code="half", rate=500))
    (one,) = waiting(chain)
    (lost,) = read(chain, one)
    assert lost.changes == [("rate", "500", "600")]
    publish(chain, CHAIN_FEED, Tax(tax_code="half", rate=600))
    assert waiting(chain) == []
    assert settled(chain) == [("settled", surplus.EQUAL)] * 3


def test_what_was_published_since_the_restore_is_told_apart(chain: Desk) -> None:
    publish(chain, CHAIN_FEED, Tax(tax_code="old", rate=1))
    with chain.within() as connection:
        from replication import feed

        feed.renew(connection)
    publish(chain, CHAIN_FEED, Tax(tax_code="new", rate=1))
    tell(chain, CHAIN_FEED, Tax(tax_code="old", rate=2), Tax(tax_code="new", rate=2))
    (one,) = waiting(chain)
    assert [(lost.key, lost.newer) for lost in read(chain, one)] == [("old", False), ("new", True)]


@pytest.mark.parametrize(
    ("feed", "writer", "sender"),
    [
        (branch_feed("N002"), "N001", "N001"),
        ("feed:local:N001", "N001", "N001"),
        (CHAIN_FEED, "N001.01", "N001"),
        (CHAIN_FEED, "N002", "N002"),
    ],
)
def test_a_branch_tells_of_its_own_feeds_alone(
    chain: Desk, feed: str, writer: str, sender: str
) -> None:
    told = FeedSurplus("N001", feed, (), NOON)
    with pytest.raises(SurplusError, match="may not tell"):
        surplus.check_writer(told, writer, sender)


def test_a_surplus_that_does_not_read_is_parked_by_the_link(chain: Desk) -> None:
    from hq.inbound import project

    broken = replace(surplus_of("C1", record(1, Tax(tax_code="a", rate=1))), body="no base64!")
    fact = FeedSurplus("N001", CHAIN_FEED, (broken,), NOON)
    kind, version = kind_of(fact)
    with chain.within() as connection:
        from replication.identity import begin_journal

        begin_journal(connection, "N001")
        (entry,) = journal.append(
            connection, "journal:N001", [journal.Draft(kind, version, NOON, encode(fact))]
        )
        with pytest.raises(ValueError, match="base64"):
            project(connection, [Arrival(entry, "N001", "N001")])


# --- who decides ---


@pytest.mark.parametrize(
    ("actor", "feed", "body"),
    [
        (BUYER, CHAIN_FEED, Tax(tax_code="full", rate=1)),
        (NORTHERN, CHAIN_FEED, Tax(tax_code="full", rate=1)),
        (APPROVER, branch_feed("N001"), Subscription(followed=group_feed("west"))),
    ],
)
def test_who_may_not_decide_changes_nothing(
    chain: Desk, actor: User, feed: str, body: RecordBody
) -> None:
    tell(chain, feed, body)
    (one,) = waiting(chain)
    with pytest.raises(RefusalError, match="may not decide on proposal"):
        accept(chain, actor, one)
    with (
        chain.within() as connection,
        pytest.raises(RefusalError, match="may not decide on proposal"),
    ):
        proposals.dismiss(connection, one, (), actor, "because", LATER)
    assert waiting(chain) == [one]


def test_a_decision_is_made_once_with_a_reason_and_on_what_belongs_together(chain: Desk) -> None:
    tell(chain, CHAIN_FEED, Tax(tax_code="a", rate=1), Tax(tax_code="b", rate=2))
    (one,) = waiting(chain)
    with chain.within() as connection:
        with pytest.raises(RefusalError, match="say why"):
            proposals.dismiss(connection, one, (), ADMIN, "  ", LATER)
        with pytest.raises(RefusalError, match="do not belong"):
            proposals.dismiss(connection, one, [one.number, 999_999], ADMIN, "x", LATER)
    assert accept(chain, ids=[one.number]) == 1
    (rest,) = waiting(chain)
    assert (rest.records, rest.number != one.number) == (1, True)
    with (
        chain.within() as connection,
        pytest.raises(RefusalError, match="There is no proposal"),
    ):
        proposals.find(connection, one.number, ADMIN)


# --- price changes ---


def test_a_price_change_waits_for_its_items_and_all_of_its_rows(chain: Desk) -> None:
    tell(chain, CHAIN_FEED, *document(rows=0))
    with pytest.raises(RefusalError, match="Of the 1 prices of P000007 branches told 0"):
        accept(chain)
    row = Price(document="P000007", item="9009", unit="piece", tier="", price=350)
    tell(chain, CHAIN_FEED, row, first=900)
    (one,) = waiting(chain)
    with pytest.raises(RefusalError, match="no item 9009 sold by piece: accept the items first"):
        accept(chain, one=one)
    goods = Item(item="9009", name="枣", category="01", unit="piece")
    tell(chain, CHAIN_FEED, goods, first=1100)
    assert accept(chain, one=waiting(chain)[1]) == 1
    assert accept(chain) == 2
    with chain.within() as connection:
        assert price_changes.find(connection, "P000007").state == "published"


def test_rows_without_a_header_price_nothing(chain: Desk) -> None:
    tell(chain, CHAIN_FEED, document()[0])
    with pytest.raises(RefusalError, match="only rows were told"):
        accept(chain)


def test_rows_that_price_nothing_any_more_are_taken_back(chain: Desk) -> None:
    code = draft(chain, publish=True)
    tell(chain, CHAIN_FEED, publication.tombstone("price", f"{code}/1001/piece/"))
    assert accept(chain, APPROVER) == 1
    with chain.within() as connection:
        assert connection.execute(select(price)).all() == []


def test_a_draft_of_the_backup_that_was_published_after_it(chain: Desk) -> None:
    assert draft(chain) == "P000001"
    tell(chain, CHAIN_FEED, *document("P000001"))
    assert accept(chain, APPROVER) == 2
    with chain.within() as connection:
        held = price_changes.find(connection, "P000001")
    assert (held.state, held.drafted_by, held.approved_by) == ("published", "BUY", "APP")


def test_a_withdrawal_that_was_lost_is_withdrawn_again(chain: Desk) -> None:
    assert draft(chain, publish=True) == "P000001"
    tell(chain, CHAIN_FEED, document("P000001", withdrawn=True)[-1])
    assert accept(chain, APPROVER) == 1
    with chain.within() as connection:
        held = price_changes.find(connection, "P000001")
    assert (held.state, held.withdrawn_by) == ("withdrawn", "APP")


def test_one_that_came_and_went_after_the_backup_is_kept_as_withdrawn(chain: Desk) -> None:
    tell(chain, CHAIN_FEED, *document(withdrawn=True))
    assert accept(chain, APPROVER) == 2
    with chain.within() as connection:
        assert price_changes.find(connection, "P000007").state == "withdrawn"


@pytest.mark.parametrize("published", [False, True])
def test_a_code_that_another_price_change_bears_by_now_is_refused(
    chain: Desk, published: bool
) -> None:
    assert draft(chain, publish=published, title="Another") == "P000001"
    tell(chain, CHAIN_FEED, *document("P000001"))
    (one,) = waiting(chain)
    with pytest.raises(RefusalError, match="is another price change here by now"):
        accept(chain, one=one)
    with chain.within() as connection:
        assert price_changes.find(connection, "P000001").title == "Another"
        assert len(connection.execute(select(price_document)).all()) == 1
    assert waiting(chain) == [one]


def test_a_price_change_for_a_group_that_nobody_follows_any_more(chain: Desk) -> None:
    tell(chain, group_feed("west"), *document())
    with pytest.raises(RefusalError, match="accept the subscriptions to it first"):
        accept(chain)


def test_a_new_draft_never_takes_the_code_of_a_lost_one(chain: Desk) -> None:
    tell(chain, CHAIN_FEED, *document("P000041"))
    assert draft(chain) == "P000042"


# --- people, branches, groups ---


def test_a_cashier_hired_after_the_backup_works_again_and_the_hash_is_not_shown(
    chain: Desk,
) -> None:
    hired = Operator(operator="N002-C9", name="新人", role="cashier", pin_hash=HASH)
    tell(chain, branch_feed("N001"), hired)
    tell(chain, branch_feed("N002"), hired, by="N002", first=1002)
    one, other = waiting(chain)
    (lost,) = read(chain, one)
    assert ("pin_hash", "–", "•••") in lost.changes
    assert HASH not in str(lost.changes)
    accept(chain, one=one)
    accept(chain, one=other)
    with chain.within() as connection:
        held = next(one for one in staff.employees(connection) if one.operator == "N002-C9")
        told = connection.execute(
            select(operator.c.stream).where(operator.c.operator == "N002-C9")
        ).scalars()
        assert set(told) == {branch_feed("N001"), branch_feed("N002")}
    assert (held.branches, held.pin_hash, held.active) == (("N001", "N002"), HASH, True)


def test_a_cashier_who_left_after_the_backup_leaves_again(chain: Desk) -> None:
    tell(chain, branch_feed("N001"), publication.tombstone("operator", "N001-C1"))
    accept(chain)
    with chain.within() as connection:
        held = next(one for one in staff.employees(connection) if one.operator == "N001-C1")
        told = select(operator).where(operator.c.operator == "N001-C1")
        assert connection.execute(told).all() == []
    assert not held.active


def test_who_has_another_role_by_now_is_imported_anew(chain: Desk) -> None:
    told = Operator(operator="BUY", name="Buyer", role="cashier", pin_hash=HASH)
    tell(chain, branch_feed("N001"), told)
    with pytest.raises(RefusalError, match="BUY is buyer here by now"):
        accept(chain)


def test_a_branch_and_the_group_it_joined_after_the_backup(chain: Desk) -> None:
    fifth = Branch(branch="N005", name="五店", zone="Asia/Shanghai", currency="CNY")
    tell(chain, CHAIN_FEED, fifth)
    tell(chain, branch_feed("N005"), Subscription(followed=NORTH), by="N005", first=1002)
    branch, group = waiting(chain)
    with pytest.raises(RefusalError, match="no branch N005 here: accept the branch first"):
        accept(chain, one=group)
    accept(chain, one=branch)
    accept(chain, one=group)
    tell(chain, branch_feed("N002"), publication.tombstone("subscription", NORTH), by="N002", first=1003)  # fmt: skip
    accept(chain)
    with chain.within() as connection:
        groups = {one.branch.branch: one.groups for one in sites.branches(connection)}
        assert sites.followed_by(connection, "N005") == {NORTH}
        assert NORTH not in sites.followed_by(connection, "N002")
    assert groups == {"N001": ("north",), "N002": (), "N003": (), "N005": ("north",)}


@pytest.mark.parametrize(
    ("draft", "match"),
    [
        (Draft("coupon", "k", 1, b"{}"), "does not know records of kind coupon"),
        (Draft("tax", "k", 1, b'{"tax_code":'), "does not read"),
        (Draft("tax", "k", 1, b'{"rate":1,"tax_code":"other"}'), "does not read"),
    ],
)
def test_what_cannot_be_read_is_shown_and_never_published(
    chain: Desk, draft: Draft, match: str
) -> None:
    tell(chain, CHAIN_FEED, draft)
    (one,) = waiting(chain)
    assert len(read(chain, one)[0].changes) <= 2
    with pytest.raises(RefusalError, match=match):
        accept(chain, one=one)
    with chain.within() as connection:
        assert proposals.dismiss(connection, one, (), ADMIN, "of no use", LATER) == 1
