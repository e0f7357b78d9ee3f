"""Inquiries over http, the child's end: connections and a session of its own beside the link's.

It may run in another process than the link does. A session is opened with the first inquiry, and
again when the parent no longer knows it. A parent that was made before inquiries answers 404 to
`open`, which disturbs nothing there.
"""

from __future__ import annotations

import itertools
import threading
import time

import httpx2
import structlog
from pydantic import ValidationError

from replication.errors import RefusedError
from replication.identity import Identity
from replication.inquiry import SECONDS, NotAnsweredError, Tick, passed_on
from replication.messages import Cancelling, Inquiry, InquiryAnswer, Opening
from replication.session import opening_headers, request_headers, signed_opening
from schemas.wire import canonical

_log = structlog.get_logger(__name__)
_OK, _NO_CONTENT, _NOT_FOUND, _REFUSED, _TOO_MANY = 200, 204, 404, 409, 429


class HttpInquirer:
    """A child's way to ask the parent at `address`; see `replication.inquiry.Above`."""

    def __init__(self, address: str, identity: Identity, tick: Tick = time.monotonic) -> None:
        self._identity = identity
        self._tick = tick
        self._client = httpx2.Client(base_url=address, trust_env=False)
        self._opening = threading.Lock()
        self._session: str | None = None
        # One for all sessions: a counter must be new in its session, and no more.
        self._counter = itertools.count(1)

    def inquire(self, inquiry: Inquiry, seconds: float) -> InquiryAnswer:
        """See `Above.inquire`."""
        until = self._tick() + seconds
        try:
            session = self._session or self._opened(None, until)
            try:
                return self._inquire(session, inquiry, until)
            except RefusedError as error:
                if error.code != "no_session":
                    raise
                return self._inquire(self._opened(session, until), inquiry, until)
        except RefusedError as error:
            raise NotAnsweredError("not_admitted", f"{error.code}: {error}") from error

    def cancel(self, uuid: str) -> None:
        """See `Above.cancel`."""
        until = self._tick() + SECONDS
        session = self._session
        if session is None:
            return
        body = Cancelling(uuid=uuid).model_dump_json().encode()
        try:
            self._signed(session, "cancel", body, until)
        except (NotAnsweredError, RefusedError) as error:
            # The inquiry ends there by its own deadline.
            _log.info("a cancel did not arrive", uuid=uuid, error=str(error))

    def close(self) -> None:
        """See `Above.close`."""
        self._client.close()

    def _inquire(self, session: str, inquiry: Inquiry, until: float) -> InquiryAnswer:
        sent = passed_on(inquiry, until - self._tick())
        response = self._signed(session, "inquire", sent.model_dump_json().encode(), until)
        try:
            return InquiryAnswer.model_validate_json(response.content)
        except ValidationError as error:
            message = f"{response.url} answered what cannot be read: {error}"
            raise NotAnsweredError("not_understood", message) from error

    def _opened(self, ended: str | None, until: float) -> str:
        """A session other than `ended`; one thread opens it, the others take that one."""
        if not self._opening.acquire(timeout=max(0.0, until - self._tick())):
            raise NotAnsweredError("late", f"{self._client.base_url} opens no session in time")
        try:
            if self._session is not None and self._session != ended:
                return self._session
            self._session = self._open(until)
            return self._session
        finally:
            self._opening.release()

    def _open(self, until: float) -> str:
        nonce = self._post("challenge", b"", {}, until).text
        body = Opening(site=self._identity.site, purpose="inquiry").model_dump_json().encode()
        headers = opening_headers(self._identity, nonce, signed_opening(nonce, body))
        response = self._post("open", body, headers, until)
        return str(response.headers["Chainwright-Session"])

    def _signed(self, session: str, verb: str, body: bytes, until: float) -> httpx2.Response:
        headers = request_headers(self._identity, session, next(self._counter), verb, body)
        return self._post(verb, body, headers, until)

    def _post(
        self, verb: str, body: bytes, headers: dict[str, str], until: float
    ) -> httpx2.Response:
        left = until - self._tick()
        if left <= 0:
            raise NotAnsweredError("late", f"no time is left for {verb}")
        try:
            response = self._client.post(
                f"/link/{verb}", content=body, headers=headers, timeout=left
            )
        except httpx2.TimeoutException as error:
            raise NotAnsweredError("late", f"{self._client.base_url} is silent: {error}") from error
        except (httpx2.TransportError, RuntimeError) as error:
            # A closed client raises RuntimeError: either way there is no line.
            raise NotAnsweredError(
                "line_down", f"no way to {self._client.base_url}: {error}"
            ) from error
        if response.status_code not in {_OK, _NO_CONTENT}:
            raise _said_no(response)
        return response


def _said_no(response: httpx2.Response) -> NotAnsweredError | RefusedError:
    if response.status_code == _TOO_MANY:
        return NotAnsweredError("busy", response.text)
    if response.status_code == _NOT_FOUND:
        return NotAnsweredError("not_understood", f"{response.url} is not known there")
    if response.status_code != _REFUSED:
        return NotAnsweredError("failed", f"{response.url} answered {response.status_code}")
    try:
        said = canonical.decode(response.content)
        return RefusedError(said["code"], said["message"])
    except (ValueError, KeyError, TypeError):
        return NotAnsweredError("failed", f"{response.url} answered what cannot be read")
