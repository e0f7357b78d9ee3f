"""The courier: a stick there and back, and everything that can become of it on the way."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from replication import recovery
from replication.messages import Status
from replication.outbox import BATCH_ENTRIES
from replication.runner import LinkRunner, Pace, Site
from replication.streams import CHAIN_FEED
from replication.subscribe import Outlet
from replication.testing import MemoryTransport
from replication.transport.courier.exchange import Exchanged, exchange
from replication.transport.courier.pack import pack
from replication.transport.courier.stick import StickError
from replication.transport.courier.unpack import unpack
from schemas.tables.base import upsert
from schemas.tables.catalogue import TABLES
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.feed import feed_record
from schemas.tables.link import peer, refusal, site_status
from schemas.wire.records import Tax
from tests.replication.test_feed import publish
from tests.sites import NOON, SmallSite, Town

STATUS = Status(reports=[], sites=[])
MOST = 1_000_000
THREE_BATCHES = 2 * BATCH_ENTRIES + 200


def site_of(branch: SmallSite) -> Site:
    identity = replace(branch.identity, roots=(CHAIN_FEED,))
    outlet = Outlet(CatalogueStore(), lambda: NOON, relays=True)
    return Site(identity, branch.journals, branch.feeds, outlet, branch.recovery(), dict)


def runner_of(branch: SmallSite, hq: SmallSite) -> LinkRunner:
    """The same branch's line."""
    transport = MemoryTransport(hq.serving(), branch.name)
    return LinkRunner(site_of(branch), transport, Pace(look=0.0, first_pause=0.0))


def bring(hq: SmallSite, stick: Path, most: int = MOST) -> Exchanged:
    (done,) = exchange(hq.serving(), stick, most)
    return done


def rates(branch: SmallSite) -> dict[str, int]:
    """The taxes as the branch has applied them."""
    table = TABLES["tax"]
    with branch.feeds.connect() as connection:
        return {row.tax_code: row.rate for row in connection.execute(select(table))}


def letters(stick: Path, way: str, site: str = "N001") -> list[str]:
    return sorted(path.name for path in (stick / site / way).iterdir())


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    made = tmp_path / "stick"
    made.mkdir()
    return made


def test_a_stick_there_and_back(hq: SmallSite, branch: SmallSite, stick: Path) -> None:
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300), Tax(tax_code="less", rate=900))
    branch.write(*(str(count).encode() for count in range(THREE_BATCHES)))
    own = runner_of(branch, hq).status()
    packed = pack(site_of(branch), own, stick)
    assert (packed.letters, packed.entries) == (6, THREE_BATCHES)
    done = bring(hq, stick)
    assert (done.letters, done.problems, done.more) == (6, [], False)
    assert [body for _, body in hq.books.applied] == [
        str(one).encode() for one in range(THREE_BATCHES)
    ]
    back = unpack(site_of(branch), stick)
    assert (back.problems, back.applied, back.before) == ([], THREE_BATCHES, False)
    assert rates(branch) == {"full": 1300, "less": 900}
    with hq.feeds.connect() as connection:
        assert connection.execute(select(site_status.c.site)).scalars().all() == ["N001"]
    again = pack(site_of(branch), STATUS, stick)
    assert (again.letters, again.entries) == (3, 0), "nothing is sent that headquarters has"
    assert letters(stick, "down") == []


def test_a_lost_stick_tells_nothing(hq: SmallSite, branch: SmallSite, stick: Path) -> None:
    publish(hq, CHAIN_FEED, Tax(tax_code="telltale", rate=1300))
    branch.write(b'"telltale"')
    pack(site_of(branch), STATUS, stick)
    bring(hq, stick)
    for path in stick.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"telltale" not in data
            assert b"CWL1" not in data
            assert b"CWB1" not in data


def test_what_came_by_stick_and_then_by_line_is_single(
    hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    branch.write(b"1", b"2")
    pack(site_of(branch), STATUS, stick)
    bring(hq, stick)
    unpack(site_of(branch), stick)
    line = runner_of(branch, hq)
    branch.write(b"3")
    line.push_once()
    hq.serving().push("N001", branch.batch())
    line.fetch_once()
    assert [body for _, body in hq.books.applied] == [b"1", b"2", b"3"]
    assert rates(branch) == {"full": 1300}


def test_what_came_by_line_and_then_by_stick_is_single(
    hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    """The stick was packed first, and is slower than the line that came back."""
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    branch.write(b"1", b"2")
    pack(site_of(branch), STATUS, stick)
    line = runner_of(branch, hq)
    branch.write(b"3")
    line.push_once()
    done = bring(hq, stick)
    assert done.problems == []
    for _ in range(2):
        line.fetch_once()
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1600), Tax(tax_code="new", rate=1))
    line.fetch_once()
    assert rates(branch) == {"full": 1600, "new": 1}
    generation = _generations(branch)
    back = unpack(site_of(branch), stick)
    assert back.problems == []
    assert rates(branch) == {"full": 1600, "new": 1}, "an old stick takes nothing back"
    assert _generations(branch) == generation, "and does not make the branch load anew"
    assert [body for _, body in hq.books.applied] == [b"1", b"2", b"3"]


