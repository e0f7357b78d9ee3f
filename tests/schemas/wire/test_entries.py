"""The bodies of entries: what is written is canonical, and reads as what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from types import UnionType
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.ticket import Discount
from schemas.wire import canonical
from schemas.wire.entries import (
    Statement,
    UnreadableEntryError,
    decode_any,
    encode,
    kind_of,
    waits_for_upgrade,
)
from tests.schemas.domain.samples import card, line, ticket

_PLAIN: dict[object, st.SearchStrategy[object]] = {
    int: st.integers(-(2**63), 2**63 - 1),
    datetime: st.datetimes(timezones=st.just(UTC)),
    Mapping[str, int]: st.dictionaries(st.text(), st.integers(0, 10**9)),
}


def _of(kind: type) -> st.SearchStrategy[object]:
    """Any value of a type that an entry has."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{one.name: _of(hints[one.name]) for one in fields(kind)})
    if get_origin(kind) is UnionType:
        return st.one_of([_of(one) for one in get_args(kind)])
    if get_origin(kind) is tuple:
        return st.lists(_of(get_args(kind)[0]), max_size=3).map(tuple)
    return st.from_type(kind)


@given(st.one_of([_of(kind) for kind in get_args(Statement)]))
def test_every_kind_is_written_canonically_and_reads_back(statement: Statement) -> None:
    body = encode(statement)
    assert canonical.encode(canonical.decode(body)) == body
    assert decode_any(*kind_of(statement), body) == statement


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"[" * 100_000,
        b'{"uuid":1}',
        b"null",
        b'{"branch":"B001","business_date":"2026-02-30","operator":"M1","at":"2026-03-01T08:00:00Z"}',
        b'{"branch":"B001","business_date":"2026-03-01","operator":"M1","at":"today"}',
        b'{"branch":"B001","business_date":"2026-03-01","operator":7,"at":"2026-03-01T08:00:00Z"}',
        b'{"branch":"\xff","business_date":"2026-03-01","operator":"M1","at":"2026-03-01T08:00:00Z"}',
    ],
)
def test_a_body_that_does_not_read_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(UnreadableEntryError, match=r"the body of day\.opened does not read"):
        decode_any("day.opened", 1, body)


@pytest.mark.parametrize(
    ("kind", "version", "change", "waits"),
    [
        ("ticket", 1, (b'"kind":"label"', b'"kind":"lottery"'), True),  # a newer release's value
        ("ticket", 1, (b'"counter":1', b'"counter":"x"'), False),
    ],
)
def test_what_is_parked_for_a_value_of_a_newer_release_is_replayed_after_the_upgrade(
    kind: str, version: int, change: tuple[bytes, bytes], waits: bool
) -> None:
    """This release is older than one with a lottery just as the one before is older than labels."""
    off = replace(line(), discounts=(Discount("label", 0, "stale"),))
    body = encode(ticket(card(350), lines=(off,)))
    assert body.replace(*change) != body
    with pytest.raises(UnreadableEntryError) as parked:
        decode_any(kind, version, body.replace(*change))
    assert waits_for_upgrade(kind, version, str(parked.value)) is waits


def test_a_field_that_a_newer_release_added_is_left_alone() -> None:
    body = (
        b'{"at":"2026-03-01T08:00:00Z","branch":"B001","business_date":"2026-03-01",'
        b'"operator":"M1","weather":"rain"}'
    )
    assert decode_any("day.opened", 1, body) == decode_any(
        "day.opened", 1, body.replace(b',"weather":"rain"', b"")
    )
