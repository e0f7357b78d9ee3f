"""Canonical JSON: one value, one sequence of bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.wire import canonical

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_what_is_written_is_read_and_written_the_same(value: object) -> None:
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert canonical.encode(canonical.decode(data)) == data
    assert b"\n" not in data, "a body is a line of a batch's payload"


@given(JSON)
def test_what_is_known_to_hold_no_float_has_the_same_bytes(value: object) -> None:
    assert canonical.encode_typed(value) == canonical.encode(value)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ({"b": 1, "a": [2, None]}, b'{"a":[2,null],"b":1}'),
        ({"名": "苹果"}, '{"名":"苹果"}'.encode()),
        ("line\nend", b'"line\\nend"'),
    ],
)
def test_the_bytes_are_fixed(value: object, data: bytes) -> None:
    assert canonical.encode(value) == data


@pytest.mark.parametrize("value", [1.5, [1, 2.0], {"a": {"b": [0.1]}}])
def test_a_float_is_refused_by_its_place(value: object) -> None:
    with pytest.raises(TypeError, match="float"):
        canonical.encode(value)


def test_an_instant_is_utc_with_microseconds() -> None:
    shanghai = timezone(timedelta(hours=8))
    moment = datetime(2026, 3, 1, 20, 0, tzinfo=shanghai)
    assert canonical.instant(moment) == "2026-03-01T12:00:00.000000Z"
    assert canonical.parse_instant("2026-03-01T12:00:00.000000Z") == moment
    with pytest.raises(ValueError, match="no zone"):
        canonical.instant(datetime(2026, 3, 1))  # noqa: DTZ001 - that is what is refused


def test_an_instant_reads_back() -> None:
    now = datetime.now(UTC)
    assert canonical.parse_instant(canonical.instant(now)) == now
