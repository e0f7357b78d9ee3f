"""What a coupon's number says: a table, and that what is shown never tells more than four characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.coupon import has_serial, is_kind, masked, read_coupon


@pytest.mark.parametrize(
    ("number", "kind", "serial", "shown"),
    [
        ("SPRING", "SPRING", False, "SPRING"),
        ("SPRING-7Q2M94KX", "SPRING", True, "SPRING-****94KX"),
        ("SPRING-94KX", "SPRING", True, "SPRING-94KX"),
        ("k-1", "k", True, "k-1"),
        ("A1234567890123456789-1", "A1234567890123456789", True, "A1234567890123456789-1"),
    ],
)
def test_what_is_a_coupon(number: str, kind: str, serial: bool, shown: str) -> None:
    coupon = read_coupon(number)
    assert coupon is not None
    assert (coupon.number, coupon.kind, has_serial(coupon)) == (number, kind, serial)
    assert masked(number) == shown


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "SPRING-", "-7Q", "SPRING-7Q-94KX", "2026-94KX", "401234500001", "139-12345678",
        "SPRING 7Q", "春-1", "SPRING-１", "N001.03-12", "A12345678901234567890", f"S-{'1' * 33}",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    assert read_coupon(text) is None


@pytest.mark.parametrize("text", ["", " ", "2026", "A-B", "A.B", "春", "A" * 21])
def test_what_no_kind_may_be_called(text: str) -> None:
    assert not is_kind(text)


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,19}-[A-Za-z0-9]{1,32}", fullmatch=True))
def test_of_a_serial_four_characters_are_shown(number: str) -> None:
    shown, serial = masked(number), number.partition("-")[2]
    assert len(shown) == len(number)
    assert shown.endswith(serial[-4:])
    assert shown.count("*") == max(0, len(serial) - 4)
