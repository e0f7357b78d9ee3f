"""What figures are missing, in words: the same for the banner, the CSV and the PDF (invariant 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hq.completeness import Completeness, Gap, Problem
from replication.console import formats
from replication.console.languages import msgid
from replication.console.words import Words

_LABELS: Mapping[Problem, str] = {
    "never_heard": msgid("Never heard of"),
    "missing": msgid("Nothing arrived"),
    "open": msgid("Still open"),
    "reopened": msgid("Reopened for corrections"),
    "absent": msgid("Closed without a lane"),
    "late": msgid("Late entries after the close"),
    "differing": msgid("Close differs from what is held here"),
    "quarantined": msgid("Entries in quarantine"),
    "not_opened": msgid("Not opened, though a later day was"),
    "flagged": msgid("Tickets that do not add up, counted as they came"),
}
_COUNTED: frozenset[Problem] = frozenset({"absent", "late", "differing", "quarantined", "flagged"})
#: Between the problems in one cell.
SEPARATOR = "; "
_NAMED_AT_ONCE = 4
_COMPLETE = msgid("Complete: every day asked for is closed and has arrived.")
_INCOMPLETE = msgid("Not complete: the figures may still change.")
_NOTHING = msgid("No business day is due in this range.")
_AS_OF = msgid("%(days)s days of %(branches)s branches, as of %(instant)s (%(zone)s).")
_FURTHER = msgid("and %(number)s more")
_SETTLED = msgid("complete")


@dataclass(frozen=True, slots=True)
class Told:
    """One problem in words, with every branch and day that has it."""

    label: str
    places: tuple[str, ...]

    @property
    def is_long(self) -> bool:
        """Whether a banner gives their number, and the names on demand."""
        return len(self.places) > _NAMED_AT_ONCE


def heading(words: Words, completeness: Completeness) -> str:
    """The verdict."""
    if not completeness.complete:
        return words.gettext(_INCOMPLETE)
    return words.gettext(_COMPLETE if completeness.days else _NOTHING)


def extent(words: Words, completeness: Completeness, zone: str) -> str:
    """What the verdict is about, and when it was given, by a clock at `zone`."""
    return words.gettext(
        _AS_OF,
        days=completeness.days,
        branches=len(completeness.branches),
        instant=formats.instant(completeness.as_of, zone, words.language),
        zone=zone,
    )


def told(words: Words, completeness: Completeness) -> list[Told]:
    """Every problem, the gravest first."""
    return [
        Told(
            words.gettext(_LABELS[problem]),
            tuple(_place(words, gap, dated=completeness.first < completeness.last) for gap in gaps),
        )
        for problem, gaps in completeness.by_problem().items()
    ]


def lines(words: Words, completeness: Completeness, zone: str, most: int) -> list[str]:
    """Verdict, extent and problems, a sentence each, for paper; each names so many places."""
    sentences = [f"{heading(words, completeness)} {extent(words, completeness, zone)}"]
    for one in told(words, completeness):
        named = "; ".join(one.places[:most])
        rest = len(one.places) - most
        further = " " + words.gettext(_FURTHER, number=rest) if rest > 0 else ""
        sentences.append(f"{one.label}: {named}{further}")
    return sentences


def cell(words: Words, completeness: Completeness) -> str:
    """In one cell of a table: complete, or by what it is not."""
    problems = [one.label for one in told(words, completeness)]
    if completeness.complete and not problems:
        return words.gettext(_SETTLED)
    return SEPARATOR.join(problems)


def short_cell(words: Words, completeness: Completeness) -> str:
    """The same where there is little room: the gravest alone, and how many more."""
    first, *others = cell(words, completeness).split(SEPARATOR)
    return f"{first} +{len(others)}" if others else first


def _place(words: Words, gap: Gap, *, dated: bool) -> str:
    """The branch, the date where there are several, and how many where it is counted."""
    day = formats.day(gap.business_date, words.language) if dated and gap.business_date else ""
    count = f"({gap.count})" if gap.problem in _COUNTED else ""
    return " ".join(part for part in (gap.branch, day, count) if part)
