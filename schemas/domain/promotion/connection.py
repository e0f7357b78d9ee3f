"""Which things belong together, because they share a tie, directly or through others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence


def connected(ties: Sequence[Iterable[Hashable]]) -> list[list[int]]:
    """Part places into those that are connected; each part, and the parts, in their order."""
    parts = [[place] for place in range(len(ties))]
    first: dict[Hashable, int] = {}
    for place, own in enumerate(ties):
        for tie in own:
            other = first.setdefault(tie, place)
            if other != place and parts[other] is not parts[place]:
                longer, shorter = parts[other], parts[place]
                # The shorter joins the longer: no place moves often.
                if len(longer) < len(shorter):
                    longer, shorter = shorter, longer
                longer += shorter
                for moved in shorter:
                    parts[moved] = longer
    whole = {id(part): part for part in parts}
    return [sorted(part) if len(part) > 1 else part for part in whole.values()]
