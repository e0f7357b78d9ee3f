"""What can go wrong on a link: what heals by itself, and what needs a person."""

from __future__ import annotations

from typing import Literal

RefusalCode = Literal[
    "truncated", "oversized", "malformed", "bad_signature", "wire_version", "chain",
    "foreign_stream", "gap", "replayed", "unsigned", "unknown_site", "revoked", "no_session",
    "token", "superseded", "not_online", "busy",
]  # fmt: skip


class LinkError(Exception):
    """Base of what a link raises."""


class LinkDownError(LinkError):
    """The peer cannot be reached or did not answer; it heals by itself, the runner tries again."""


class RefusedError(LinkError):
    """The peer understood and said no. `heals` tells whether asking again, afresh, can succeed;
    `retry_after` is how many seconds later, where the peer said so.
    """

    _HEALING = frozenset({"gap", "no_session", "replayed", "truncated", "busy"})

    def __init__(self, code: RefusalCode, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.code: RefusalCode = code
        self.retry_after = retry_after

    @property
    def heals(self) -> bool:
        """Whether a new hello and another try are the way out."""
        return self.code in self._HEALING
