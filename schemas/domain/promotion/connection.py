"""Which things belong together, because they share a tie, directly or through others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence


def connected(ties: Sequence[Iterable[Hashable]]) -> list[list[int]]:
    """Part places into those that are connected; each part, and the parts, in their order."""
    above = list(range(len(ties)))
    owner: dict[Hashable, int] = {}

    def root(place: int) -> int:
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    for place, own in enumerate(ties):
        for tie in own:
            other = owner.setdefault(tie, place)
            if other != place:
                above[root(place)] = root(other)
    found: dict[int, list[int]] = {}
    for place in range(len(ties)):
        found.setdefault(root(place), []).append(place)
    return list(found.values())
