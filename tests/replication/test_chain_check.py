"""Own journals recomputed: the first break of each is named, whatever was done to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, update

from replication import chain_check
from replication.chain_check import ChainReport
from replication.testing import MemoryTransport
from schemas.tables.base import upsert
from schemas.tables.journal import journal_anchor, journal_entry
from schemas.tables.link import position
from schemas.tables.receipt_continuity import ReceiptContinuity
from tests.sites import SmallSite, Town

Chain = tuple[SmallSite, SmallSite, SmallSite]


class Heard:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def hear(self, kind: str, body: bytes) -> None:
        del kind
        self.bodies.append(body)

    def problems(self) -> list[str]:
        return []


@pytest.fixture
def chain(town: Town) -> Chain:
    """Headquarters, a branch and a lane whose five entries are everywhere."""
    hq = town.headquarters()
    branch = town.branch("N001", hq)
    lane = town.lane("N001.01", branch)
    lane.write(*(f"sale {n}".encode() for n in range(1, 6)))
    for child, above in ((lane, branch), (branch, hq)):
        child.link(MemoryTransport(above.serving(), child.name)).push_once()
    return hq, branch, lane


def check(site: SmallSite) -> ChainReport:
    with site.journals.connect() as journals, site.feeds.connect() as feeds:
        return chain_check.check(journals, feeds, Heard())


def breaks(site: SmallSite) -> list[str]:
    return [f"{one.stream} {one.sequence} {one.reason}" for one in check(site).breaks]


def test_journals_that_hold_are_heard_in_order(chain: Chain) -> None:
    for site in chain:
        heard = Heard()
        with site.journals.connect() as journals, site.feeds.connect() as feeds:
            report = chain_check.check(journals, feeds, heard)
        assert report == ChainReport(5, ())
        assert heard.bodies == [b"sale 1", b"sale 2", b"sale 3", b"sale 4", b"sale 5"]


def change_body(connection: Connection) -> str:
    _third(connection, body=b"sale 9")
    return "3 what it says was changed: its hash is another"


def change_hash(connection: Connection) -> str:
    _third(connection, hash=bytes(32))
    return "3 what it says was changed: its hash is another"


def lose(connection: Connection) -> str:
    connection.execute(delete(journal_entry).where(journal_entry.c.sequence == 3))
    return "3 missing, the next that is held is 4"


def lose_the_first(connection: Connection) -> str:
    connection.execute(delete(journal_entry).where(journal_entry.c.sequence == 1))
    return "1 missing, the next that is held is 2"


def lose_the_last(connection: Connection) -> str:
    connection.execute(delete(journal_entry).where(journal_entry.c.sequence == 5))
    return "5 the journal must go on to 5, held are entries through 4"


def rewrite(connection: Connection) -> str:
    """An entry that holds in itself, but does not follow."""
    _third(connection, previous=bytes(32))
    return "3 it does not follow the entry before it"


def _third(connection: Connection, **values: object) -> None:
    connection.execute(update(journal_entry).where(journal_entry.c.sequence == 3).values(**values))


DAMAGES = [change_body, change_hash, lose, lose_the_first, lose_the_last, rewrite]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_first_break_is_named(
    chain: Chain, damage: Callable[[Connection], str], place: int
) -> None:
    site = chain[place]
    with site.journals.begin() as connection:
        expected = damage(connection)
    journal = "journal:N001.01" if place == 2 else "journal:N001"
    assert breaks(site)[0] == f"{journal} {expected}"


def test_a_journal_that_is_gone_altogether_is_missed(chain: Chain) -> None:
    for site in chain:
        with site.journals.begin() as connection:
            connection.execute(delete(journal_entry))
        assert breaks(site)[0].endswith("1 the journal must go on to 5, held are entries through 0")


def test_a_changed_origin_is_a_break(chain: Chain) -> None:
    hq, branch, _ = chain
    for site in (hq, branch):
        with site.journals.begin() as connection:
            _third(connection, origin_committed="2026-03-01T12:00:00.000001Z")
        assert breaks(site) == ["journal:N001 3 it is not what journal:N001.01 entry 3 said"]


def test_an_origin_that_is_missing_between_others_is_a_break(chain: Chain) -> None:
    """The branch's own chain may hold: it is the lane's that has a gap."""
    hq, branch, _ = chain
    with branch.journals.begin() as connection:
        connection.execute(
            update(position).where(position.c.stream == "journal:N001.01").values(through=7)
        )
    assert breaks(branch) == ["journal:N001.01 6 this site took its entries through 7, held are 5"]
    with hq.journals.begin() as connection:
        _third(connection, standing="repeat")
    assert "journal:N001.01 3 no entry that relays it is held, the next is 4" in breaks(hq)


def test_a_purged_beginning_is_no_break_while_the_rest_follows_its_anchor(chain: Chain) -> None:
    lane = chain[2]
    second = lane.entries()[1]
    row = {"stream": second.stream, "epoch": second.epoch, "sequence": 2, "hash": second.hash}
    with lane.journals.begin() as connection:
        connection.execute(delete(journal_entry).where(journal_entry.c.sequence <= 2))
    assert breaks(lane) == ["journal:N001.01 1 missing, the next that is held is 3"]
    with lane.journals.begin() as connection:
        upsert(connection, journal_anchor, [row])
    assert check(lane) == ChainReport(3, ())
    with lane.journals.begin() as connection:
        upsert(connection, journal_anchor, [row | {"hash": bytes(32)}])
    assert breaks(lane) == ["journal:N001.01 3 it does not follow the entry before it"]


@pytest.mark.parametrize(
    ("given", "jumps", "problems"),
    [
        ([1, 2, 3], [], []),
        ([7, 8, 9], [], []),
        ([3, 1, 2], [], []),
        ([1, 2, 4, 8], [], ["receipts N001.01-000003 to 000003 are missing",
                            "receipts N001.01-000005 to 000007 are missing"]),
        ([1, 2, 2, 3], [], ["receipt N001.01-000002 was given 2 times"]),
        ([1, 2, 1003], [(3, 1002)], []),
        ([1, 2, 5, 1003], [(3, 1002)], []),
        ([1, 2, 1004], [(3, 1002)], ["receipts N001.01-000003 to 001003 are missing"]),
    ],
)  # fmt: skip
def test_receipts_leave_no_number_out(
    given: list[int], jumps: list[tuple[int, int]], problems: list[str]
) -> None:
    receipts = ReceiptContinuity()
    for counter in given:
        receipts.hear("ticket", b'{"lane":"N001.01","counter":%d}' % counter)
    for first, last in jumps:
        receipts.hear("counters.moved", b'{"lane":"N001.01","first":%d,"last":%d}' % (first, last))
    receipts.hear("ticket", b"unreadable")
    receipts.hear("note", b"[]")
    assert receipts.problems() == problems
