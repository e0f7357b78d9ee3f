"""The lanes that a day was closed without, in a person's language: why, under whose authority, what lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hq.days import DayHistory
from hq.web.check_words import CHECK_WORDS
from replication.console.languages import msgid
from replication.console.page import Page

_SAID = msgid("%(reason)s (%(operator)s)")
_AGREED = msgid("%(reason)s (%(operator)s; %(authority)s agreed)")

#: Those whose record a person knows by its name: receipts, not shifts.
_TELLING = frozenset({"receipts_missing", "receipt_differs"})


@dataclass(frozen=True, slots=True)
class AbsentLane:
    """One lane: the sentence on it, and each thing that was missing."""

    lane: str
    said: str
    missing: tuple[str, ...]


def absent_lanes(page: Page, history: DayHistory) -> list[AbsentLane]:
    """Those that the day's last revision names."""
    last = history.revisions[-1:]
    return [
        AbsentLane(
            one.lane,
            page.gettext(
                _AGREED if one.authority else _SAID,
                reason=one.reason, operator=one.operator, authority=one.authority,
            ),
            tuple(_missing(page, one.missing)),
        )
        for revision in last
        for one in revision.absent
    ]  # fmt: skip


def _missing(page: Page, keys: tuple[str, ...]) -> Iterator[str]:
    """Each as a check is called; one of a newer release by its own name."""
    for key in keys:
        code, _, record = key.partition(":")
        said = page.gettext(CHECK_WORDS[code]) if code in CHECK_WORDS else code
        yield f"{said}: {record}" if code in _TELLING else said
