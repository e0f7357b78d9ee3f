"""Where a page ends: what the next one is asked with. Shops pass it on as it came."""

from __future__ import annotations

import base64
import binascii
import json

from hq.shop.api.problem import Refused


def write(*place: str) -> str:
    """The mark of a place."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def read(mark: str | None, parts: int) -> tuple[str, ...] | None:
    """The place of a mark, None at the beginning. Raises Refused for what is none."""
    if mark is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(mark))
    except (binascii.Error, ValueError, RecursionError):
        place = None
    whole = isinstance(place, list) and len(place) == parts
    if not whole or not all(isinstance(one, str) and one.isprintable() for one in place):
        raise Refused(
            422, "invalid", "`page` is no mark of this list",
            "pass on the `next` of the page before as it came, or none to begin anew",
        )  # fmt: skip
    return tuple(place)
