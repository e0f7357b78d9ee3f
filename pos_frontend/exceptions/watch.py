"""What of all that happens at a till is an exception; the desk tells what it sees.

    seen                                       kind       subject
    a refusal of those below, of a sign-in     sign_in    sign_in, or open
    a refusal of those below, of another act   refused    the act, by its name in `screen.protocol`
    nothing could be saved                     device     disk
    a receipt printed again                    copy       its number
    a payment declined, or given back          payment    its tender kind
    a device that fails, or is well again      device     its UnifiedPOS name
    somebody attends a self-checkout           attended   why they were called

Who is called and has the right is told by the act itself. A refusal that only asks for something, as
for a reason or for somebody's authority, is none. No PIN is ever written, nor what might be one.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.exc import DBAPIError

from pos_frontend.attendance import Call
from pos_frontend.errors import TillError
from pos_frontend.exceptions.faults import DeviceFaults
from pos_frontend.exceptions.log import ExceptionLog
from pos_frontend.exceptions.repeats import Repeats
from pos_frontend.lane import Lane
from pos_frontend.payment.attempt import Attempt
from pos_frontend.status import Status
from pos_frontend.till import Till
from schemas.domain.exceptions import ExceptionKind, ExceptionResult, TillException
from schemas.domain.ticket import Ticket

#: Refusals that are exceptions, by their code. Whose values say what it was about is told with them.
_REFUSALS = frozenset({"pin", "pin_pause", "no_right", "other_shift"})
_ABOUT_GOODS = frozenset({"expired", "over_return", "returned_all"})
_NOT_SAVED = "not_saved"
#: A self-checkout is opened by who signs in there.
_SIGNING_IN = frozenset({"sign_in", "open"})
_LONGEST_DETAIL = 200


class ExceptionWatch:
    """The exceptions of one till."""

    def __init__(self, lane: Lane, till: Till) -> None:
        self._lane = lane
        self._till = till
        self._log = ExceptionLog(lane.journal.note)
        self._repeats = Repeats()
        self._faults = DeviceFaults()
        if lane.payments is not None:
            lane.payments.unpaid = self._unpaid

    def refused(self, act: str, keyed_operator: str, error: TillError) -> None:
        """Take note of a refusal. To be called on the till's thread."""
        details = " · ".join(error.values.values())
        if error.code == _NOT_SAVED:
            fact = self._fact("device", "disk", error.code, "refused")
            self._take(replace(fact, detail=details[:_LONGEST_DETAIL]))
        elif error.code in _REFUSALS | _ABOUT_GOODS:
            named = self._known(keyed_operator)
            signing_in = act in _SIGNING_IN
            fact = self._fact("sign_in" if signing_in else "refused", act, error.code, "refused")
            fact = replace(fact, operator=named) if signing_in else replace(fact, authority=named)
            about = details[:_LONGEST_DETAIL] if error.code in _ABOUT_GOODS else ""
            self._take(replace(fact, detail=about))

    def copied(self, ticket: Ticket, cause: str) -> None:
        """Take note of a receipt that is printed again. To be called on the till's thread."""
        fact = self._fact("copy", ticket.receipt, cause, "printed")
        self._take(replace(fact, basket=ticket.uuid, amount=ticket.total))

    def attended(self, call: Call | None, operator: str) -> None:
        """Take note of who came to a customer's side. To be called on the till's thread."""
        why, about = ("none", "") if call is None else (call.why, call.about)
        self._take(replace(self._fact("attended", why, about, "attended"), authority=operator))

    def look(self, status: Status) -> None:
        """Take note of devices that fail or are well again, and of repetitions that are over."""
        now = self._lane.clock()
        bad: dict[str, tuple[str, str]] = {
            name: (one.state, one.detail)
            for name, one in status.devices.items()
            if one.state != "ready"
        }
        if status.printer.trouble:
            bad["printer"] = ("trouble", status.printer.trouble)
        for one in self._faults.look(bad, now):
            fact = self._fact("device", one.device, one.cause, one.result)
            detail = one.detail[:_LONGEST_DETAIL]
            fact = replace(fact, at=one.at, since=one.since, times=one.times, detail=detail)
            self._log.note(replace(fact, basket=""))
        for counted in self._repeats.over(now):
            self._log.note(counted)

    def close(self) -> None:
        """Write what waits and end."""
        for counted in self._repeats.rest():
            self._log.note(counted)
        self._log.close()

    def _unpaid(self, attempt: Attempt) -> None:
        """Take note of a payment that was declined, or given back. Called on the payments' thread."""
        given_up = attempt.state == "voiding"
        result: ExceptionResult = "given_back" if given_up else "not_paid"
        fact = self._fact("payment", attempt.kind, "given_up" if given_up else attempt.why, result)
        # Under the same identity, should the till be killed and hear of the same end again.
        fact = replace(fact, uuid=f"{attempt.reference}:{result}", basket=attempt.basket)
        self._log.note(replace(fact, amount=attempt.amount))

    def _take(self, fact: TillException) -> None:
        for one in self._repeats.take(fact):
            self._log.note(one)

    def _fact(
        self, kind: ExceptionKind, subject: str, cause: str, result: ExceptionResult
    ) -> TillException:
        now, present = self._lane.clock(), self._till.operator
        return TillException(
            uuid=str(uuid.uuid4()),
            branch=self._lane.branch,
            lane=self._lane.site,
            business_date=self._date(now),
            operator="" if present is None else present.operator,
            at=now,
            kind=kind,
            subject=subject,
            cause=cause,
            result=result,
            since=now,
            basket="" if self._till.sale is None else self._till.sale.uuid,
        )

    def _date(self, now: datetime) -> date:
        """The date of the shift, or what a sale that began now would have."""
        shift = self._till.shift
        if shift is not None:
            return shift.business_date
        try:
            return self._till.terms(now).business_date
        except (TillError, DBAPIError):
            return now.date()  # not even the branch's clock is known, or can be read

    def _known(self, operator: str) -> str:
        found = self._lane.catalogue.operator(operator) if operator else None
        return "" if found is None else found.operator
