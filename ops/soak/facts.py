"""Facts as they stand in journals, read as plain JSON: what tells each from all others, what it says.

The model is told of a fact by whoever stated it. This reads the same fact out of a database, without
the product's own decoding, so that the two can be held against each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ops.soak.model import Fact, FactId, instant_text

Body = Mapping[str, Any]

#: The fields that tell a fact from all others of its kind, and those of them that are its place.
_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ticket": (("uuid",), ("uuid",)),
    "shift.opened": (("shift",), ("shift",)),
    "shift.ended": (("shift", "ended"), ("shift",)),
    "basket.cancelled": (("uuid",), ("uuid",)),
    "counters.moved": (("lane", "at", "first"), ("lane", "at", "first")),
    "till.counted": (("shift", "at"), ("shift", "at")),
    "day.opened": (("branch", "business_date", "at"), ("branch", "business_date")),
    "day.closed": (
        ("branch", "business_date", "revision", "at"),
        ("branch", "business_date", "revision"),
    ),
    "day.reopened": (
        ("branch", "business_date", "revision", "at"),
        ("branch", "business_date", "revision"),
    ),
}
#: What a branch tells of lost feeds and of its lanes' keys, no facts of a shop; and what it works out itself
#: from facts, which is compared by what it comes to.
OF_NO_SHOP = frozenset({"feed.surplus", "lane.enrolled", "stock.moved"})
_INSTANTS = frozenset({"at", "ended"})
#: The one field of an entry that nobody can apply.
POISON = "poison"


def fact_of(kind: str, body: Body | bytes, writer: str) -> Fact:
    """A fact by what its entry says."""
    said: Body = json.loads(body) if isinstance(body, bytes) else body
    if POISON in said:
        name = (kind, str(said[POISON]))
        day = date.fromisoformat(said["business_date"])
        return Fact(name, name, writer, writer.partition(".")[0], day, poison=True)
    names, places = _NAMES[kind]
    return Fact(
        _named(kind, names, said),
        _named(kind, places, said),
        writer,
        said["branch"],
        date.fromisoformat(said["business_date"]),
        _SAID[kind](said),
    )


def _named(kind: str, names: tuple[str, ...], said: Body) -> FactId:
    return (
        kind,
        *(instant_text(said[name]) if name in _INSTANTS else str(said[name]) for name in names),
    )


def _ticket(said: Body) -> dict[str, Any]:
    return {
        "lane": said["lane"], "counter": said["counter"], "shift": said["shift"],
        "business_date": said["business_date"], "total": said["total"],
        "change": said["change"],
        "tenders": [(one["kind"], one["amount"]) for one in said["tenders"]],
        "lines": [
            (line["item"], line["quantity"], line["list_price"], line["amount"],
             line["price_document"])
            for line in said["lines"]
            if not line["voided"]
        ],
    }  # fmt: skip


def _totals(said: Body) -> dict[str, Any]:
    totals = said["totals"]
    return {
        "revision": said["revision"], "operator": said["operator"],
        "tickets": totals["tickets"], "gross": totals["gross"],
        "tenders": _amounts(totals["tenders"]), "over_short": _amounts(totals["over_short"]),
    }  # fmt: skip


def _amounts(amounts: Mapping[str, int]) -> dict[str, int]:
    return {kind: amount for kind, amount in sorted(amounts.items()) if amount}


def _only(*names: str) -> Callable[[Body], dict[str, Any]]:
    return lambda said: {name: said[name] for name in names}


def _opened(said: Body) -> dict[str, Any]:
    return {
        "shift": said["shift"], "lane": said["lane"], "operator": said["operator"],
        "business_date": said["business_date"], "float": said["float_amount"],
    }  # fmt: skip


def _counted(said: Body) -> dict[str, Any]:
    return {
        "shift": said["shift"], "counted": dict(said["counted"]), "at": instant_text(said["at"]),
        "correction": said["correction"],
    }  # fmt: skip


_SAID: dict[str, Callable[[Body], dict[str, Any]]] = {
    "ticket": _ticket,
    "shift.opened": _opened,
    "shift.ended": _only("shift", "last_counter", "tickets", "gross", "grand_total"),
    "basket.cancelled": _only("amount", "lines"),
    "counters.moved": _only("first", "last", "tickets", "gross", "grand_total"),
    "till.counted": _counted,
    "day.opened": _only("operator"),
    "day.closed": _totals,
    "day.reopened": _only("revision", "operator", "reason"),
}
