"""What a child tells of the moment, over http, the parent's end: heard, and kept nowhere by the link.

    POST /link/moment    a few hundred bytes that the site's own people want to see now

It is signed and counted as any request of the link's session, and touches no database: whoever hears it
does so on the event loop and returns at once. What is lost on the way is told again by the next one. A
parent of an older release knows no such verb, and a child of one says nothing.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from replication.session import Sessions
from replication.transport.authentication import KeyOf, authenticated

#: The site that tells it, and what. Raises ValidationError for what cannot be read.
Heard = Callable[[str, bytes], None]

_LIMIT = 16 * 1024
#: A moment changes nothing, so that a key may be looked up so seldom: in seconds.
_KEY_HOLDS = 5.0


class MomentVerb:
    """The verb, for a parent's `/link` routes."""

    def __init__(self, heard: Heard, sessions: Sessions, key_of: KeyOf) -> None:
        self._heard = heard
        self._sessions = sessions
        self._look_up = key_of
        self._keys: dict[str, tuple[float, bytes]] = {}

    def verbs(self) -> dict[str, Callable[[Request], Awaitable[Response]]]:
        """The handler by its verb; it raises RefusedError and ValidationError."""
        return {"moment": self._moment}

    async def _moment(self, request: Request) -> Response:
        site, body = await authenticated(request, "moment", _LIMIT, self._sessions, self._key_of)
        self._heard(site, body)
        return Response(status_code=204)

    async def _key_of(self, site: str) -> bytes:
        """The key of a site that has a session, which proves that it is one."""
        now = time.monotonic()
        held = self._keys.get(site)
        if held is not None and now - held[0] < _KEY_HOLDS:
            return held[1]
        key = await self._look_up(site)
        self._keys[site] = now, key
        return key
