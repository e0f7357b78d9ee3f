"""Redeeming points (积分抵现), stored value (储值) and single-use coupons at this lane (rule 18).

    asked of headquarters        answered                          not answered in time
    a member's account           what is available                 what this lane's grants have room for
    a redemption                 reserved for the basket's uuid,   out of a grant of this lane, as far as it
                                 or why not: it is refused         has room; with none it is refused

Both are inquiries beside the till, which waits for neither. A redemption that was not answered is asked
again with the same uuid, so what headquarters decided is learned then; if it was taken out of a grant
meanwhile, what headquarters reserved too is freed by the ticket. What is reserved for a basket that ends
otherwise is freed by its end.
"""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass, replace
from typing import Literal, get_args

from pos_frontend.basket import Sale, read_amount
from pos_frontend.errors import TillError
from pos_frontend.grants import LaneGrants, Room
from replication.clock import Clock
from replication.inquiry import BusyError
from replication.inquiry_desk import InquiryDesk, Underway
from replication.messages import InquiryAnswer
from schemas.domain import tender as rules
from schemas.domain.redemption import PointsRate, RedeemedKind
from schemas.domain.ticket import TenderKind, TenderLine
from schemas.wire.redemption import (
    ACCOUNT,
    REDEEM,
    Account,
    Redeeming,
    Reserved,
    account_asked,
    body_of,
    read_account,
    read_redeeming,
    read_reserved,
)

#: The kinds of tender that are redeemed.
RedeemedTender = Literal["points", "stored_value"]
REDEEMED: frozenset[TenderKind] = frozenset(get_args(RedeemedTender))


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a basket may have of what it asked for. `points` is what points cost, `coupon_kind` what kind
    headquarters knows a coupon by, `grant` the grant that it was taken out of, None where headquarters has
    reserved it; `left` is what is available after it, in money, and `points_left` in points, where that
    is known.
    """

    asked: Redeeming
    amount: int
    points: int | None = None
    coupon_kind: str = ""
    grant: str | None = None
    left: int | None = None
    points_left: int | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a member may redeem: as headquarters knows it, or out of this lane's grants (`offline`).
    `worth` is what their points pay, `stored_value` their money; either is None where none is taken.
    """

    member: str
    worth: int | None
    stored_value: int | None
    points: int | None = None
    offline: bool = False


class Redemptions:
    """Asks for redemptions of one lane, all three kinds. To be used on the till's thread."""

    def __init__(self, desk: InquiryDesk, grants: LaneGrants, clock: Clock) -> None:
        self._desk = desk
        self._grants = grants
        self._clock = clock
        self._unanswered: dict[Redeeming, str] = {}
        #: The account that was told last, and for which basket: of another one it may have changed.
        self._account: tuple[str, Account] | None = None

    def ask_account(self, member: str) -> Underway:
        """Ask what a member has. Raises TillError `lookup_busy`."""
        return self._asked(ACCOUNT, account_asked(member))

    def balance(self, underway: Underway, answer: InquiryAnswer, sale: Sale | None) -> Balance:
        """What the member may redeem. Raises TillError, and ValueError when the answer does not read."""
        member = str(underway.inquiry.body["member"])
        if answer.complete:
            if answer.outcome != "found":
                raise TillError("redeem_unknown_member")
            account = read_account(answer.body)
            self._account = (sale.uuid, account) if sale else None
            return _balance(account)
        points, stored = (self._room(kind, member, sale) for kind in get_args(RedeemedTender))
        return Balance(member, _amount(points), _amount(stored), offline=True)

    def ask(self, wanted: Redeeming) -> Underway:
        """Ask headquarters to reserve something. Raises TillError `lookup_busy`."""
        # What another basket asked for nobody asks again; and what another amount took the place of must not
        # be told as it was answered then.
        self._unanswered = {
            one: uuid
            for one, uuid in self._unanswered.items()
            if one.ticket == wanted.ticket
            and (one == wanted or (one.kind, one.account) != (wanted.kind, wanted.account))
        }
        uuid = self._unanswered.setdefault(wanted, str(uuids.uuid4()))
        return self._asked(REDEEM, body_of(wanted), uuid)

    def redeemed(self, underway: Underway, answer: InquiryAnswer, sale: Sale | None) -> Redeemed:
        """What the basket may have of it; `sale` is the one in hand. Raises TillError when it may have
        nothing, and ValueError when the answer does not read.
        """
        wanted = read_redeeming(underway.inquiry.body)
        if not answer.complete:
            return self._out_of_a_grant(wanted, sale)
        self._unanswered.pop(wanted, None)
        if answer.outcome != "found":
            raise TillError("redeem_refused", reason=str(answer.body.get("reason", answer.outcome)))
        one = _reserved(wanted, read_reserved(answer.body))
        basket, known = self._account or ("", None)
        if (
            one.points is None
            or known is None
            or (basket, known.member) != (wanted.ticket, wanted.member)
        ):
            return one
        return replace(one, points_left=max(0, known.points - one.points))

    def _out_of_a_grant(self, wanted: Redeeming, sale: Sale | None) -> Redeemed:
        found = self._room(wanted.kind, wanted.member, sale)
        if found is None:
            raise TillError("redeem_offline")
        grant = found.grant
        if wanted.kind == "coupon":
            return Redeemed(wanted, 1, grant=grant.number)
        amount = min(wanted.amount, found.amount)
        cost = grant.rate.cost(amount) if wanted.kind == "points" and grant.rate else None
        return Redeemed(wanted, amount, cost, grant=grant.number)

    def _room(self, kind: RedeemedKind, member: str, sale: Sale | None) -> Room | None:
        found = self._grants.best(kind, member, self._clock(), sale)
        # Points without a rate are worth nothing that could be told.
        return None if found and kind == "points" and found.grant.rate is None else found

    def _asked(self, kind: str, body: dict[str, object], uuid: str | None = None) -> Underway:
        try:
            return self._desk.ask(kind, body, uuid=uuid)
        except BusyError as error:
            raise TillError("lookup_busy") from error


