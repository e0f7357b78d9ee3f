"""Pages that customers act on, beside the till's own: each with its path, its socket and its token.

    GET /<path>             the page, with a token that opens its own socket and no other
    WS  /<path>/live        first what `hello` says, then an answer to each request, and what `follow`
                            says whenever something happened at the till

A kiosk decides what may be asked of it; the till's socket is not within its reach. All of it runs on
the till's thread.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Protocol

from pos_frontend.screen.desk import Answer


class Kiosk(Protocol):
    """What a customer may see and do."""

    @property
    def path(self) -> str:
        """Where it is served, which is the name of its page as well."""

    def hello(self) -> str:
        """Return the first message on a new connection."""

    def handle(self, message: str | bytes) -> Answer:
        """Do what a message asks."""

    def follow(self) -> str | None:
        """Return the event to send, when what is shown has changed."""


@dataclass(eq=False)
class Stand:
    """A kiosk as it is served: `outboxes` are its open pages."""

    kiosk: Kiosk
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    outboxes: set[asyncio.Queue[str]] = field(default_factory=set)
