"""What waits at headquarters for a person: shown, retried, set down, and replayed after an upgrade."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from sqlalchemy import select

from hq import parked
from hq.parked import ParkedError
from replication.console.users import User
from replication.quarantine import Held
from schemas.domain.ticket import Ticket
from schemas.tables.journal import quarantine
from schemas.tables.kinds import DatabaseKind
from schemas.tables.staff import audit
from schemas.tables.tickets import ticket
from schemas.wire import canonical, entries
from tests.hq.conftest import ADMIN, APPROVER, BUYER, NOON, Chain
from tests.hq.day_builder import MONDAY, BranchDay, line
from tests.hq.link_scene import Scene, Shop, state, write
from tests.sites import Town

CODE = "N001"
LATER = NOON + timedelta(hours=1)
NORTH = User("NORTH", "North", "regional_ops", ("N002",))


@pytest.fixture
def shop(
    chain: Chain, new_database: Callable[[DatabaseKind], str], tmp_path: Path
) -> Iterator[Shop]:
    """Give a branch with a lane, whose day is open."""
    town = Town(new_database, tmp_path, chain.hq.clock)
    made = Scene(chain, town, tmp_path).shop(CODE, lanes=1)
    state(made, *BranchDay(CODE, MONDAY, made.tills).facts)
    made.deliver()
    yield made
    town.close()


def sold(shop: Shop) -> Ticket:
    return BranchDay(CODE, MONDAY, shop.tills).sell(0, line("1001", 350))


def find(chain: Chain, sequence: int = 3) -> Held:
    with chain.hq.engine.begin() as connection:
        return parked.find(connection, CODE, sequence)


def act(chain: Chain, actor: User, reason: str | None = None) -> str | None:
    """Retry, or set down when a reason is given."""
    with chain.hq.engine.begin() as connection:
        held = parked.find(connection, CODE, 3)
        if reason is None:
            return parked.retry(connection, held, actor, LATER)
        parked.release(connection, held, actor, reason, LATER)
        return None


def waiting(chain: Chain) -> list[str]:
    with chain.hq.engine.connect() as connection:
        return [one.reason for one in parked.parked_entries(connection, [CODE])]


def held_tickets(chain: Chain) -> list[str]:
    with chain.hq.engine.connect() as connection:
        return list(connection.execute(select(ticket.c.uuid)).scalars())


def notes(chain: Chain) -> list[tuple[str, str, str, str]]:
    with chain.hq.engine.connect() as connection:
        rows = connection.execute(
            select(audit.c.act, audit.c.operator, audit.c.subject, audit.c.reason)
            .where(audit.c.act.startswith("entry."))
            .order_by(audit.c.id)
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]


def test_a_retry_that_fails_waits_on_with_its_new_reason(chain: Chain, shop: Shop) -> None:
    one = sold(shop)
    state(shop, one, replace(one, counter=9))
    shop.deliver()
    (before,) = waiting(chain)
    held = held_tickets(chain)
    with chain.hq.engine.begin() as connection:
        connection.execute(quarantine.update().values(reason="what an older release said"))
        again = parked.find(connection, CODE, 4)
        refused = parked.retry(connection, again, ADMIN, LATER)
    assert refused == before
    assert waiting(chain) == [before]
    assert held_tickets(chain) == held
    assert notes(chain) == [("entry.retry", "ADMIN", "N001 #4", before)]


def test_what_became_possible_is_applied_as_it_came(
    chain: Chain, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = sold(shop)
    with monkeypatch.context() as broken:
        broken.setattr("hq.inbound.sales_store.write", _fails)
        state(shop, one)
        shop.deliver()
    assert waiting(chain) == ["RuntimeError: a table was missing"]
    assert act(chain, APPROVER) is None
    assert waiting(chain) == []
    assert held_tickets(chain) == [one.uuid]
    with pytest.raises(ParkedError, match="does not wait here"):
        act(chain, ADMIN)


def _fails(*_: object) -> None:
    raise RuntimeError("a table was missing")


@pytest.mark.parametrize(
    ("actor", "reason", "match"),
    [
        (BUYER, None, "may not do this"),
        (BUYER, "printed twice", "may not do this"),
        (APPROVER, "printed twice", "may not do this"),
        (NORTH, "printed twice", "may not do this"),
        (ADMIN, " ", "say why"),
    ],
)
def test_who_may_not_or_says_no_reason_changes_nothing(
    chain: Chain, shop: Shop, actor: User, reason: str | None, match: str
) -> None:
    write(shop.lanes[0], "loyalty.earned", 1, b"{}")
    shop.deliver()
    with pytest.raises(ParkedError, match=match):
        act(chain, actor, reason)
    assert len(waiting(chain)) == 1
    assert notes(chain) == []


def test_an_entry_that_is_set_down_leaves_who_when_and_why(chain: Chain, shop: Shop) -> None:
    write(shop.lanes[0], "loyalty.earned", 1, b"not even JSON")
    shop.deliver()
    held = find(chain)
    assert (held.writer, held.parked.kind, held.standing) == ("N001.01", "loyalty.earned", "first")
    act(chain, ADMIN, " tried out by the vendor ")
    assert waiting(chain) == []
    assert notes(chain) == [("entry.release", "ADMIN", "N001 #3", "tried out by the vendor")]
    with chain.hq.engine.connect() as connection:
        (row,) = parked.entries_at(
            connection, held.parked.stream, held.parked.epoch, held.parked.sequence
        )
    assert row.held.parked.resolved == LATER
    assert row.held.parked.resolution == "released by ADMIN: tried out by the vendor"
    assert row.body == "not even JSON"


def test_a_fork_is_never_projected(chain: Chain, shop: Shop) -> None:
    write(shop.lanes[0], "loyalty.earned", 1, b"{}")
    shop.deliver()
    with chain.hq.engine.begin() as connection:
        held = parked.find(connection, CODE, 3)
        with pytest.raises(ParkedError, match="is a fork"):
            parked.retry(connection, replace(held, standing="fork"), ADMIN, LATER)


@pytest.mark.fault("8", "an unknown kind")
def test_a_kind_that_was_unknown_is_replayed_once_it_is_known(
    chain: Chain, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = sold(shop)
    with monkeypatch.context() as older:
        # This release without the kind: as an older one, which a newer lane speaks to.
        older.delitem(entries._TYPES, "ticket")
        older.delitem(entries._DECODERS, "ticket")
        write(shop.lanes[0], "ticket", 1, _encoded(one))
        write(shop.lanes[0], "loyalty.earned", 1, b"{}")
        write(shop.lanes[0], "ticket", 1, b'{"uuid":1}')
        shop.deliver()
        assert len(waiting(chain)) == 3
        assert parked.replay(chain.hq.engine, chain.hq.clock).applied == 0
    replayed = parked.replay(chain.hq.engine, chain.hq.clock)
    assert (replayed.applied, replayed.failed) == (1, 1)
    assert held_tickets(chain) == [one.uuid]
    unknown, unreadable = waiting(chain)
    assert "does not know entries of kind 'loyalty.earned'" in unknown
    assert "the body of ticket does not read" in unreadable
    once_more = parked.replay(chain.hq.engine, chain.hq.clock)
    assert (once_more.applied, once_more.failed) == (0, 0), "what failed now waits for a person"


def _encoded(one: Ticket) -> bytes:
    return canonical.encode(TypeAdapter(Ticket).dump_python(one, mode="json"))
