"""What headquarters refuses; see `replication.console.refusal`, which says how."""

from __future__ import annotations

from replication.console.refusal import RefusalError

__all__ = ["RefusalError"]
