"""Which shifts are of one till."""

from __future__ import annotations

import pytest

from schemas.domain.till_chain import chains


@pytest.mark.parametrize(
    ("continues", "tills"),
    [
        ({}, []),
        ({"a": None, "b": None}, [("a",), ("b",)]),
        ({"a": None, "b": "a", "c": "b"}, [("a", "b", "c")]),
        ({"a": None, "x": None, "b": "a"}, [("a", "b"), ("x",)]),
        # its predecessor has not arrived, or is of another date
        ({"b": "a", "c": "b"}, [("b", "c")]),
        # opened by a clock that went back
        ({"b": "a", "a": None}, [("a", "b")]),
        # after a restore two go on with the same one
        ({"a": None, "b": "a", "c": "a"}, [("a", "b", "c")]),
        # what nobody writes in earnest
        ({"a": "a"}, [("a",)]),
        ({"a": "b", "b": "a"}, [("a",), ("b",)]),
    ],
)
def test_shifts_of_one_till(continues: dict[str, str | None], tills: list[tuple[str, ...]]) -> None:
    assert chains(continues) == tills
    assert sorted(one for till in chains(continues) for one in till) == sorted(continues)