def wanted_by(sale: Sale | None, kind: RedeemedTender, amount: str = "") -> Redeeming:
    """What a basket asks for: an amount that was keyed, or all that is due. Raises TillError."""
    if sale is None or sale.is_empty():
        raise TillError("empty")
    if sale.totals.total <= 0:
        raise TillError("tender_refund")
    member = member_of(sale)
    _must_be_the_first(sale, kind)
    left = rules.remaining(sale.totals.total, sale.tenders, kind, sale.terms.cash_rounding)
    if left == 0:
        raise TillError("tender_paid")
    keyed = read_amount(amount, sale.terms.decimals) if amount else left
    if keyed == 0:
        raise TillError("tender_amount")
    if keyed > left:
        raise TillError("tender_exceeds")
    return Redeeming(sale.uuid, kind, member, keyed, member)


def member_of(sale: Sale) -> str:
    """Whose account is redeemed. Raises TillError where the basket has no member."""
    if sale.basket.member is None:
        raise TillError("redeem_member")
    return sale.basket.member


def tender_kind(redeemed: Redeemed) -> RedeemedTender:
    """The kind of tender that it is. Raises TillError for a coupon, which is none."""
    if redeemed.asked.kind == "coupon":
        raise TillError("redeem_late")
    return redeemed.asked.kind


def tender_line(sale: Sale, redeemed: Redeemed) -> TenderLine:
    """The tender that it makes of the basket that asked for it, and of no other. Raises TillError."""
    kind, asked = tender_kind(redeemed), redeemed.asked
    if (asked.ticket, asked.account) != (sale.uuid, sale.basket.member):
        raise TillError("redeem_late")
    _must_be_the_first(sale, kind)
    return TenderLine(kind, redeemed.amount, points=redeemed.points, grant=redeemed.grant)


def left_after(sale: Sale, redeemed: Redeemed) -> dict[TenderKind, int]:
    """What the accounts of a sale have, with what one more redemption says of it."""
    kind = tender_kind(redeemed)
    left = redeemed.points_left if kind == "points" else redeemed.left
    others: dict[TenderKind, int] = {one: of for one, of in sale.left.items() if one != kind}
    return others if left is None else {**others, kind: left}


def _must_be_the_first(sale: Sale, kind: RedeemedTender) -> None:
    # A reservation takes the place of the one before it, so a basket has one of a kind.
    if any(one.kind == kind for one in sale.tenders):
        raise TillError("redeem_twice")


def _reserved(wanted: Redeeming, said: Reserved) -> Redeemed:
    if said.why:
        raise TillError(f"redeem_{said.why}")
    if wanted.kind == "coupon":
        return Redeemed(wanted, 1, coupon_kind=said.coupon_kind)
    if said.amount == 0:
        raise TillError("redeem_nothing_available")
    if not 0 < said.amount <= wanted.amount:
        message = f"{said.amount} is reserved where {wanted.amount} was asked for"
        raise ValueError(message)
    points = said.points if wanted.kind == "points" else None
    return Redeemed(wanted, said.amount, points, left=max(0, said.available - said.amount))


def _amount(found: Room | None) -> int | None:
    return None if found is None else found.amount


def _balance(account: Account) -> Balance:
    rate: PointsRate | None = account.rate
    worth = None if rate is None else rate.worth(account.points)
    return Balance(account.member, worth, account.stored_value, account.points)
