"""Who may speak as a lane (收银机): what a branch states of its lanes' keys, so that another machine of
the branch knows them again.

    enrolled ──revoked──▶ shut out ──enrolled──▶ … a lane has one key at a time, the youngest
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LaneEnrolled:
    """A lane proved a token and left its public key, 64 hexadecimal digits."""

    branch: str
    lane: str
    public_key: str
    enrolled: datetime


@dataclass(frozen=True, slots=True)
class LaneRevoked:
    """A lane was shut out, by whom and why; `revoked` is when."""

    branch: str
    lane: str
    revoked: datetime
    operator: str
    reason: str
