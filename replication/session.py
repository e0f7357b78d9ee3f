"""Sessions: each request is signed, each is accepted once, and no clock is asked.

    child                              parent
    challenge ─────────────────────▶  a nonce, good for one hello
    hello, signed over the nonce ───▶  a session
    request n, signed (session, n) ─▶  accepted iff n is new within the window of the session

A parent forgets its sessions when it restarts; the child is told `no_session` and says hello again.

A site has one session for each purpose. Its link is one; what asks beside the link, perhaps from
another process of the site, opens a session of its own by `open`, which carries no word about
journals, so that neither ends the other's.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass

from replication.errors import RefusedError
from replication.identity import Identity

_WINDOW = 1024
_NONCE_SECONDS = 60.0
_MOST_NONCES = 10_000


def signed_hello(nonce: str, body: bytes) -> bytes:
    """What a child signs to open a session."""
    return b"chainwright.hello.1\n" + nonce.encode() + b"\n" + hashlib.sha256(body).digest()


def signed_opening(nonce: str, body: bytes) -> bytes:
    """What a child signs to open a session beside its link's."""
    return b"chainwright.open.1\n" + nonce.encode() + b"\n" + hashlib.sha256(body).digest()


def signed_request(session: str, counter: int, verb: str, body: bytes) -> bytes:
    """What a child signs for every request of a session."""
    head = f"chainwright.request.1\n{session}\n{counter}\n{verb}\n".encode()
    return head + hashlib.sha256(body).digest()


def opening_headers(identity: Identity, nonce: str, signed: bytes) -> dict[str, str]:
    """What goes before the body of a request that opens a session; `signed` is what is signed."""
    return {
        "Chainwright-Site": identity.site,
        "Chainwright-Nonce": nonce,
        "Chainwright-Signature": identity.sign(signed).hex(),
    }


def request_headers(
    identity: Identity, session: str, counter: int, verb: str, body: bytes
) -> dict[str, str]:
    """What goes before the body of a request of a session."""
    return {
        "Chainwright-Site": identity.site,
        "Chainwright-Session": session,
        "Chainwright-Counter": str(counter),
        "Chainwright-Signature": identity.sign(signed_request(session, counter, verb, body)).hex(),
    }


@dataclass(slots=True)
class _Session:
    site: str
    highest: int
    seen: int


class Sessions:
    """The parent's memory of nonces and sessions. Safe among threads, bounded."""

    def __init__(self) -> None:
        self._nonces: dict[str, float] = {}
        self._sessions: dict[str, _Session] = {}
        self._of_site: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def challenge(self) -> str:
        """A nonce for one hello."""
        now = time.monotonic()
        with self._lock:
            while self._nonces and (
                len(self._nonces) >= _MOST_NONCES
                or now - next(iter(self._nonces.values())) > _NONCE_SECONDS
            ):
                del self._nonces[next(iter(self._nonces))]
            nonce = secrets.token_hex(16)
            self._nonces[nonce] = now
        return nonce

    def take_nonce(self, nonce: str) -> None:
        """Use a nonce up. Raises RefusedError when it is unknown, old or used."""
        with self._lock:
            made = self._nonces.pop(nonce, None)
        if made is None or time.monotonic() - made > _NONCE_SECONDS:
            raise RefusedError("replayed", "this hello was said before: ask for a new challenge")

    def open(self, site: str, purpose: str = "link") -> str:
        """A new session for a site that proved itself; its older one of this purpose ends."""
        session = secrets.token_hex(16)
        with self._lock:
            self._sessions.pop(self._of_site.get((site, purpose), ""), None)
            self._sessions[session] = _Session(site, 0, 0)
            self._of_site[site, purpose] = session
        return session

    def site_of(self, session: str) -> str:
        """The site a session belongs to. Raises RefusedError no_session."""
        with self._lock:
            held = self._sessions.get(session)
        if held is None:
            raise RefusedError("no_session", "this session is not known here: say hello again")
        return held.site

    def accept(self, session: str, counter: int) -> None:
        """Mark a request's counter as seen. Raises RefusedError when it was seen or is too old."""
        with self._lock:
            held = self._sessions.get(session)
            if held is None:
                raise RefusedError("no_session", "this session ended meanwhile: say hello again")
            ahead = counter - held.highest
            if ahead > 0:
                held.seen = ((held.seen << ahead) | 1) & ((1 << _WINDOW) - 1)
                held.highest = counter
                return
            bit = 1 << -ahead
            if -ahead >= _WINDOW or held.seen & bit:
                raise RefusedError("replayed", f"request {counter} of this session was made before")
            held.seen |= bit
