"""What every answer tells the browser, and whether a request came from one of our own pages.

Nothing is loaded from elsewhere, no script or style stands inside a page, and no foreign page can
frame ours. The referrer stays within the site and is not `no-referrer`: with that, browsers send
`Origin: null` from our own forms.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from replication.console.languages import msgid

FOREIGN = msgid("This form did not come from a page of this site, so nothing was done.")
SAFE_METHODS = frozenset({"GET", "HEAD"})

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class SecurityHeaders:
    """Puts the headers on every answer, whatever made it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and complete the answer's headers as it starts."""

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, complete)


def is_same_origin(request: Request) -> bool:
    """Whether the browser says that one of our own pages sent this.

    Hosts are compared without the scheme, because a proxy in front may be the one that speaks TLS.
    A request that says neither is refused: every browser in use says at least one on a POST.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return site is not None


def local_path(wanted: str, otherwise: str) -> str:
    """`wanted` when it is a path on this site; a link must not lead elsewhere after sign-in."""
    is_local = wanted.startswith("/") and not wanted.startswith("//")
    return wanted if is_local and wanted.isprintable() and "\\" not in wanted else otherwise