def _generations(branch: SmallSite) -> set[int]:
    with branch.feeds.connect() as connection:
        return set(connection.execute(select(feed_record.c.generation)).scalars())


def test_a_stick_carried_twice_to_headquarters_is_told(
    hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    branch.write(b"1")
    pack(site_of(branch), STATUS, stick)
    bring(hq, stick)
    answers = {name: (stick / "N001/down" / name).read_bytes() for name in letters(stick, "down")}
    again = bring(hq, stick)
    assert again.letters == 0
    assert "4 of 4 letters were taken before" in again.problems[0]
    assert {
        name: (stick / "N001/down" / name).read_bytes() for name in letters(stick, "down")
    } == answers, "the answers stay for the branch"
    with hq.feeds.connect() as connection:
        counted = connection.execute(select(refusal.c.site, refusal.c.code, refusal.c["count"]))
        assert counted.one() == ("N001", "replayed", 4)
    assert unpack(site_of(branch), stick).problems == []


def test_a_stick_unpacked_twice_changes_nothing(
    hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    pack(site_of(branch), STATUS, stick)
    bring(hq, stick)
    assert not unpack(site_of(branch), stick).before
    again = unpack(site_of(branch), stick)
    assert (again.before, again.problems, rates(branch)) == (True, [], {"full": 1300})


def test_a_letter_missing_in_the_middle_is_named_and_comes_with_the_next_stick(
    hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    branch.write(*(str(count).encode() for count in range(THREE_BATCHES)))
    pack(site_of(branch), STATUS, stick)
    (stick / "N001/up/000000000003.push").unlink()
    done = bring(hq, stick)
    assert len(hq.books.applied) == BATCH_ENTRIES, "what came before is taken"
    assert [line for line in done.problems if "lacks letter 3 (of 1 to 6)" in line]
    assert [line for line in done.problems if "000000000004.push was refused: gap" in line]
    back = unpack(site_of(branch), stick)
    assert back.applied == BATCH_ENTRIES
    assert len(back.problems) == 2, "the refusal, and the letter that nobody answered"
    again = pack(site_of(branch), STATUS, stick)
    assert again.entries == THREE_BATCHES - BATCH_ENTRIES
    assert bring(hq, stick).problems == []
    assert [body for _, body in hq.books.applied] == [
        str(one).encode() for one in range(THREE_BATCHES)
    ]


def test_a_damaged_file_is_named_on_either_side(
    hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    branch.write(b"1")
    pack(site_of(branch), STATUS, stick)
    _damage(stick / "N001/up/000000000002.push")
    done = bring(hq, stick)
    assert "000000000002.push is damaged" in done.problems[0]
    assert "copy it again" in done.problems[0]
    assert hq.books.applied == []
    whole = (stick / "N001/down/000000000004-000001.fetch").read_bytes()
    _damage(stick / "N001/down/000000000004-000001.fetch")
    back = unpack(site_of(branch), stick)
    assert [one for one in back.problems if "000000000004-000001.fetch is damaged" in one]
    assert rates(branch) == {}
    (stick / "N001/down/000000000004-000001.fetch").write_bytes(whole)
    unpack(site_of(branch), stick)
    assert rates(branch) == {"full": 1300}, "copied again, it is applied"
    pack(site_of(branch), STATUS, stick)
    assert bring(hq, stick).problems == []
    assert hq.books.applied == [("N001", b"1")]


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def test_the_stick_of_another_branch(
    town: Town, hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    other = town.branch("N002", hq)
    pack(site_of(other), STATUS, stick)
    bring(hq, stick)
    with pytest.raises(StickError, match="nothing for N001, but answers for N002"):
        unpack(site_of(branch), stick)
    # Even under the right name: it was sealed for the other.
    shutil.copytree(stick / "N002", stick / "N001")
    back = unpack(site_of(branch), stick)
    assert "sealed for another site" in back.problems[0]
    assert back.batches == 0


def test_several_branches_share_a_stick_and_a_stranger_stops_none(
    town: Town, hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    other = town.branch("N002", hq)
    for one in (branch, other):
        one.write(b"1")
        pack(site_of(one), STATUS, stick)
    shutil.copytree(stick / "N001", stick / "N000")
    done = exchange(hq.serving(), stick, MOST)
    assert [one.site for one in done] == ["N000", "N001", "N002"]
    assert "N000 is not enrolled here" in done[0].problems[0]
    assert hq.books.applied == [("N001", b"1"), ("N002", b"1")]


def test_steps_in_the_wrong_order_say_which_comes_first(
    hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    with pytest.raises(StickError, match="carries no letters"):
        exchange(hq.serving(), stick, MOST)
    with pytest.raises(StickError, match="no letters at all"):
        unpack(site_of(branch), stick)
    with pytest.raises(StickError, match="is the stick mounted"):
        pack(site_of(branch), STATUS, stick / "elsewhere")
    pack(site_of(branch), STATUS, stick)
    with pytest.raises(StickError, match="hq courier exchange"):
        unpack(site_of(branch), stick)
    bring(hq, stick)
    with pytest.raises(StickError, match="first run `chainwright branch courier unpack"):
        pack(site_of(branch), STATUS, stick)


def test_a_small_stick_brings_the_rest_next_time(
    hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    for count in range(3):
        publish(hq, CHAIN_FEED, *(Tax(tax_code=f"{count}-{one}", rate=one) for one in range(9000)))
    trips = 0
    more = True
    while more:
        pack(site_of(branch), STATUS, stick)
        done = bring(hq, stick, most=1)
        back = unpack(site_of(branch), stick)
        assert (back.problems, back.more) == ([], done.more)
        more, trips = done.more, trips + 1
    assert trips == 2
    assert len(rates(branch)) == 27_000


def test_headquarters_that_was_restored_further_back_is_followed_there(
    town: Town, hq: SmallSite, branch: SmallSite, stick: Path
) -> None:
    """The branch believes a mark that headquarters no longer holds."""
    branch.write(b"1", b"2")
    pack(site_of(branch), STATUS, stick)
    bring(hq, stick)
    unpack(site_of(branch), stick)
    branch.write(b"3")
    older = _restored(town, hq, branch)
    pack(site_of(branch), STATUS, stick)
    assert "gap" in bring(older, stick).problems[0]
    assert unpack(site_of(branch), stick).applied == 0
    assert pack(site_of(branch), STATUS, stick).entries == 3
    assert bring(older, stick).problems == []
    assert [body for _, body in older.books.applied] == [b"1", b"2", b"3"]


def _restored(town: Town, hq: SmallSite, branch: SmallSite) -> SmallSite:
    """The same headquarters on a database that knows nothing but its branch."""
    empty = town._postgres("hq")
    site = town._serving(empty, hq.identity, None)
    with empty.begin() as connection:
        row = {
            "site": branch.name, "public_key": branch.identity.public_key, "enrolled": NOON,
            "revoked": None,
        }  # fmt: skip
        upsert(connection, peer, [row])
    return site


def test_what_a_restored_branch_lost_comes_back_by_stick(
    hq: SmallSite, branch: SmallSite, stick: Path, tmp_path: Path
) -> None:
    recovery.start(branch.recovery())
    branch.write(b"1", b"2")
    backup = branch.backup()
    branch.write(*(str(number).encode() for number in range(3, 1203)))
    pack(site_of(branch), STATUS, stick)
    bring(hq, stick)
    recovery.start(branch.recovery())
    branch.restore(backup)
    assert recovery.start(branch.recovery()), "it is noticed before the first write"
    branch.write(b"sold meanwhile")
    another = tmp_path / "another"
    another.mkdir()
    pack(site_of(branch), STATUS, another)
    assert "were taken before" in bring(hq, another).problems[0]
    told = unpack(site_of(branch), another)
    assert "replayed" in told.problems[0], "its letters had numbers that were taken"
    pack(site_of(branch), STATUS, another)
    bring(hq, another)
    assert unpack(site_of(branch), another).lost == 1200
    pack(site_of(branch), STATUS, another)
    bring(hq, another)
    back = unpack(site_of(branch), another)
    assert (back.regained, back.lost, back.problems) == (1200, 0, [])
    again = unpack(site_of(branch), another)
    assert (again.regained, again.problems) == (0, [])
    held = sorted(entry.body for entry in hq.entries(branch.stream))
    assert sorted(entry.body for entry in branch.entries()) == held
    assert len(held) == 1203


def test_what_was_written_on_another_past_is_told_and_left_to_the_line(
    hq: SmallSite, branch: SmallSite, stick: Path, tmp_path: Path
) -> None:
    """Nobody noticed the restore before the first write: what both wrote differs."""
    branch.write(b"1")
    backup = branch.backup()
    branch.write(b"2", b"3")
    pack(site_of(branch), STATUS, stick)
    bring(hq, stick)
    branch.restore(backup)
    branch.write(b"another 2")
    unpack(site_of(branch), stick)
    pack(site_of(branch), STATUS, stick)
    bring(hq, stick)
    told = unpack(site_of(branch), stick)
    assert any("does not follow" in problem for problem in told.problems)
    line = runner_of(branch, hq)
    line.fetch_back()
    line.push_once()
    held = sorted(entry.body for entry in hq.entries(branch.stream))
    assert sorted(entry.body for entry in branch.entries()) == held
    assert held == [b"1", b"2", b"3", b"another 2"]
