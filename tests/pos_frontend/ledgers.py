"""What answers a lane about redeeming in tests: headquarters' part, as far as a till can tell."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta

from pos_frontend.redeeming import Redemptions
from replication.inquiry import NotAnsweredError
from replication.inquiry_desk import InquiryDesk, Underway
from replication.messages import Inquiry, InquiryAnswer
from schemas.domain.redemption import Grant, PointsRate, RedeemedKind
from schemas.tables.base import open_sqlite
from schemas.wire.redemption import (
    ACCOUNT,
    GRANT,
    Account,
    Body,
    Grants,
    GrantsWanted,
    Redeeming,
    Reserved,
    WhyNot,
    body_of,
    read_redeeming,
    read_wanted,
)
from tests.pos_frontend.running import until
from tests.pos_frontend.shop import LANE, NOON, Scene

MEMBER = "9001"
RATE = PointsRate(100, 100)  # 100 points for 1.00


@dataclass
class Ledgers:
    """Headquarters as a lane hears it, or does not; see `replication.inquiry.Above`."""

    points: int = 1000
    stored_value: int = 5000
    rate: PointsRate | None = RATE
    why: WhyNot = ""
    down: bool = False
    open: tuple[Grant, ...] = ()
    asked: list[tuple[str, Redeeming]] = field(default_factory=list)
    wanted: list[GrantsWanted] = field(default_factory=list)
    answering: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.answering.set()

    def inquire(self, inquiry: Inquiry, seconds: float) -> InquiryAnswer:
        """Answer, unless the line is down; not before it may."""
        if inquiry.kind not in {ACCOUNT, GRANT}:
            self.asked.append((inquiry.uuid, read_redeeming(inquiry.body)))
        if self.down:
            raise NotAnsweredError("line_down", "the line is down")
        del seconds
        assert self.answering.wait(60)
        said = self._said(inquiry)
        return InquiryAnswer(
            uuid=inquiry.uuid, outcome="found", answered_by="hq", body=body_of(said)
        )  # fmt: skip

    def cancel(self, uuid: str) -> None:
        """See `Above`."""

    def close(self) -> None:
        """See `Above`."""

    def _said(self, inquiry: Inquiry) -> Body:
        if inquiry.kind == ACCOUNT:
            return Account(MEMBER, self.points, self.rate, self.stored_value)
        if inquiry.kind == GRANT:
            self.wanted.append(read_wanted(inquiry.body))
            return Grants(self.open)
        wanted = read_redeeming(inquiry.body)
        if self.why:
            return Reserved(self.why)
        if wanted.kind == "coupon":
            return Reserved(coupon_kind="SPRING")
        if wanted.kind == "stored_value":
            amount = min(self.stored_value, wanted.amount)
            return Reserved(amount=amount, available=self.stored_value)
        assert self.rate is not None
        worth = self.rate.worth(self.points)
        amount = min(worth, wanted.amount)
        return Reserved(amount=amount, points=self.rate.cost(amount), available=worth)


def redemptions(scene: Scene, ledgers: Ledgers) -> tuple[Redemptions, InquiryDesk]:
    """What a lane redeems with, for which no time passes; the desk is to be closed."""
    engine = open_sqlite(str(scene.data / "journal.db"))
    desk = InquiryDesk(LANE, engine, {}, ledgers, tick=lambda: 0.0)
    return Redemptions(desk, scene.journal.grants, scene.clock), desk


def answer_of(underway: Underway) -> InquiryAnswer:
    """The answer to an inquiry, however long a busy machine takes."""
    until(lambda: underway.has_ended)
    return underway.wait()


def granted(
    scene: Scene, kind: RedeemedKind = "stored_value", number: str = "G1", amount: int = 10_000,
    cap: int = 3_000, hours: float = 48, epoch: str = "",
) -> Grant:  # fmt: skip
    """A grant of the lane in the epoch of its journal, unless another is told."""
    rate = RATE if kind == "points" else None
    of = epoch or scene.journal.grants.wanted().epoch
    return Grant(number, kind, LANE, of, amount, cap, NOON + timedelta(hours=hours), rate)
