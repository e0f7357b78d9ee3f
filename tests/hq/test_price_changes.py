"""A price change from its draft to its withdrawal, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Connection, select

from hq import price_changes, sites
from hq.price_changes import NewPriceChange, PriceChangeError
from hq.price_rows import PriceCell
from replication.console.users import User
from schemas.tables.catalogue import price, price_change
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream
from schemas.tables.staff import audit
from schemas.wire.records import PriceChange
from tests.hq.conftest import ADMIN, APPROVER, BUYER, NOON, Chain

APPLES = PriceCell("1001", "piece", "", 350)
PEARS = PriceCell("1002", "piece", "", 420)
NEW = NewPriceChange("Midday", "feed:group:north", NOON, None, [APPLES, PEARS])


def published(connection: Connection, new: NewPriceChange = NEW) -> str:
    document = price_changes.draft(connection, new, BUYER, NOON)
    price_changes.approve(connection, document, APPROVER, NOON)
    price_changes.publish(connection, document, BUYER, NOON)
    return document


def test_a_life_from_draft_to_withdrawal(chain: Chain, later: Callable[[int], datetime]) -> None:
    with chain.hq.engine.begin() as connection:
        document = price_changes.draft(connection, NEW, BUYER, NOON)
        assert price_changes.find(connection, document).state == "draft"
        price_changes.approve(connection, document, APPROVER, later(1))
        assert connection.execute(select(price)).all() == []
        number = price_changes.publish(connection, document, BUYER, later(2))
        held = price_changes.find(connection, document)
        assert (held.state, held.publication, held.number) == ("published", 1, number)
        assert (held.approved_by, held.published_by) == ("APP", "BUY")
        assert not connection.execute(select(price_change.c.withdrawn)).scalar_one()
        price_changes.withdraw(connection, document, APPROVER, "wrong list", later(3))
        held = price_changes.find(connection, document)
        assert (held.state, held.reason, held.withdrawn_by) == ("withdrawn", "wrong list", "APP")
        assert held.number is not None
        assert held.number > number
        assert connection.execute(select(price_change.c.withdrawn)).scalar_one()
        notes = select(audit.c.operator, audit.c.act).where(audit.c.subject == document)
        assert connection.execute(notes.order_by(audit.c.id)).all() == [
            ("BUY", "price_change.draft"),
            ("APP", "price_change.approve"),
            ("BUY", "price_change.publish"),
            ("APP", "price_change.withdraw"),
        ]


def test_rows_travel_before_their_header(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        document = published(connection)
        told = connection.execute(
            select(feed_record)
            .where(feed_record.c.stream == NEW.audience)
            .order_by(feed_record.c.number)
        ).all()
        head = select(stream.c.head).where(stream.c.name == NEW.audience)
        assert connection.execute(head).scalar_one() == told[-1].number
    assert [row.kind for row in told] == ["price", "price", "price_change"]
    header = PriceChange.model_validate_json(told[-1].body)
    assert (header.document, header.rows, header.published) == (document, 2, 1)
    assert (header.starts, header.ends, header.withdrawn) == (NOON, None, False)


def test_publications_rise_whatever_their_audience(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        first = published(connection)
        second = published(connection, replace(NEW, audience="feed:branch:N003"))
        third = published(connection, replace(NEW, audience="feed:chain"))
        turns = [price_changes.find(connection, one).publication for one in (first, second, third)]
    assert turns == [1, 2, 3]


def test_whoever_drafted_it_cannot_approve_it(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        document = price_changes.draft(connection, NEW, ADMIN, NOON)
        with pytest.raises(PriceChangeError, match="ADMIN, who cannot approve it as well"):
            price_changes.approve(connection, document, ADMIN, NOON)
        assert price_changes.find(connection, document).state == "draft"


@pytest.mark.parametrize("before", ["draft", "published", "withdrawn"])
def test_only_what_was_approved_is_published_and_once(chain: Chain, before: str) -> None:
    with chain.hq.engine.begin() as connection:
        document = price_changes.draft(connection, NEW, BUYER, NOON)
        if before != "draft":
            price_changes.approve(connection, document, APPROVER, NOON)
        if before == "published":
            price_changes.publish(connection, document, BUYER, NOON)
        if before == "withdrawn":
            price_changes.withdraw(connection, document, BUYER, "not now", NOON)
        with pytest.raises(PriceChangeError, match=f"P000001 is {before}"):
            price_changes.publish(connection, document, BUYER, NOON)


def test_a_draft_that_is_withdrawn_was_never_told(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        document = price_changes.draft(connection, NEW, BUYER, NOON)
        with pytest.raises(PriceChangeError, match="Say why"):
            price_changes.withdraw(connection, document, BUYER, "  ", NOON)
        price_changes.withdraw(connection, document, BUYER, "typed wrongly", NOON)
        told = select(feed_record).where(feed_record.c.stream == NEW.audience)
        assert connection.execute(told).all() == []


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (replace(NEW, cells=[]), "at least one price"),
        (replace(NEW, title=" "), "needs a title"),
        (replace(NEW, ends=NOON), "comes after its start"),
        (replace(NEW, audience="feed:group:south"), "no branch or group for “feed:group:south”"),
        (replace(NEW, cells=[APPLES, APPLES]), "Item 1001, unit piece stands twice"),
        (replace(NEW, cells=[PriceCell("1001", "piece", "", -1)]), "is below nought"),
        (replace(NEW, cells=[PriceCell("1001", "box", "", 1)]), "no item 1001 sold by box"),
        (replace(NEW, cells=[PriceCell("9", "piece", "", 1)]), "no item 9 sold by piece"),
    ],
)
def test_what_cannot_be_drafted(chain: Chain, new: NewPriceChange, said: str) -> None:
    with chain.hq.engine.connect() as connection, pytest.raises(PriceChangeError, match=said):
        price_changes.draft(connection, new, BUYER, NOON)


def test_a_scope_ends_where_its_branches_end(chain: Chain) -> None:
    local = User("BUY", "Buyer", "buyer", ("N001", "N003"))
    with chain.hq.engine.connect() as connection:
        price_changes.draft(connection, replace(NEW, audience="feed:branch:N001"), local, NOON)
        with pytest.raises(PriceChangeError, match="not in the care of BUY"):
            price_changes.draft(connection, NEW, local, NOON)


def test_what_a_group_was_told_is_withdrawn_though_its_last_branch_left_it(
    chain: Chain, later: Callable[[int], datetime]
) -> None:
    """A branch that joins the group later would find the price otherwise."""
    with chain.hq.engine.begin() as connection:
        document = published(connection)
        for held in sites.branches(connection):
            sites.save_branch(connection, held.branch, set(held.groups) - {"north"})
        assert price_changes.audience_branches(connection, NEW.audience) == []
        with pytest.raises(PriceChangeError, match="no branch or group"):
            price_changes.draft(connection, NEW, BUYER, later(1))
        price_changes.withdraw(connection, document, BUYER, "the group is no more", later(1))
        assert connection.execute(select(price_change.c.withdrawn)).scalar_one()


def test_one_that_would_have_ended_is_not_published(
    chain: Chain, later: Callable[[int], datetime]
) -> None:
    with chain.hq.engine.begin() as connection:
        document = price_changes.draft(connection, replace(NEW, ends=later(5)), BUYER, NOON)
        price_changes.approve(connection, document, APPROVER, NOON)
        with pytest.raises(PriceChangeError, match="would have ended already"):
            price_changes.publish(connection, document, BUYER, later(5))


def test_an_unknown_one_is_named(chain: Chain) -> None:
    with chain.hq.engine.connect() as connection, pytest.raises(PriceChangeError, match="P9"):
        price_changes.find(connection, "P9")


def test_the_list_goes_on_behind_the_last_one_shown(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        made = [price_changes.draft(connection, NEW, BUYER, NOON) for _ in range(3)]
        first = price_changes.newest(connection, 2)
        assert [one.document for one in first] == [made[2], made[1]]
        rest = price_changes.newest(connection, 2, before=made[1])
        assert [one.document for one in rest] == [made[0]]
