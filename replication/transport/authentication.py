"""Who makes an http request of a parent: proven by its session, its counter and its signature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from replication.errors import RefusedError
from replication.identity import signature_holds
from replication.session import Sessions, signed_request

#: The public key of an enrolled site. Raises RefusedError unknown_site or revoked.
KeyOf = Callable[[str], Awaitable[bytes]]


async def authenticated(
    request: Request, verb: str, limit: int, sessions: Sessions, key_of: KeyOf
) -> tuple[str, bytes]:
    """The site that makes a request of a session, and its body. Raises RefusedError."""
    session = header(request, "Session")
    site = sessions.site_of(session)
    if site != header(request, "Site"):
        raise RefusedError("unsigned", f"this session belongs to {site}")
    body = await bounded_body(request, limit)
    try:
        counter = int(header(request, "Counter"))
    except ValueError as error:
        raise RefusedError("malformed", "the counter is not a number") from error
    await prove(request, site, signed_request(session, counter, verb, body), key_of)
    sessions.accept(session, counter)
    return site, body


async def prove(request: Request, site: str, signed: bytes, key_of: KeyOf) -> None:
    """Raise RefusedError unless `site` signed `signed`."""
    try:
        signature = bytes.fromhex(header(request, "Signature"))
    except ValueError as error:
        raise RefusedError("bad_signature", "the signature is not hexadecimal") from error
    if not signature_holds(await key_of(site), signature, signed):
        raise RefusedError("bad_signature", f"the request was not signed by {site}")


def header(request: Request, name: str) -> str:
    """A header of ours. Raises RefusedError when the request lacks it."""
    value = request.headers.get(f"Chainwright-{name}")
    if value is None:
        raise RefusedError("unsigned", f"the request has no Chainwright-{name}: sign it")
    return value


async def bounded_body(request: Request, limit: int) -> bytes:
    """The body, read no further than the limit. Raises RefusedError oversized."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise RefusedError("oversized", f"the request exceeds {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
