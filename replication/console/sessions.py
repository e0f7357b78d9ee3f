"""Who is signed in: a random token in the browser, its hash in the table.

| what happens            | the row                                   | the browser's token |
|-------------------------|-------------------------------------------|---------------------|
| signed in               | written, expires after 12 hours           | new, never reused   |
| signed out              | deleted                                   | forgotten           |
| expired                 | deleted at somebody's next sign-in        | no longer accepted  |
| the table was read      | gives no token: a hash cannot be sent     |                     |

Sessions live on the system's clock: a site whose own clock is simulated may run a day in minutes.
The token that a form must carry is derived from the session's, so it needs no storage and dies
with it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select

from replication.clock import system_clock
from schemas.tables.staff import web_session

LIFETIME = timedelta(hours=12)
COOKIE = "session"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def open_session(connection: Connection, operator: str) -> str:
    """Sign `operator` in: the token for the browser. Clears away what has expired."""
    now = system_clock()
    token = secrets.token_urlsafe(32)
    connection.execute(delete(web_session).where(web_session.c.expires <= now))
    row = {"token_hash": _hash(token), "operator": operator, "created": now}
    connection.execute(insert(web_session).values(**row, expires=now + LIFETIME))
    return token


def session_operator(connection: Connection, token: str) -> str | None:
    """Who signed in with this token, while it holds."""
    query = select(web_session.c.operator).where(
        web_session.c.token_hash == _hash(token), web_session.c.expires > system_clock()
    )
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def close_session(connection: Connection, token: str) -> None:
    """Sign out; nothing happens when it was none."""
    connection.execute(delete(web_session).where(web_session.c.token_hash == _hash(token)))


def csrf_token(token: str) -> str:
    """What a form of this session carries; it tells nothing of the session's own token."""
    digest = hmac.digest(token.encode(), b"form", "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def csrf_holds(token: str, sent: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(csrf_token(token).encode(), sent.encode())
