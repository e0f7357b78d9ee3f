"""Where a page ends: what the next one is asked with. Shops pass it on as it came."""

from __future__ import annotations

import base64
import binascii
import json

from hq.refusal import RefusalError
from hq.shop.api.problem import Refused
from replication.console.languages import msgid

_NO_MARK = msgid("`page` is no mark of this list")
_AS_IT_CAME = msgid("pass on the `next` of the page before as it came, or none to begin anew")
#: So many digits are a number of a database at most.
_DIGITS = 18


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
        raise _refused()
    return tuple(place)


def number(part: str) -> int:
    """A part of a mark that is a number. Raises Refused."""
    if not (part.isascii() and part.isdecimal() and len(part) <= _DIGITS):
        raise _refused()
    return int(part)


def _refused() -> Refused:
    return Refused(422, "invalid", RefusalError(_NO_MARK), RefusalError(_AS_IT_CAME))
