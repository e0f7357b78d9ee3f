"""The price check as a page of its own (`/price`), for a customer: it asks prices and sees nothing else.

    ← {"event": "shop", "shop": {"name", "currency", "decimals", "language"}}      first
    → {"id": 1, "code": "401234500001"}
    ← {"id": 1, "ok": true, "price": {...}}                                        see `price_check`
    ← {"id": 1, "ok": false, "error": {"code": "unknown_item", "values": {...}}}

Nobody has to be signed in, no basket is looked at, and the page has a language of its own.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pos_frontend.errors import TillError
from pos_frontend.screen.desk import Answer, Desk

_log = structlog.get_logger(__name__)
_LONGEST = 64


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    id: int
    code: Annotated[str, Field(max_length=_LONGEST)]


class PriceKiosk:
    """Answers what things cost."""

    path = "price"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told = ""

    def hello(self) -> str:
        """See `Kiosk`."""
        terms = self._desk.terms()
        shop = {
            "name": terms and terms.name,
            "currency": terms and terms.currency,
            "decimals": terms and terms.decimals,
            "language": self._desk.usual_language,
        }
        told = json.dumps({"event": "shop", "shop": shop}, ensure_ascii=False)
        self._told = self._told or told
        return told

    def handle(self, message: str | bytes) -> Answer:
        """See `Kiosk`."""
        number: int | None = None
        try:
            asked = _Asked.model_validate_json(message)
            number = asked.id
            price = asdict(self._desk.price_of(asked.code))
        except ValidationError as error:
            return _answer(number, TillError("request", reason=str(error.errors()[0]["msg"])))
        except TillError as error:
            return _answer(number, error)
        except Exception:  # noqa: BLE001 - a failure of ours is answered and logged
            _log.exception("a price could not be told")
            return _answer(number, TillError("failure"))
        reply = {"id": number, "ok": True, "price": price}
        return Answer(json.dumps(reply, ensure_ascii=False), None)

    def follow(self) -> str | None:
        """See `Kiosk`: the shop's name may have arrived."""
        before, told = self._told, self.hello()
        self._told = told
        return None if told == before else told


def _answer(number: int | None, error: TillError) -> Answer:
    refusal = {"code": error.code, "values": error.values}
    return Answer(
        json.dumps({"id": number, "ok": False, "error": refusal}, ensure_ascii=False), None
    )
