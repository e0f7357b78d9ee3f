"""What a shop is refused, as RFC 9457 says it: for a program a code, for people what happened and the way out.

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
from hq.shop.api.told import Problem
from hq.shop.wanted import Code, ShopError

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
    401: "No valid key",
    403: "Not yours",
    404: "Not found",
    405: "Not done here",
    409: "Not possible now",
    410: "Begin anew",
    413: "Too large",
    422: "Not understood",
    429: "Too often",
    503: "Away for the moment",
}
_PAUSE_SECONDS = 5


class Refused(Exception):  # noqa: N818 - said as an answer, not as a fault
    """An answer that ends a request."""

    def __init__(
        self, status: int, code: str, detail: str, way_out: str, *,
        headers: Mapping[str, str] | None = None, **more: Any,  # noqa: ANN401 - JSON
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})
        self.body = Problem.model_validate(
            {
                "type": f"/shop/v1/problems/{code}", "title": TITLES[status], "status": status,
                "detail": detail, "code": code, "way_out": way_out, **more,
            }
        )  # fmt: skip

    def response(self) -> Response:
        """The answer."""
        content = self.body.model_dump_json()
        return Response(content, self.status, self.headers, media_type=MEDIA_TYPE)


def of_shop(error: ShopError) -> Refused:
    """What the shop's rules refuse."""
    status = _STATUSES.get(error.code, _CONFLICT)
    return Refused(status, error.code, error.message, error.way_out, **error.details)


def of_validation(error: ValidationError) -> Refused:
    """What does not read, field by field."""
    errors = [
        {"where": ".".join(str(part) for part in one["loc"]), "what": one["msg"]}
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return Refused(
        422, "invalid", f"{len(errors)} fields do not read",
        "see `errors`, and /shop/v1/openapi.json for what is asked", errors=errors,
    )  # fmt: skip


def of_status(status: int, headers: Mapping[str, str] | None) -> Refused:
    """What no operation saw: a wrong address, method or size."""
    codes = {404: "not_found", 405: "method", 413: "too_large"}
    known = status if status in codes else 404
    return Refused(
        known, codes[known], TITLES[known], "see /shop/v1/openapi.json for what is there",
        headers=headers,
    )  # fmt: skip


def unknown(error: NobodyError) -> Refused:
    """Nobody who is known, or somebody who guesses."""
    return too_often(math.ceil(error.wait)) if error.wait else without_key()


def without_key() -> Refused:
    """Nobody who is known."""
    return Refused(
        401, "no_key", "the request bears no key that is valid",
        "send `Authorization: Bearer <secret>`; ask headquarters for a new secret if it was revoked",
        headers={"WWW-Authenticate": "Bearer"},
    )  # fmt: skip


def too_often(seconds: int) -> Refused:
    """Somebody who asks too often, or guesses."""
    return Refused(
        429, "too_often", "there were too many requests", f"wait {seconds} seconds",
        headers={"Retry-After": str(seconds)},
    )  # fmt: skip


def no_database() -> Refused:
    """The database is away."""
    return Refused(
        503, "no_database", "the database does not answer", "repeat the same request later",
        headers={"Retry-After": str(_PAUSE_SECONDS)},
    )  # fmt: skip
