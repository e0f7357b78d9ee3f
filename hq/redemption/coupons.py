"""Single-use coupons (优惠券) at headquarters, which alone knows whether one is still good (rule 18).

    state    is when                                       may be
    issued   nobody has used it, or its goods came back    used from its start to its end, or voided
    used     a ticket that is here used it                 –
    void     a person voided it, with a reason             –

    a lane asks for one that is                  and is answered
    issued, valid now, and nobody else's own     it is reserved for the ticket
    reserved for another open ticket, or used    coupon_used
    void, or over                                coupon_expired
    not to be used yet                           coupon_not_yet
    another member's own                         coupon_of_another
    not among those issued                       unknown_coupon

A number is the kind, a hyphen and a serial (`schemas.domain.coupon`); serials that headquarters makes are
eight characters that nobody guesses, without 0, O, 1 and I.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, case, func, insert, select, update

from hq.audit import note
from hq.redemption import accounts, reservations
from hq.redemption.terms import terms
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.decision import Claim
from schemas.domain.coupon import is_kind, read_coupon
from schemas.tables.redemption import coupon, coupon_use, reservation
from schemas.wire.redemption import Redeeming, Reserved, WhyNot

State = Literal["issued", "used", "void"]
STATES: tuple[State, ...] = ("issued", "used", "void")

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_SERIAL = 8
MOST = 10_000

_KIND = msgid("“%(kind)s” is no kind of coupon: a letter, then up to 19 letters or digits.")
_COUNT = msgid("Between 1 and %(most)s coupons are issued at a time.")
_ENDS = msgid("A coupon ends after it starts: enter a later end, or none.")
_NO_MEMBER = msgid("There is no member %(member)s.")
_NUMBER = msgid("“%(number)s” is no number of a coupon of kind %(kind)s.")
_TWICE = msgid("Coupon %(number)s was issued before.")
_UNKNOWN = msgid("There is no coupon %(number)s.")
_NOT_ISSUED = msgid("Coupon %(number)s is used or void already: it stays so.")
_NO_REASON = msgid("Say why coupon %(number)s is voided.")


@dataclass(frozen=True, slots=True)
class Terms:
    """What coupons that are issued together have in common; without an end they hold for good."""

    kind: str
    member: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon as a page shows it."""

    number: str
    kind: str
    member: str
    starts: datetime | None
    ends: datetime | None
    issued: datetime
    issued_by: str
    state: State
    reason: str

    def holds(self, at: datetime) -> WhyNot:
        """Why it is not to be used at an instant by its dates, empty where it is."""
        if self.starts is not None and at < self.starts:
            return "coupon_not_yet"
        return "coupon_expired" if self.ends is not None and at >= self.ends else ""


def issue(connection: Connection, of: Terms, count: int, operator: str, at: datetime) -> list[str]:
    """Issue so many coupons under numbers of headquarters' making. Raises RefusalError."""
    if not 1 <= count <= MOST:
        raise RefusalError(_COUNT, most=MOST)
    if not is_kind(of.kind):
        raise RefusalError(_KIND, kind=of.kind[:40])
    numbers = [f"{of.kind}-{_serial()}" for _ in range(count)]
    issue_numbered(connection, [(number, of) for number in numbers], operator, at)
    note(connection, at, operator, "coupon.issue", of.kind, f"{count} {numbers[0]} …")
    return numbers


def issue_numbered(
    connection: Connection, given: Sequence[tuple[str, Terms]], operator: str, at: datetime
) -> None:
    """Issue coupons under these numbers. Raises RefusalError."""
    held = set(known(connection, [number for number, _ in given]))
    rows: list[dict[str, Any]] = []
    for number, of in given:
        read = read_coupon(number)
        if read is None or read.number == read.kind or read.kind != of.kind:
            raise RefusalError(_NUMBER, number=number[:60], kind=of.kind)
        if number in held:
            raise RefusalError(_TWICE, number=number)
        if of.starts is not None and of.ends is not None and of.ends <= of.starts:
            raise RefusalError(_ENDS)
        if of.member and not accounts.is_member(connection, of.member):
            raise RefusalError(_NO_MEMBER, member=of.member)
        rows.append({
            "number": number, "kind": of.kind, "member": of.member, "starts": of.starts,
            "ends": of.ends, "issued": at, "issued_by": operator,
        })  # fmt: skip
    if rows:
        connection.execute(insert(coupon), rows)


