"""What may be printed by half: kept until somebody has a copy (补打) printed, or says that it is well.

    a receipt                                is
    printed                                  none of these
    broke off within, or was given up        doubtful
    waiting or printing when the till ended  doubtful at the next start, within the same shift

The newest are kept, `NEWEST` of them. A file tells up to which receipt the printer is through; it is
written behind each receipt, on the printer's thread, and not to be waited for: what a power cut takes
of it makes a printed receipt doubtful, never an unprinted one printed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import structlog

from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.practice import Practice
from pos_frontend.devices.self_test import SelfTest
from pos_frontend.devices.sheet import Printable
from schemas.domain.ticket import Ticket

_log = structlog.get_logger(__name__)
MARK_FILE = "printed.json"
#: How many are kept, and how far back a start looks.
NEWEST = 20


ReceiptOf = Callable[[Ticket], Receipt]


class Doubtful:
    """The doubtful receipts of a lane; `data` is where the mark is kept, None keeps none.

    Only `resume` and `note` touch the disk: the till's thread never waits for them.
    """

    def __init__(self, data: Path | None = None) -> None:
        self._mark = None if data is None else data / MARK_FILE
        self._kept: dict[str, Printable] = {}
        self._through = 0
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """What is doubtful, oldest first."""
        with self._lock:
            return tuple(self._kept)

    def add(self, one: Printable) -> None:
        """Keep what broke off, or was given up; of a test receipt, or one in training, there is another."""
        if isinstance(one, SelfTest | Practice):
            return
        with self._lock:
            self._keep(one)

    def printed(self, one: Printable) -> None:
        """Something is on paper, itself or as a copy."""
        with self._lock:
            self._kept.pop(_plain(one), None)

    def take(self) -> list[Printable]:
        """Everything that is doubtful, as copies; none of it is from then on."""
        with self._lock:
            taken, self._kept = list(self._kept.values()), {}
        return [one.as_copy() for one in taken]

    def resume(self, newest: Iterable[Ticket], receipt_of: ReceiptOf) -> None:
        """Begin with what was not printed when the till ended: `newest` are tickets of the open shift.

        A mark that cannot be read says nothing, so that the last ticket is doubtful; at the very first
        start nothing is.
        """
        tickets = sorted(newest, key=lambda one: one.counter)
        last = tickets[-1].counter if tickets else 0
        through, doubtful = self._read(last)
        with self._lock:
            for ticket in tickets[-NEWEST:]:
                if ticket.counter > through or ticket.uuid in doubtful:
                    self._keep(receipt_of(ticket))
            self._through = max(through, last)
        self._store()

    def note(self, one: Printable) -> None:
        """Write down that the printer is through with something, printed or doubtful."""
        if isinstance(one, Receipt) and not one.copy:
            self._through = max(self._through, one.ticket.counter)
        self._store()

    def _keep(self, one: Printable) -> None:
        self._kept[_plain(one)] = one
        for name in list(self._kept)[:-NEWEST]:
            del self._kept[name]

    def _store(self) -> None:
        if self._mark is None:
            return
        with self._lock:
            kept = list(self._kept.values())
        doubtful = [one.ticket.uuid for one in kept if isinstance(one, Receipt)]
        fresh = self._mark.with_suffix(".new")
        try:
            fresh.write_text(json.dumps({"through": self._through, "doubtful": doubtful}), "utf-8")
            fresh.replace(self._mark)
        except OSError as error:
            # A full disk shows elsewhere; at worst a printed receipt is doubtful at the next start.
            _log.warning("it was not noted what is printed", error=str(error))

    def _read(self, last: int) -> tuple[int, set[str]]:
        if self._mark is None:
            return last, set()
        try:
            said = json.loads(self._mark.read_text("utf-8"))
            return int(said["through"]), {str(one) for one in said["doubtful"]}
        except FileNotFoundError:
            return last, set()
        except (ValueError, KeyError, TypeError):
            return last - 1, set()  # torn by a power cut


def _plain(one: Printable) -> str:
    return one.name.removesuffix(".copy")
