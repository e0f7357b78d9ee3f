"""Cookies that do not collide: a browser keeps one jar per host, whatever the port.

Headquarters and a branch on one machine, as in a trial, would sign each other out; so the names
carry the port. They are for this site alone, and no script reads them.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

# A browser drops a cookie of more than 4 KiB; a long message is cut rather than lost.
_LONGEST = 3000


def _name(request: Request, name: str) -> str:
    return f"{name}_{request.url.port or 'web'}"


def read_cookie(request: Request, name: str) -> str:
    """The cookie's text, empty when there is none."""
    return unquote(request.cookies.get(_name(request, name), ""))


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """Keep a text in the browser for so long; over https it never leaves without encryption."""
    response.set_cookie(
        _name(request, name),
        quote(value)[:_LONGEST],
        max_age=seconds,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Have the browser forget it."""
    response.delete_cookie(_name(request, name), httponly=True, samesite="strict")