def void(connection: Connection, number: str, reason: str, operator: str, at: datetime) -> None:
    """Let nobody use a coupon any more. Raises RefusalError."""
    accounts.hold(connection, "coupon", [number])
    held = known(connection, [number])
    if not held:
        raise RefusalError(_UNKNOWN, number=number[:60])
    if held[number].state != "issued":
        raise RefusalError(_NOT_ISSUED, number=number)
    if not reason.strip():
        raise RefusalError(_NO_REASON, number=number)
    said = {"voided": at, "voided_by": operator, "reason": reason.strip()}
    connection.execute(update(coupon).where(coupon.c.number == number).values(said))
    note(connection, at, operator, "coupon.void", number, reason.strip())


def known(connection: Connection, numbers: Sequence[str]) -> dict[str, Coupon]:
    """Those of these numbers that were issued."""
    query = select(coupon, _state().label("state")).where(coupon.c.number.in_(numbers))
    return {row.number: _held(row) for row in connection.execute(query)}


def listed(
    connection: Connection, kind: str = "", state: str = "", after: str = "", limit: int | None = 50
) -> list[Coupon]:
    """Coupons by number, of one kind and state where they are named."""
    query = select(coupon, _state().label("state")).where(coupon.c.number > after)
    if kind:
        query = query.where(coupon.c.kind == kind)
    if state:
        query = query.where(_state() == state)
    return [_held(row) for row in connection.execute(query.order_by(coupon.c.number).limit(limit))]


def counted(connection: Connection) -> dict[str, dict[str, int]]:
    """How many there are, by kind and state."""
    query = select(coupon.c.kind, _state().label("state"), func.count())
    found: dict[str, dict[str, int]] = {}
    for kind, state, number in connection.execute(query.group_by("kind", "state")):
        found.setdefault(kind, dict.fromkeys(STATES, 0))[state] = number
    return dict(sorted(found.items()))


def of_members(connection: Connection, family: Iterable[str]) -> list[Coupon]:
    """A family's own, by number."""
    query = select(coupon, _state().label("state")).where(coupon.c.member.in_(sorted(family)))
    return [_held(row) for row in connection.execute(query.order_by(coupon.c.number))]


def presentable(connection: Connection, family: Iterable[str], now: datetime) -> tuple[str, ...]:
    """The numbers of a family's own that could be used now: neither used nor reserved."""
    own = [one for one in of_members(connection, family) if one.state == "issued"]
    numbers = [one.number for one in own if not one.holds(now)]
    kept = reservations.still_open(connection, now, of_accounts=numbers)
    return tuple(sorted(set(numbers) - {one.account for one in kept if one.kind == "coupon"}))


def reserve(connection: Connection, asked: Claim, wanted: Redeeming) -> Reserved:
    """Reserve a coupon for a ticket, or say why not."""
    accounts.hold(connection, "coupon", [wanted.account])
    reservations.free(connection, wanted, [wanted.account])
    held = known(connection, [wanted.account]).get(wanted.account)
    why = _why_not(connection, asked, wanted, held)
    if why or held is None:
        return Reserved(why)
    reservations.keep(connection, asked, wanted, terms(connection), 0, 0)
    return Reserved(coupon_kind=held.kind, available=1)


def _why_not(
    connection: Connection, asked: Claim, wanted: Redeeming, held: Coupon | None
) -> WhyNot:
    if held is None:
        return "unknown_coupon"
    if held.state == "void":
        return "coupon_expired"
    row = reservation.c
    others = select(row.ticket).where(
        row.kind == "coupon", row.account == held.number, row.ticket != wanted.ticket,
        reservations.is_open(asked.at),
    )  # fmt: skip
    if held.state == "used" or connection.execute(others).first() is not None:
        return "coupon_used"
    if held.member and not same_member(connection, held.member, wanted.member):
        return "coupon_of_another"
    return held.holds(asked.at)


def same_member(connection: Connection, one: str, other: str) -> bool:
    """Whether two numbers count for the same member."""
    return accounts.stays(connection, one) == accounts.stays(connection, other)


def _state() -> ColumnElement[str]:
    use = coupon_use.c
    used = select(use.ticket).where(use.coupon == coupon.c.number, ~use.given_back)
    return case((coupon.c.voided.is_not(None), "void"), (used.exists(), "used"), else_="issued")


def _serial() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_SERIAL))


def _held(row: Row[Any]) -> Coupon:
    return Coupon(
        row.number, row.kind, row.member, row.starts, row.ends, row.issued, row.issued_by,
        row.state, row.reason or "",
    )  # fmt: skip
