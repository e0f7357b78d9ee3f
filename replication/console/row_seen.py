"""Where a long list goes on: what an address tells of the last row that was seen.

Addresses are written by the list itself; one that was changed by hand is refused with the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from replication.console.languages import msgid
from replication.console.page import Page, PageError

_NO_ROW = msgid("The address names no row to go on from: go back to the beginning of the list.")


def from_its_start(page: Page, names: Sequence[str]) -> str:
    """The address of the same list from its first row: its path, with what was asked of these `names`."""
    kept = {name: page.query[name] for name in names if name in page.query}
    return f"{page.request.url.path}?{urlencode(kept)}"


def instant_seen(page: Page, name: str = "at") -> datetime:
    """The instant in the query's `name`. Raises PageError."""
    try:
        at = datetime.fromisoformat(page.query.get(name, ""))
    except ValueError:
        raise PageError(page.gettext(_NO_ROW), 400) from None
    if at.tzinfo is None:
        raise PageError(page.gettext(_NO_ROW), 400)
    return at


def number_seen(page: Page, name: str) -> int:
    """The whole number in the query's `name`. Raises PageError."""
    try:
        return int(page.query.get(name, ""))
    except ValueError:
        raise PageError(page.gettext(_NO_ROW), 400) from None
