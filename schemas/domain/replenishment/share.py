"""Sharing out what a distribution centre has too little of (配送中心缺货分配, rule 27).

    enough for all      each gets what it needs
    short, first        one pack each, in the order of the branches' codes, as far as it goes
    short, then         the rest in proportion to what is still needed, in packs, by largest remainder; of
                        equals the first in that order

    50 for A 40, B 20 and C 20 in packs of 10: one each leaves 20 for A 30, B 10, C 10; A 12, B 4, C 4 in
    proportion, of which A takes 10 at once; the pack that is left goes to B, whose 4 are more than A's 2

*Property*: no part exceeds its need or is below nought, all parts together never exceed what there is, and what
is left over is less than the least pack that is still needed; the order in which needs are named changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    """What a branch needs, a whole number of packs, both in thousandths of the base unit; else ValueError."""

    quantity: int
    pack: int

    def __post_init__(self) -> None:
        """Refuse what cannot be packed."""
        if self.pack <= 0 or self.quantity < 0 or self.quantity % self.pack:
            raise ValueError(f"a need of {self.quantity} is no number of packs of {self.pack}")


def share(available: int, needs: Mapping[str, Need]) -> dict[str, int]:
    """By branch, what it gets of what is available, in thousandths."""
    if available >= sum(need.quantity for need in needs.values()):
        return {branch: need.quantity for branch, need in needs.items()}
    parts = dict.fromkeys(sorted(needs), 0)
    left = max(available, 0)
    for branch in parts:
        need = needs[branch]
        if need.quantity and need.pack <= left:
            parts[branch] = need.pack
            left -= need.pack
    wanted = {branch: needs[branch].quantity - part for branch, part in parts.items()}
    for branch, more in _in_proportion(left, wanted, needs).items():
        parts[branch] += more
    return parts


def _in_proportion(
    left: int, wanted: Mapping[str, int], needs: Mapping[str, Need]
) -> dict[str, int]:
    """Split what is left over what is still wanted. Remainders are carried times the whole, so they are exact."""
    whole = sum(wanted.values())
    if not whole:
        return {}
    more = {
        branch: left * want // whole // needs[branch].pack * needs[branch].pack
        for branch, want in wanted.items()
    }
    remainders = {branch: left * want - more[branch] * whole for branch, want in wanted.items()}
    left -= sum(more.values())
    while True:
        fitting = [
            branch
            for branch, want in wanted.items()
            if more[branch] < want and needs[branch].pack <= left
        ]
        if not fitting:
            return more
        # The first of equals is the one that stands first, as `max` promises.
        chosen = max(fitting, key=remainders.__getitem__)
        pack = needs[chosen].pack
        more[chosen] += pack
        remainders[chosen] -= pack * whole
        left -= pack
