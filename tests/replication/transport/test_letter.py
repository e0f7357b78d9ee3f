"""The letter: what is written is read, and nothing else is."""

from __future__ import annotations

import random

import pytest

from replication.errors import RefusedError
from replication.identity import Identity, new_private_key, signature_holds
from replication.transport.letters.letter import (
    MAX_LETTER_BYTES,
    Letter,
    is_letter,
    numbered,
    open_letter,
    seal_letter,
)

BRANCH = Identity("N001", "branch", "hq", new_private_key())
OTHER = Identity("N001", "branch", "hq", new_private_key())


def letter(body: bytes = b"a batch", number: int = 7) -> Letter:
    return Letter("N001", "N001", "sftp", number, "push", "request", body, number)


def by_branch(sender: str, signature: bytes, signed: bytes) -> bool:
    return sender == "N001" and signature_holds(BRANCH.public_key, signature, signed)


def test_a_letter_is_read_as_it_was_written() -> None:
    read = open_letter(seal_letter(letter(), BRANCH.sign), by_branch)
    assert (read.site, read.number, read.verb, read.kind, read.body, read.name) == (
        "N001", 7, "push", "request", b"a batch", "000000000007.push",
    )  # fmt: skip


@pytest.mark.fault("2", "batches truncated")
def test_a_letter_cut_anywhere_is_truncated() -> None:
    data = seal_letter(letter(), BRANCH.sign)
    for length in range(len(data)):
        with pytest.raises(RefusedError) as refused:
            open_letter(data[:length], by_branch)
        assert refused.value.code == "truncated"


@pytest.mark.fault("2", "batches bit-flipped")
def test_a_letter_with_any_bit_flipped_is_refused() -> None:
    data = seal_letter(letter(), BRANCH.sign)
    chance = random.Random(3)
    for place in range(len(data)):
        harmed = bytearray(data)
        harmed[place] ^= 1 << chance.randrange(8)
        with pytest.raises(RefusedError):
            open_letter(bytes(harmed), by_branch)


@pytest.mark.fault("2", "batches signed by another site")
def test_a_letter_signed_by_another_site_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        open_letter(seal_letter(letter(), OTHER.sign), by_branch)
    assert refused.value.code == "bad_signature"


@pytest.mark.fault("2", "batches oversized")
def test_an_oversized_letter_is_refused_by_its_length_alone() -> None:
    with pytest.raises(RefusedError) as refused:
        open_letter(bytes(MAX_LETTER_BYTES + 1), by_branch)
    assert refused.value.code == "oversized"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("000000000007.push", True),
        ("000000000007-000003.fetch", True),
        ("000000000007.push.part", False),
        ("7.push", False),
        ("000000000007.shell", False),
        ("../000000000007.push", False),
    ],
)
def test_only_letters_names_are_letters(name: str, known: bool) -> None:
    assert is_letter(name) == known
    if known:
        assert numbered(name)[0] == 7
