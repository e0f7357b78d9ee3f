"""Which incarnation of a database this is: how a site notices that a backup was put back.

At every start a site draws a name for its incarnation and writes it into its database and into a
mark outside of it; later it notes in the mark how far its journal has come.

    mark               database                        the database
    none               was never started               is new, or from before there were marks
    none               was started before              was put on another machine: restored
    names this one     this one, or the one before     is the one that ran last
      or the one before
    names another      any                             was restored, or copied
    further ahead      in the same epoch               was restored since it ran last

What the mark follows is the site's journal; at headquarters, which writes none, the counter of its
feeds, and there every feed begins a new epoch.

A restored site begins a new epoch of its journal before its first write, so that no number is ever
given twice. To begin one that was not needed does no harm; a mark that cannot be read counts as none.

A parent notes the incarnations of its children by their hello. One that speaks again after a younger
one has spoken is alive beside it.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from replication.durable import replace_file
from replication.errors import RefusedError
from replication.journal import Head
from schemas.tables.base import upsert
from schemas.tables.link import incarnation as incarnation_table
from schemas.tables.link import own_incarnation

FILE = "incarnation.json"


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands outside the database: its incarnation, and how far its journal had come."""

    incarnation: str
    epoch: str
    head: int


@dataclass(frozen=True, slots=True)
class Incarnation:
    """This database's name for itself since its last start, and the one before."""

    name: str
    follows: str


def read_mark(path: Path) -> Mark | None:
    """The mark, None when there is none that reads."""
    try:
        fields = json.loads(path.read_text("utf-8"))
        return Mark(str(fields["incarnation"]), str(fields["epoch"]), int(fields["head"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_mark(path: Path, mark: Mark) -> None:
    """Replace the mark, durably: after a power cut there is the old one or the new one."""
    replace_file(path, json.dumps(asdict(mark)).encode())


def present(connection: Connection, site: str) -> Incarnation | None:
    """What the database says of itself, None before its first start."""
    row = connection.execute(
        select(own_incarnation).where(own_incarnation.c.site == site)
    ).one_or_none()
    return None if row is None else Incarnation(row.incarnation, row.follows)


def begin(connection: Connection, site: str) -> Incarnation:
    """Draw the name of this start. The mark is written when the transaction has been committed."""
    before = present(connection, site)
    drawn = Incarnation(uuid.uuid4().hex, before.name if before else "")
    row = {"site": site, "incarnation": drawn.name, "follows": drawn.follows}
    upsert(connection, own_incarnation, [row])
    return drawn


def what_was_restored(
    connection: Connection, site: str, mark: Mark | None, head: Head
) -> str | None:
    """Why this database is taken for a restored one; None when it is the one that ran last.

    `head` is what the mark follows: that of the site's journal, or of its feeds' counter.
    """
    known = present(connection, site)
    if mark is None:
        return "it was put on a machine that it did not run on" if known else None
    names = {known.name, known.follows} if known else set()
    if mark.incarnation not in names:
        return "it is not the one that ran here last"
    if mark.epoch == head.epoch and mark.head > head.sequence:
        return f"it ends at {head.sequence}, it had come to {mark.head}"
    return None


def heard(connection: Connection, site: str, name: str, follows: str, at: datetime) -> None:
    """Note a child's hello. Raises RefusedError when a person shut this incarnation out."""
    known = incarnation_table
    shut = connection.execute(
        select(known.c.refused).where(
            known.c.site == site,
            known.c.incarnation.in_([name, follows]),
            known.c.refused.is_not(None),
        )
    ).first()
    if shut is not None:
        message = (
            f"this copy of {site} was shut out, another one goes on: enrol this machine anew, or "
            "switch it off"
        )
        raise RefusedError("superseded", message)
    # Counted, not timed: nothing here is ordered by a clock.
    of_site = select(func.max(known.c.last_hello)).where(known.c.site == site)
    number = 1 + (connection.execute(of_site).scalar() or 0)
    first = connection.execute(
        select(known.c.first_hello).where(known.c.site == site, known.c.incarnation == name)
    ).scalar()
    row = {
        "site": site, "incarnation": name, "follows": follows, "first_hello": first or number,
        "last_hello": number, "seen": at, "refused": None,
    }  # fmt: skip
    upsert(connection, known, [row])


def alive(connection: Connection) -> dict[str, list[str]]:
    """The sites that are forked: incarnations, the oldest first, that speak in turns."""
    known = incarnation_table
    next_one = (
        func.lead(known.c.first_hello)
        .over(partition_by=known.c.site, order_by=known.c.first_hello)
        .label("next_one")
    )
    listed = select(known, next_one).where(known.c.refused.is_(None)).subquery()
    # Of all that ever ran only those are read of which a younger one spoke before their last word.
    forked = select(listed.c.site).where(listed.c.last_hello > listed.c.next_one)
    rows = connection.execute(
        select(known)
        .where(known.c.refused.is_(None), known.c.site.in_(forked))
        .order_by(known.c.site, known.c.first_hello)
    ).all()
    named: dict[str, list[str]] = {}
    for site, of_site in groupby(rows, key=lambda row: row.site):
        speaking: list[str] = []
        latest = 0
        copies = list(of_site)
        for place, one in enumerate(copies):
            younger = copies[place + 1 :]
            if latest > one.first_hello or (younger and one.last_hello > younger[0].first_hello):
                speaking.append(one.incarnation)
            latest = max(latest, one.last_hello)
        named[site] = speaking
    return named


def shut_out(connection: Connection, site: str, name: str, at: datetime) -> bool:
    """Refuse an incarnation, and the ones that follow it, from now on; whether it was known."""
    done = connection.execute(
        update(incarnation_table)
        .where(incarnation_table.c.site == site, incarnation_table.c.incarnation == name)
        .values(refused=at)
    )
    return bool(done.rowcount)
