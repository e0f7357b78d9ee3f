"""Looking a receipt up (查小票): this lane's own, another lane's, another branch's; to see it, or to
take goods back, which wants to know what was given back before and is asked as `schemas.wire.returns`.

    keyed or scanned      is looked up as
    17                    receipt 17 of this lane
    02-17                 receipt 17 of lane 02 of this branch
    N002.01-000017        what is printed on the receipt, also as its barcode
    a ticket's uuid       the ticket

The lane looks into its own journal first, then asks its branch, which asks headquarters (see
`replication.inquiry`). All of it happens beside the till: `begin` returns at once, and one look-up
at a time is of interest, so a new one cancels the one before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import structlog

from pos_frontend.errors import TillError
from pos_frontend.returns import FoundSale, found_sale
from replication.inquiry import BusyError
from replication.inquiry_desk import InquiryDesk, Underway
from replication.messages import InquiryAnswer
from schemas.wire.inquiries import (
    TICKET,
    HeldTicket,
    ReceiptNumber,
    read_key,
    read_ticket,
)
from schemas.wire.returns import RETURN

_log = structlog.get_logger(__name__)
COUNTS_FILE = "inquiries.json"
_SHORT = re.compile(r"(?:(?P<lane>[^\s.-]{1,20})-)?(?P<counter>[0-9]{1,12})")


def full_key(text: str, lane: str) -> str:
    """What a cashier means by a key. Raises TillError `receipt_key`."""
    short = _SHORT.fullmatch(text)
    if short:
        branch, _, own = lane.rpartition(".")
        return str(ReceiptNumber(f"{branch}.{short['lane'] or own}", int(short["counter"])))
    try:
        return str(read_key(text))
    except ValueError as error:
        raise TillError("receipt_key", code=text) from error


class Lookups:
    """The look-ups of one lane. `found` is the ticket that was found last, while it is shown, and `sold`
    what may be returned of it, if that was asked.
    """

    def __init__(self, desk: InquiryDesk, data: Path) -> None:
        self._desk = desk
        self._file = data / COUNTS_FILE
        self._kept: dict[str, int] = {}
        self._latest: Underway | None = None
        self.found: HeldTicket | None = None
        self.sold: FoundSale | None = None

    def begin(self, text: str, kind: str = TICKET) -> Underway:
        """Look a receipt up; whoever wants the answer waits for it, not on the till's thread.

        Raises TillError when the key is none, or too many look-ups hang.
        """
        key = full_key(text, self._desk.site)
        self.end()
        try:
            self._latest = self._desk.ask(kind, {"key": key})
        except BusyError as error:
            raise TillError("lookup_busy") from error
        return self._latest

    def end(self) -> None:
        """Nobody looks any longer: cancel what is under way, forget what was found."""
        latest, self._latest, self.found, self.sold = self._latest, None, None, None
        if latest is not None:
            self._desk.cancel(self._desk.site, latest.inquiry.uuid)

    def take(self, underway: Underway, answer: InquiryAnswer) -> bool:
        """Keep what was found; False when nobody wants this answer any longer.

        Raises ValueError when what was found cannot be read.
        """
        if underway is not self._latest:
            return False
        if underway.inquiry.kind == RETURN:
            self.sold = found_sale(answer)
            self.found = self.sold.held if self.sold else None
        elif answer.outcome == "found":
            self.found = read_ticket(answer.body)
        return True

    def sold_before(self) -> FoundSale:
        """The sale that goods come back from. Raises TillError when none was looked up for that."""
        if self.sold is None:
            raise TillError("no_original")
        return self.sold

    def forget_sold(self) -> None:
        """A basket ended: what may be returned has to be looked up anew."""
        self.sold = None

    def keep_counts(self) -> None:
        """Write down how look-ups ended, for the sync process to report, when it has changed."""
        counts = self._desk.counts.read()
        if counts != self._kept:
            self._kept = counts
            fresh = self._file.with_suffix(".new")
            try:
                fresh.write_text(json.dumps(counts), "utf-8")
                fresh.replace(self._file)
            except OSError as error:
                # A full disk shows elsewhere; these figures are told again with the next look-up.
                _log.warning("the look-ups' figures were not written", error=str(error))

    def close(self) -> None:
        """Take no more."""
        self._desk.close()


def kept_counts(data: Path) -> Mapping[str, int]:
    """How look-ups ended since the till was started, as it last wrote it down."""
    try:
        counts: dict[str, int] = json.loads((data / COUNTS_FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        # Torn by a power cut: the till writes it anew, and the lane's report must not wait for that.
        return {}
    return counts
