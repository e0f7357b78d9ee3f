"""What must not come back with a backup: used tokens, replaced and revoked keys, copies shut out.

    written   to a file beside the incarnation's mark, flushed to its disk, before the transaction that
              makes it count is committed: a crash between leaves a line for what nearly happened
    read      whenever the site's database is opened: what the database does not know is done again

    the last line of a site   what holds at the next opening
    used      token, key      the token is used by that key, and the key is the site's: a machine that it
                              replaced stays out, one that enrolled after the backup stays in
    revoked   key             the site has no key that is not revoked
    either                    a token issued for the site before, and not used, is void
    shut_out  copy            that copy is refused, whatever the last line says

The order of the lines decides; a key that the database took later than the last line stays. The file
only grows, and holds no secrets.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, delete, select, update

from schemas.tables.base import upsert
from schemas.tables.link import enrolment_token, incarnation, peer
from schemas.wire import canonical

_log = structlog.get_logger(__name__)

FILE = "trust.jsonl"


@dataclass(frozen=True, slots=True)
class Line:
    """One act: `what` is used, revoked or shut_out; `subject` the token or the copy, empty for a key."""

    what: str
    site: str
    subject: str
    key: bytes
    at: datetime


class Ledger:
    """The file of one site."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, line: Line) -> None:
        """Append a line, durably. Raises OSError, and then the act must not be committed."""
        said = canonical.encode(
            {"what": line.what, "site": line.site, "subject": line.subject,
             "key": line.key.hex(), "at": line.at.astimezone(UTC).isoformat()}
        )  # fmt: skip
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Opened to append: two processes of the site write whole lines, never into one another. What a
        # power cut left of a line is ended first, so that it spoils no line but itself.
        with self._path.open("ab") as file:
            file.write(b"\n" + said + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> Iterator[Line]:
        """Every line that reads, in order; one that does not is told in the log."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return
        for number, said in enumerate(data.splitlines(), 1):
            if not said:
                continue
            try:
                yield _read(json.loads(said))
            except (ValueError, KeyError, TypeError) as error:
                _log.error("a line of the trust ledger does not read", file=str(self._path),
                           line=number, error=str(error))  # fmt: skip

    def reconcile(self, connection: Connection) -> int:
        """Do again what the database has forgotten; how many acts those were."""
        lines = list(self.lines())
        last = {one.site: one for one in lines if one.what != "shut_out"}
        done = sum(
            (
                _use_again(connection, [one for one in lines if one.what == "used"]),
                _settle_keys(connection, last),
                _void_tokens(connection, last),
                _shut_out_again(connection, [one for one in lines if one.what == "shut_out"]),
            )
        )
        if done:
            _log.error(
                "this database was put back: what must not come back was done again", acts=done
            )
        return done


def _read(fields: Mapping[str, Any]) -> Line:
    at = datetime.fromisoformat(fields["at"])
    key = bytes.fromhex(fields["key"])
    return Line(str(fields["what"]), str(fields["site"]), str(fields["subject"]), key, at)


def _use_again(connection: Connection, used: list[Line]) -> int:
    query = select(enrolment_token.c.token).where(enrolment_token.c.used.is_(None))
    unused = set(connection.execute(query).scalars())
    forgotten = [one for one in used if one.subject in unused]
    for one in forgotten:
        connection.execute(
            update(enrolment_token)
            .where(enrolment_token.c.token == one.subject)
            .values(used=one.at, used_by=one.key)
        )
    return len(forgotten)


def _settle_keys(connection: Connection, last: Mapping[str, Line]) -> int:
    held = {row.site: row for row in connection.execute(select(peer))}
    done = 0
    for site, line in last.items():
        row = held.get(site)
        if row is not None and row.enrolled > line.at:
            continue
        if line.what == "used" and (row is None or bytes(row.public_key) != line.key):
            fresh = {"site": site, "public_key": line.key, "enrolled": line.at, "revoked": None}
            upsert(connection, peer, [fresh])
            done += 1
        if line.what == "revoked" and row is not None and row.revoked is None:
            connection.execute(update(peer).where(peer.c.site == site).values(revoked=line.at))
            done += 1
    return done


def _void_tokens(connection: Connection, last: Mapping[str, Line]) -> int:
    """Of one site a single token is unused at a time, so an older one came back with the backup."""
    unused = select(enrolment_token).where(enrolment_token.c.used.is_(None))
    void = [
        row.token
        for row in connection.execute(unused)
        if row.site in last and row.issued < last[row.site].at
    ]
    if void:
        connection.execute(delete(enrolment_token).where(enrolment_token.c.token.in_(void)))
    return len(void)


def _shut_out_again(connection: Connection, shut: list[Line]) -> int:
    of_sites = select(incarnation).where(incarnation.c.site.in_({one.site for one in shut}))
    held = {(row.site, row.incarnation): row for row in connection.execute(of_sites)}
    done = 0
    for one in shut:
        row = held.get((one.site, one.subject))
        if row is not None and row.refused is not None:
            continue
        never_heard = {"follows": "", "first_hello": 0, "last_hello": 0, "seen": one.at}
        known = never_heard if row is None else {name: row._mapping[name] for name in never_heard}  # noqa: SLF001 - its public name
        named = {"site": one.site, "incarnation": one.subject, "refused": one.at}
        upsert(connection, incarnation, [{**known, **named}])
        done += 1
    return done
