"""Every site of a small chain compared with the others, entry by entry and record by record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from replication import position
from schemas.tables.catalogue import OFFICE_KINDS, TABLES
from schemas.tables.feed import feed_record
from schemas.wire.entry import Entry
from tests.sites import SmallSite

Kept = tuple[str, str, str, int, int, bytes]
Content = tuple[str, str, object]


def assert_equal(hq: SmallSite, branch: SmallSite, *lanes: SmallSite) -> None:
    """Journals up and feeds down: what each site holds is what the others hold, once."""
    own = branch.entries()
    assert facts(hq.entries(branch.stream)) == facts(own)
    for lane in lanes:
        relayed = [one for one in own if one.origin and one.origin.stream == lane.stream]
        assert [one.origin for one in relayed] == [one.as_origin() for one in lane.entries()]
        assert [one.body for one in relayed] == [one.body for one in lane.entries()]
    followed = feeds_of(branch)
    assert kept(branch, followed) == kept(hq, followed)
    for lane in lanes:
        assert content(lane, followed) == content(branch, followed)
        assert content(lane) == content(lane, feeds_of(lane))
    assert content(branch) == content(branch, followed)


def facts(entries: Sequence[Entry]) -> list[tuple[str, int, bytes, bytes]]:
    """What identifies an entry beyond doubt, in the order of the epochs and numbers."""
    ordered = sorted(entries, key=lambda one: (one.epoch, one.sequence))
    return [(one.epoch, one.sequence, one.hash, one.body) for one in ordered]


def feeds_of(site: SmallSite) -> set[str]:
    """The feeds that a site follows, all of them loaded."""
    with site.feeds.connect() as connection:
        held = position.all_feeds(connection)
    assert not [one.stream for one in held if one.loading]
    return {one.stream for one in held}


def kept(site: SmallSite, feeds: set[str]) -> list[Kept]:
    """The records of these feeds as they are kept for the sites below, tombstones aside."""
    with site.feeds.connect() as connection:
        rows = connection.execute(select(feed_record).where(~feed_record.c.deleted))
        return sorted(
            (row.stream, row.kind, row.key, row.number, row.version, bytes(row.body))
            for row in rows
            if row.stream in feeds
        )


def content(site: SmallSite, feeds: set[str] | None = None) -> list[Content]:
    """The rows of the tables in use, of these feeds or of all."""
    with site.feeds.connect() as connection:
        return sorted(
            (
                one
                for kind in TABLES
                if kind not in OFFICE_KINDS
                for one in _rows(connection, kind, feeds)
            ),
            key=lambda one: one[:2],
        )


def _rows(connection: Connection, kind: str, feeds: set[str] | None) -> list[Content]:
    table = TABLES[kind]
    names = [one.name for one in table.c if one.name not in {"stream", "generation"}]
    rows = connection.execute(select(table.c.stream, *(table.c[name] for name in names)))
    return [
        (f"{row[0]} {kind}", str(row[1:]), row[1:])
        for row in rows
        if feeds is None or row[0] in feeds
    ]
