"""What members are found by, and what of them is shown."""

from __future__ import annotations

import pytest

from schemas.domain.member import masked_name, masked_number, normalise_card, normalise_phone


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("0044 20 7946 0000", "442079460000"),
        ("86", "86"),
        ("none", ""),
        ("", ""),
    ],
)
def test_a_phone_is_known_by_its_digits(typed: str, known: str) -> None:
    assert normalise_phone(typed) == known
    assert normalise_phone(normalise_phone(typed)) == known


@pytest.mark.parametrize(
    ("typed", "known"), [(" 8888 0001-ab ", "88880001AB"), ("８８８８ 0001", "88880001"), ("", "")]
)
def test_a_card_is_known_without_what_is_between(typed: str, known: str) -> None:
    assert normalise_card(typed) == known


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三丰", "张**"), ("张三", "张*"), ("张", "张"), ("Ann  Lee", "A** L**"), ("", "")],
)
def test_a_name_is_shown_by_its_beginning(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [("13800138000", "138****8000"), ("1234567", "****"), ("", "")]
)
def test_a_number_is_shown_without_its_middle(number: str, shown: str) -> None:
    assert masked_number(number) == shown
