"""Every report that there is, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Mapping

from hq.reporting.definition import Definition
from hq.reporting.definitions.sales import SALES

_EVERY: tuple[Definition, ...] = (SALES,)

REPORTS: Mapping[str, Definition] = {one.code: one for one in _EVERY}


def groups(role: str) -> dict[str, list[Definition]]:
    """The reports that a role may see, by what they are about."""
    found: dict[str, list[Definition]] = {}
    for one in _EVERY:
        if role in one.roles:
            found.setdefault(one.group, []).append(one)
    return found
