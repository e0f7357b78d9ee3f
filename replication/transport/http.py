"""The http transport, the child's end: push, and a long poll for the feeds.

    POST /link/challenge · hello · push · fetch · recall · status · moment · digest · enrol
    headers  Chainwright-Site, -Session, -Counter, -Signature (hello: -Nonce instead of a session)

A session is opened when it is needed and again when the parent no longer knows it. Safe among
threads: counters are drawn under a lock, and the parent accepts them in any order.
"""

from __future__ import annotations

import threading
from typing import TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from replication.digest_messages import Asked
from replication.errors import LinkDownError, RefusedError
from replication.identity import Identity
from replication.messages import Fetch, Hello, Mark, Recall, RestartOrder, Status, Welcome
from replication.session import opening_headers, request_headers, signed_hello
from schemas.wire import canonical

M = TypeVar("M", bound=BaseModel)

_NO_CONTENT = 204
_REFUSED = 409
_UNKNOWN = 404
_BUSY = 503
_OK = 200
_DIGEST_SECONDS = 120.0
#: Bytes a second of the thinnest line: half of 9.6 kbit/s, which the way down takes the rest of.
_THINNEST = 600


class HttpTransport:
    """A child's way to the parent at `address`, for example `http://10.8.0.1:8470`."""

    def __init__(self, address: str, identity: Identity | None, *, timeout: float = 10.0) -> None:
        self._identity = identity
        self._timeout = timeout
        self._client = httpx2.Client(base_url=address, timeout=timeout, trust_env=False)
        self._lock = threading.Lock()
        self._session: str | None = None
        self._counter = 0

    def enrol(self, request: bytes) -> bytes:
        """See `Transport.enrol`; the one request without a session."""
        return self._post("enrol", request, {}).content

    def hello(self, hello: Hello) -> Welcome:
        """See `Transport.hello`; it opens a new session."""
        identity = self._who()
        nonce = self._post("challenge", b"", {}).text
        body = hello.model_dump_json().encode()
        headers = opening_headers(identity, nonce, signed_hello(nonce, body))
        response = self._post("hello", body, headers)
        welcome = _read(Welcome, response)
        session = response.headers.get("Chainwright-Session")
        if session is None:
            raise LinkDownError(f"{response.url} opened no session: it is asked again")
        with self._lock:
            self._session = session
            self._counter = 0
        return welcome

    def push(self, data: bytes) -> Mark:
        """See `Transport.push`."""
        # A thin line needs its time for what is sent; a dead one is not waited for much longer.
        patience = min(self._timeout + len(data) / _THINNEST, 3 * self._timeout)
        return _read(Mark, self._request("push", data, timeout=patience))

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        """See `Transport.fetch`."""
        response = self._request(
            "fetch", fetch.model_dump_json().encode(), timeout=self._timeout + fetch.wait
        )
        if response.status_code == _NO_CONTENT:
            return None
        if response.headers.get("Content-Type") == "application/json":
            return _read(RestartOrder, response)
        return response.content

    def recall(self, recall: Recall) -> bytes | None:
        """See `Transport.recall`."""
        response = self._request("recall", recall.model_dump_json().encode())
        return None if response.status_code == _NO_CONTENT else response.content

    def status(self, status: Status) -> None:
        """See `Transport.status`."""
        self._request("status", status.model_dump_json().encode())

    def moment(self, body: bytes) -> None:
        """Tell how this site stands at the moment; see `replication.transport.moments`."""
        self._request("moment", body)

    def ask(self, asked: Asked) -> bytes:
        """See `Online.ask`; the parent may have a large catalogue to look through."""
        body = asked.model_dump_json().encode()
        return self._request("digest", body, timeout=_DIGEST_SECONDS).content

    def close(self) -> None:
        """See `Transport.close`."""
        self._client.close()

    def _who(self) -> Identity:
        if self._identity is None:
            message = "this transport was opened for enrolment: it has no identity to sign with"
            raise RuntimeError(message)
        return self._identity

    def _request(self, verb: str, body: bytes, timeout: float | None = None) -> httpx2.Response:
        identity = self._who()
        with self._lock:
            if self._session is None:
                raise RefusedError("no_session", "say hello first")
            session = self._session
            self._counter += 1
            counter = self._counter
        headers = request_headers(identity, session, counter, verb, body)
        return self._post(verb, body, headers, timeout)

    def _post(
        self, verb: str, body: bytes, headers: dict[str, str], timeout: float | None = None
    ) -> httpx2.Response:
        try:
            response = self._client.post(
                f"/link/{verb}", content=body, headers=headers, timeout=timeout or self._timeout
            )
        except (httpx2.TransportError, RuntimeError) as error:
            # A closed client raises RuntimeError: to a caller both mean that there is no line.
            raise LinkDownError(f"no answer from {self._client.base_url}: {error}") from error
        if response.status_code in (_OK, _NO_CONTENT):
            return response
        raise self._refusal(response)

    @staticmethod
    def _refusal(response: httpx2.Response) -> RefusedError | LinkDownError:
        if response.status_code == _UNKNOWN:
            # Waiting does not help: an older parent learns the verb by its upgrade alone.
            return RefusedError(
                "not_online", f"{response.url} is not known there: upgrade the parent"
            )
        if response.status_code not in (_REFUSED, _BUSY):
            return LinkDownError(f"{response.url} answered {response.status_code}")
        try:
            said = canonical.decode(response.content)
            return RefusedError(said["code"], said["message"], said.get("retry_ms", 0) / 1000)
        except (ValueError, KeyError, TypeError, AttributeError):
            # Among them the 503 of a parent whose database is away, which is no refusal.
            return LinkDownError(f"{response.url} answered what cannot be read")


def _read(kind: type[M], response: httpx2.Response) -> M:
    """An answer's body. Raises LinkDownError when it came otherwise than a parent writes it."""
    try:
        return kind.model_validate_json(response.content)
    except ValidationError as error:
        message = f"{response.url} answered what cannot be read: it is asked again"
        raise LinkDownError(message) from error
