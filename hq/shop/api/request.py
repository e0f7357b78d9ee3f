"""One request of a shop: who asks, what stands in the address and in the body, and when it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Engine

from hq.shop.api.asked import Nothing
from hq.shop.clients import Client


@dataclass(frozen=True, slots=True)
class Request:
    """A request after everything in it was read; `asked` is the address, `body` what was sent."""

    engine: Engine
    client: Client
    now: datetime
    key: str
    asked: Any
    body: Any


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be asked at an address, and everything that OpenAPI says of it. `answers` are its models by
    status, `refusals` the statuses with which this one refuses beside those that every one has.
    """

    method: str
    path: str
    name: str
    summary: str
    do: Callable[[Request], tuple[int, BaseModel]]
    answers: dict[int, type[BaseModel]]
    query: type[BaseModel] = Nothing
    body: TypeAdapter[Any] | None = None
    refusals: Sequence[int] = ()

    @property
    def has_key(self) -> bool:
        """Whether the address names a key of the shop."""
        return "{key}" in self.path
