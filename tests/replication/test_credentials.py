"""Passwords and PINs rest as hashes that are dear to guess."""

from argon2 import Type, extract_parameters

from replication.credentials import hash_secret, verify
from tests.quick_hash import hashed


def test_a_hash_costs_what_owasp_asks_for_at_least() -> None:
    cost = extract_parameters(hash_secret("1111"))
    assert cost.type is Type.ID
    assert (cost.memory_cost, cost.time_cost, cost.parallelism) == (19 * 1024, 2, 1)


def test_a_secret_is_known_again_and_no_other() -> None:
    made = hash_secret("a long password")
    assert verify(made, "a long password")
    assert not verify(made, "a longer password")
    assert not verify("", "a long password")
    assert made != hash_secret("a long password")


def test_a_hash_of_another_cost_is_checked_by_its_own() -> None:
    assert verify(hashed("1111"), "1111")
    assert not verify(hashed("1111"), "1112")
