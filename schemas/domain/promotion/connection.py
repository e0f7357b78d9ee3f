"""Which things belong together, because they share a tie, directly or through others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence


def connected(ties: Sequence[Iterable[Hashable]]) -> list[list[int]]:
    """Part places into those that are connected; each part, and the parts, in their order."""
    parts = [[place] for place in range(len(ties))]
    first: dict[Hashable, int] = {}
    for place, own in enumerate(ties):
        for tie in own:
            there, here = parts[first.setdefault(tie, place)], parts[place]
            if there is not here:
                # The shorter joins the longer: no place moves often.
                longer, shorter = (there, here) if len(there) >= len(here) else (here, there)
                longer += shorter
                for moved in shorter:
                    parts[moved] = longer
    whole = {id(part): part for part in parts}
    return [sorted(part) for part in whole.values()]
