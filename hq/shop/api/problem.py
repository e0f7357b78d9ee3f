"""What a shop is refused, as RFC 9457 says it: for a program a code, for people what happened and the way out.

The texts are in the language that is asked for, `code` and `type` in none. What does not read is told field by
field (`hq.shop.api.misread`).

status  code                                        heals by itself
401     no_key                                      no: send the secret
404     not_found, unknown_order, unknown_reservation   no
405     method                                      no
409     what the state of the chain does not allow  perhaps: see `way_out`
410     stale_cursor                                no: ask for everything
413     too_large                                   no
422     invalid                                     no: `errors` names every field
429     too_often                                   yes, after `Retry-After` seconds
503     no_database                                 yes, after `Retry-After` seconds
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from hq.bearer import NobodyError
from hq.refusal import RefusalError
from hq.shop.api import misread
from hq.shop.api.told import Problem
from hq.shop.wanted import Code, ShopError
from replication.console.languages import msgid
from replication.console.words import Words

MEDIA_TYPE = "application/problem+json"
#: Refusals of `hq.shop`; the others of them are of the state of the chain.
_STATUSES: Mapping[Code, int] = {
    "unknown_order": 404,
    "unknown_reservation": 404,
    "stale_cursor": 410,
    "twice": 422,
    "until": 422,
}
_CONFLICT = 409
TITLES: Mapping[int, str] = {
    401: msgid("No valid key"),
    403: msgid("Not yours"),
    404: msgid("Not found"),
    405: msgid("Not done here"),
    409: msgid("Not possible now"),
    410: msgid("Begin anew"),
    413: msgid("Too large"),
    422: msgid("Not understood"),
    429: msgid("Too often"),
    503: msgid("Away for the moment"),
}
_STALE = msgid("the cursor is of another state of headquarters or of the shop's key")
_ASK_ALL = msgid("ask for everything: leave `since` and `page` out")
_FIELDS = msgid("%(count)s fields do not read")
_SEE_ERRORS = msgid("see `errors`, and /shop/v1/openapi.json for what is asked")
_SEE_ADDRESSES = msgid("see /shop/v1/openapi.json for what is there")
_NO_KEY = msgid("the request bears no key that is valid")
_SEND_KEY = msgid(
    "send `Authorization: Bearer <secret>`; ask headquarters for a new secret if it was revoked"
)
_OFTEN = msgid("there were too many requests")
_WAIT = msgid("wait %(seconds)s seconds")
_AWAY = msgid("the database does not answer")
_LATER = msgid("repeat the same request later")
_PAUSE_SECONDS = 5


class Refused(Exception):  # noqa: N818 - said as an answer, not as a fault
    """An answer that ends a request."""

    def __init__(
        self, status: int, code: str, why: RefusalError, way_out: RefusalError, *,
        headers: Mapping[str, str] | None = None, details: Mapping[str, Any] | None = None,
        misread: ValidationError | None = None,
    ) -> None:  # fmt: skip
        super().__init__(str(why))
        self.status = status
        self._code = code
        self._why, self._way_out = why, way_out
        self.headers = headers or {}
        self._details = details or {}
        self._misread = misread

    def response(self, words: Words) -> Response:
        """The answer, in a language."""
        details = dict(self._details)
        if self._misread is not None:
            details["errors"] = misread.fields(self._misread, words)
        body = Problem.model_validate(
            {
                "type": f"/shop/v1/problems/{self._code}", "status": self.status,
                "title": words.gettext(TITLES[self.status]), "detail": self._why.said_in(words),
                "code": self._code, "way_out": self._way_out.said_in(words), **details,
            }
        )  # fmt: skip
        language = {
            "Content-Language": words.language.replace("_", "-"),
            "Vary": "Accept-Language",
        }
        return Response(
            body.model_dump_json(), self.status, {**self.headers, **language},
            media_type=MEDIA_TYPE,
        )  # fmt: skip


def of_shop(error: ShopError) -> Refused:
    """What the shop's rules refuse."""
    status = _STATUSES.get(error.code, _CONFLICT)
    return Refused(status, error.code, error, error.way_out, details=error.details)


def stale_cursor() -> Refused:
    """A cursor from which nothing can be told."""
    return of_shop(ShopError("stale_cursor", _STALE, _ASK_ALL))


def of_validation(error: ValidationError) -> Refused:
    """What does not read, field by field."""
    return Refused(
        422, "invalid", RefusalError(_FIELDS, count=error.error_count()), RefusalError(_SEE_ERRORS),
        misread=error,
    )  # fmt: skip


def of_status(status: int, headers: Mapping[str, str] | None) -> Refused:
    """What no operation saw: a wrong address, method or size."""
    codes = {404: "not_found", 405: "method", 413: "too_large"}
    known = status if status in codes else 404
    return Refused(
        known, codes[known], RefusalError(TITLES[known]), RefusalError(_SEE_ADDRESSES),
        headers=headers,
    )  # fmt: skip


def unknown(error: NobodyError) -> Refused:
    """Nobody who is known, or somebody who guesses."""
    return too_often(math.ceil(error.wait)) if error.wait else without_key()


def without_key() -> Refused:
    """Nobody who is known."""
    return Refused(
        401, "no_key", RefusalError(_NO_KEY), RefusalError(_SEND_KEY),
        headers={"WWW-Authenticate": "Bearer"},
    )  # fmt: skip


def too_often(seconds: int) -> Refused:
    """Somebody who asks too often, or guesses."""
    return Refused(
        429, "too_often", RefusalError(_OFTEN), RefusalError(_WAIT, seconds=seconds),
        headers={"Retry-After": str(seconds)},
    )  # fmt: skip


def no_database() -> Refused:
    """The database is away."""
    return Refused(
        503, "no_database", RefusalError(_AWAY), RefusalError(_LATER),
        headers={"Retry-After": str(_PAUSE_SECONDS)},
    )  # fmt: skip
