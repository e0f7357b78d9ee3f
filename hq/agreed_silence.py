"""How long a site may say nothing because that was agreed: its link is used now and then.

    the way in use         silence that is agreed
    real time              none
    interval, nightly      until its next exchange, as it said in the last
    on demand              `on_demand_minutes`; whoever has a stick or a dial-up line must use it sometimes
    an older site          none: it says nothing of its way

A lane's word comes through its branch, so the branch's agreement is the lane's. What was agreed is added
to the deadlines of all that can only be known, or mended, by speaking.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hq.deadlines import Deadlines
from replication.self_report import SelfReport

_EXTENDED = frozenset({"offline", "lane_offline", "behind", "loading", "unsecured"})


@dataclass(frozen=True, slots=True)
class Allowed:
    """The deadlines of one site, and the silence that was agreed with it."""

    deadlines: Deadlines
    silence: timedelta = timedelta()

    def after(self, name: str) -> timedelta:
        """See `Deadlines.after`."""
        limit = self.deadlines.after(name)
        return limit + self.silence if name in _EXTENDED else limit

    @property
    def skew(self) -> timedelta:
        """See `Deadlines.skew`."""
        return self.deadlines.skew


def agreed_silence(said: SelfReport | None) -> timedelta | None:
    """How long after its last word a site will be silent; None where a person decides that."""
    if said is None or said.way is None or said.way.mode == "real_time":
        return timedelta()
    if said.way.next_seconds is None:
        return None
    return timedelta(seconds=said.way.next_seconds)


def allowed_of(said: SelfReport | None, deadlines: Deadlines) -> Allowed:
    """What holds for a site that, or whose branch, said this last."""
    silence = agreed_silence(said)
    return Allowed(deadlines, deadlines.after("on_demand") if silence is None else silence)
