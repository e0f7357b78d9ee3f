"""What can go wrong on a link: what heals by itself, and what needs a person."""

from __future__ import annotations

from typing import Literal

RefusalCode = Literal[
    "truncated", "oversized", "malformed", "bad_signature", "wire_version", "chain",
    "foreign_stream", "gap", "replayed", "unsigned", "unknown_site", "revoked", "no_session",
    "token", "superseded", "not_online",
]  # fmt: skip


class LinkError(Exception):
    """Base of what a link raises."""


class LinkDownError(LinkError):
    """The peer cannot be reached or did not answer; it heals by itself, the runner tries again."""


class RefusedError(LinkError):
    """The peer understood and said no. `heals` tells whether asking again, afresh, can succeed."""

    _HEALING = frozenset({"gap", "no_session", "replayed", "truncated"})

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code: RefusalCode = code

    @property
    def heals(self) -> bool:
        """Whether a new hello and another try are the way out."""
        return self.code in self._HEALING
