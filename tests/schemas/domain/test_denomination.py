"""Counting by denomination: what pieces come to, and when they contradict an amount."""

from __future__ import annotations

import pytest

from schemas.domain.denomination import FACES, Pieces, amounts, contradicted, faces
from schemas.domain.till import TillCounted
from schemas.wire.entries import decode, encode
from tests.branch.shop import CODE, DAY, ShopClock


@pytest.mark.parametrize("currency", FACES)
def test_faces_fall(currency: str) -> None:
    assert list(faces(currency)) == sorted(set(faces(currency)), reverse=True)
    assert min(faces(currency)) > 0


def test_a_currency_without_a_list_is_one_amount() -> None:
    assert faces("XTS") == ()


@pytest.mark.parametrize(
    ("counted", "pieces", "key"),
    [
        ({"cash": 25_700}, [("cash", 10_000, 2), ("cash", 5_000, 1), ("cash", 100, 7)], None),
        ({"cash": 100, "USD": 300}, [("USD", 100, 3)], None),
        ({"cash": 0}, [], None),
        ({"cash": 99}, [("cash", 100, 1)], "cash"),
        ({"cash": 100}, [("USD", 100, 1)], "USD"),
        ({"cash": -100}, [("cash", 100, -1)], "cash"),
        ({"cash": 0}, [("cash", 0, 5)], "cash"),
    ],
)
def test_pieces_agree_with_their_amount(
    counted: dict[str, int], pieces: list[tuple[str, int, int]], key: str | None
) -> None:
    assert contradicted(counted, [Pieces(*one) for one in pieces]) == key


def test_pieces_are_summed_by_key() -> None:
    assert amounts([Pieces("cash", 50, 3), Pieces("USD", 25, 4), Pieces("cash", 100, 1)]) == {
        "cash": 250, "USD": 100,
    }  # fmt: skip


def test_a_count_without_pieces_reads_as_it_always_did() -> None:
    plain = TillCounted("s", CODE, f"{CODE}.01", DAY, {"cash": 1}, "C1", ShopClock()())
    assert b"denominations" not in encode(plain)
    assert decode("till.counted", 1, encode(plain)) == plain
    full = TillCounted(
        "s", CODE, f"{CODE}.01", DAY, {"cash": 200}, "C1", ShopClock()(),
        denominations=(Pieces("cash", 100, 2),),
    )  # fmt: skip
    assert decode("till.counted", 1, encode(full)) == full
