"""Inquiries: questions that a site cannot answer from what it holds, and wants answered now.

    lane ──asks──▶ branch ──asks on──▶ headquarters           each hop passes on what is left of the time
         ◀─answer─        ◀──answer───

what happens to an inquiry at a site              what its asker is told               `why`
the site is certain                               that, complete
nobody is above it                                what it found, complete
it asks on and is answered in time                the answer from above, with what it adds to that
the line is down or breaks                        what it knows by itself              line_down
the time passes, whoever is slow                  what it knows by itself              late
those above are busy with other inquiries         what it knows by itself              busy
those above do not know the verb or the kind      what it knows by itself              not_understood
those above do not let this site in               what it knows by itself              not_admitted
a database or a program fails                     what it knows by itself              failed
the asker cancels                                 nothing was found                    cancelled

So an inquiry always ends, within its deadline, with exactly one answer; what comes later is dropped.
The deadline is a span of time, 2 s unless told otherwise, counted by each site on its own steady
clock: no two sites' clocks are compared. Each hop keeps back `WAY_BACK` for its answer to travel.

An inquiry is known by its uuid. Asked again while it is under way it is not worked on twice; asked
again later it is answered afresh, unless its kind is one that is decided: then once (`decision`). No
commit waits for one. This module has the values; `inquiry_desk` does the work, and knows nothing of
what is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sqlalchemy import Connection

from replication.errors import LinkError
from replication.messages import Inquiry, InquiryAnswer

SECONDS = 2.0
LONGEST = 30.0
WAY_BACK = 0.1

Outcome = Literal["found", "unknown", "refused"]
Why = Literal[
    "line_down", "late", "busy", "not_understood", "not_admitted", "failed", "cancelled",
]  # fmt: skip

#: A steady clock, in seconds from anywhere.
Tick = Callable[[], float]


class NotAnsweredError(LinkError):
    """Those above gave no answer; `why` is what the asker is told beside what is known here."""

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(message)
        self.why: Why = why


class BusyError(Exception):
    """The desk works on as many inquiries as it may, of this site or of all; ask again later."""


#: Puts what a site knows to an outcome and a body from above; it raises ValueError for a body that it
#: cannot read, which is then no answer.
Joined = Callable[[Outcome, Mapping[str, Any]], tuple[Outcome, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a site knows by itself. `certain`: nobody above could know better. `joined`, where this site
    knows what those above cannot know yet: its asker is told both.
    """

    outcome: Outcome
    body: Mapping[str, Any] = field(default_factory=dict)
    certain: bool = False
    joined: Joined | None = None


#: Answers inquiries of one kind from the site's own database, reading only. It raises ValueError
#: for a body that it cannot read; the inquiry is then refused with those words.
Answerer = Callable[[Connection, Mapping[str, Any]], Finding]


class Above(Protocol):
    """What a site can ask of its parent beside the link: a small way of its own, which waits behind
    no long poll and no push. Transports that carry files have none; their sites answer offline.
    """

    def inquire(self, inquiry: Inquiry, seconds: float) -> InquiryAnswer:
        """Ask, and return the answer within about `seconds`. Raises NotAnsweredError."""

    def cancel(self, uuid: str) -> None:
        """Tell that nobody waits any longer; it says so once and does not insist."""

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many inquiries are worked on at once: altogether, and of one asking site."""

    total: int = 16
    per_site: int = 4


def passed_on(inquiry: Inquiry, seconds: float) -> Inquiry:
    """The inquiry as it is sent with `seconds` left here. Raises NotAnsweredError `late`."""
    budget = int((seconds - WAY_BACK) * 1000)
    if budget <= 0:
        raise NotAnsweredError("late", f"no time is left to ask on for inquiry {inquiry.uuid}")
    return inquiry.model_copy(update={"budget_ms": budget})


class Counts:
    """How inquiries ended since this site started. Safe among threads.

    asked = answered (complete) + offline (what was known here) + late + cancelled + under way
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted = dict.fromkeys(("asked", "answered", "offline", "late", "cancelled"), 0)

    def asked(self) -> None:
        """One more was taken on."""
        with self._lock:
            self._counted["asked"] += 1

    def ended(self, answer: InquiryAnswer) -> None:
        """One ended with this answer."""
        name = "answered" if answer.complete else "offline"
        if answer.why in {"late", "cancelled"}:
            name = answer.why
        with self._lock:
            self._counted[name] += 1

    def read(self) -> dict[str, int]:
        """The counters by name."""
        with self._lock:
            return dict(self._counted)
