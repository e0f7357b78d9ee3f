"""Which shifts are of one till, and how a till passes from one operator to the next (交班).

    headquarters' policy   a shift ends at the lane      the next one of that lane and date
    till by operator       without a count               a till of its own, with a float of its own
    till by operator       counted by its cashier        takes the drawer over as it was counted, or a float
                                                         of its own
    till by lane           without a count               continues the till: no float, nothing is counted
    till by lane           counted by its cashier        as by operator: the count settled the till

    a till:   first shift ──continues──▶ … ──continues──▶ last shift ──counted──▶ settled
              (float in)                (no float)        (its counts are the till's)

A till is named by its first shift, and what it should hold is the sum over its shifts (rule 5): there is
one float, and every sale and movement is of one shift. Its counts are those of its last shift: one that was
made before the till went on is a reading in between, and counts no more. A drawer that was taken over has
the amount that was counted as its float; that amount stays in the till that was counted as well, which
expected it, so each till is over or short by its own doing alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def chains(continues: Mapping[str, str | None]) -> list[tuple[str, ...]]:
    """The tills of shifts, each with its shifts from the first to the last, in the order of their first.

    `continues` names per shift the one whose till it continues, in the order of their opening. One whose
    predecessor is not among them, or only itself, is the first of its own till: its takings are told there
    until the predecessor arrives.
    """
    after: dict[str, list[str]] = {}
    firsts: list[str] = []
    for shift, before in continues.items():
        if before is None or before not in continues or _leads_back(shift, continues):
            firsts.append(shift)
        else:
            after.setdefault(before, []).append(shift)
    return [tuple(_walk(first, after)) for first in firsts]


def _leads_back(shift: str, continues: Mapping[str, str | None]) -> bool:
    """Whether a shift would be its own predecessor: only what nobody wrote in earnest says so."""
    seen = {shift}
    before = continues[shift]
    while before is not None and before in continues:
        if before in seen:
            return True
        seen.add(before)
        before = continues[before]
    return False


def _walk(first: str, after: Mapping[str, Iterable[str]]) -> Iterable[str]:
    # After a restore two shifts may continue the same one: both are of the till.
    waiting = [first]
    while waiting:
        shift = waiting.pop(0)
        yield shift
        waiting.extend(after.get(shift, ()))
