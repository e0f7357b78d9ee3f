"""How a lane stands, as the chip that pages show beside it."""

from __future__ import annotations

from datetime import datetime

from branch.contact_checks import SILENT_AFTER
from branch.lanes import Lane


def lane_state(lane: Lane, now: datetime) -> str:
    """One of the states that `ui.state` knows."""
    if lane.revoked is not None:
        return "revoked"
    if lane.heard is None:
        return "pending"
    if now - lane.heard > SILENT_AFTER:
        return "offline"
    if lane.status is not None and lane.status.quarantine:
        return "quarantined"
    return "behind" if lane.unsent else "connected"
