"""Rule 7: one form for every way of writing a code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.barcode import check_digit, is_valid, normalise


@pytest.mark.parametrize(
    ("code", "normal"),
    [
        # UPC-E, by the sixth digit of its body, which tells where the noughts were
        ("01234505", "00012000003455"),
        ("04252614", "00042100005264"),
        ("01234523", "00012200003453"),
        ("01234531", "00012300000451"),
        ("01234543", "00012340000053"),
        ("01234565", "00012345000065"),
        ("01234566", "00000001234566"),  # not its check digit: left as it is
        # EAN-8 apart
        ("96385074", "00000096385074"),
        ("12345670", "00000012345670"),  # begins with 1: never UPC-E
        # the rest is filled up
        ("042100005264", "00042100005264"),
        ("0042100005264", "00042100005264"),
        ("00042100005264", "00042100005264"),
        ("42100005264", "00042100005264"),  # a spreadsheet ate the noughts
        ("6901234567892", "06901234567892"),
        ("16901234567899", "16901234567899"),  # a case is another item than its content
        ("4011", "00000000004011"),
        # in-house codes and labels
        ("", ""),
        ("MILK-1L", "MILK-1L"),
        ("12a4", "12a4"),
        ("210012300500123456", "210012300500123456"),
        ("\u0661\u0662", "\u0661\u0662"),
    ],
)
def test_normalise(code: str, normal: str) -> None:
    assert normalise(code) == normal
    assert normalise(normal) == normal


@pytest.mark.parametrize(
    ("digits", "check"),
    [
        ("690123456789", 2),
        ("04210000526", 4),
        ("9638507", 4),
        ("1690123456789", 9),
        ("0000000", 0),
        ("", 0),
    ],
)
def test_check_digit(digits: str, check: int) -> None:
    assert check_digit(digits) == check


@pytest.mark.parametrize(
    "code",
    ["6901234567892", "042100005264", "04252614", "96385074", "16901234567899"],
)
def test_a_right_check_digit_is_valid(code: str) -> None:
    assert is_valid(code)


@pytest.mark.parametrize(
    "code",
    [
        *("6901234567893", "042100005265", "04252615", "96385075", "16901234567890"),
        *("42100005264", "4011", "MILK-1L", "", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0660"),
    ],
)
def test_a_wrong_check_digit_or_another_form_is_not(code: str) -> None:
    assert not is_valid(code)


@given(st.text("0123456789", min_size=11, max_size=11))
def test_every_way_of_writing_a_upc_a_is_one_code(body: str) -> None:
    upc_a = body + str(check_digit(body))
    forms = {upc_a, "0" + upc_a, "00" + upc_a}
    assert {normalise(form) for form in forms} == {"00" + upc_a}
    assert all(is_valid(form) for form in forms)


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(body: str, place: int, shift: int) -> None:
    code = body + str(check_digit(body))
    wrong = str((int(code[place]) + shift) % 10)
    assert is_valid(code)
    assert not is_valid(code[:place] + wrong + code[place + 1 :])


@given(st.text("0123456789A", max_size=20))
def test_normalise_twice_is_once(code: str) -> None:
    assert normalise(normalise(code)) == normalise(code)
