"""Importing single-use coupons that were printed or sent elsewhere.

    coupons   number,kind and, if the file has them, member, starts and ends

`member` is whose own a coupon is; `starts` and `ends` are instants with their distance from UTC. A row that
says what was issued already changes nothing; the number with anything else is refused.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from hq.import_kinds import Reading, unique
from hq.import_rates import instant
from hq.redemption import coupons
from hq.redemption.coupons import Terms
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.domain.coupon import has_serial, read_coupon
from schemas.tables.catalogue import member

COLUMNS = ("number", "kind")
OPTIONAL = ("member", "starts", "ends")

_NUMBER = msgid(
    "%(value)s is no number of a coupon: a kind of letters and digits, a hyphen, a serial"
)
_KIND = msgid("%(value)s is not the kind that its number begins with")
_NO_MEMBER = msgid("there is no member %(value)s; import members first")
_ENDS = msgid("a coupon ends after it starts")
_ISSUED = msgid("%(value)s was issued before; the row says something else")


def read_coupons(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Coupons under numbers of their own."""
    del known
    unique(rows, "number", lambda row: row.cells["number"].strip())
    held = coupons.known(connection, [row.cells["number"].strip() for row in rows])
    members = set(connection.execute(select(member.c.member)).scalars())
    changes: list[tuple[str, Terms]] = []
    for row in rows:
        number, of = row.text("number", most=60), _terms(row, members)
        read = read_coupon(number)
        if read is None or not has_serial(read):
            row.refuse("number", _NUMBER, value=number)
        elif read.kind != of.kind:
            row.refuse("kind", _KIND, value=of.kind)
        before = held.get(number)
        if before is not None and of != Terms(
            before.kind, before.member, before.starts, before.ends
        ):
            row.refuse("number", _ISSUED, value=number)
        if before is None and not row.problems:
            changes.append((number, of))
    return Reading(changes, len(changes), 0, len(rows) - len(changes))


def _terms(row: Row, members: set[str]) -> Terms:
    whose = row.code("member", required=False) if "member" in row.cells else ""
    if whose and whose not in members:
        row.refuse("member", _NO_MEMBER, value=whose)
    starts, ends = _instant(row, "starts"), _instant(row, "ends")
    if starts is not None and ends is not None and ends <= starts:
        row.refuse("ends", _ENDS)
    return Terms(row.code("kind"), whose, starts, ends)


def _instant(row: Row, column: str) -> datetime | None:
    return instant(row, column) if row.cells.get(column, "").strip() else None
