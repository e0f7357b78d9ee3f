"""One finding before a day close: which record, what is wrong with it, and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from branch.wording import Value, Wording
from schemas.domain.day_check import level_of
from schemas.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Check:
    """`blocking` stands in the way of the close; a warning has to be accepted by name (`key`).

    `href` is the page where the way out begins; `lane` is whose finding it is, if it is a lane's.
    """

    code: str
    subject: str
    blocking: bool
    problem: Wording
    way_out: Wording
    href: str
    lane: str = ""

    @property
    def key(self) -> str:
        """What a person accepts when they accept this."""
        return f"{self.code}:{self.subject}"

    def __str__(self) -> str:
        return f"{self.problem}: {self.way_out}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind of finding: its name, what it says and where the way out begins."""

    code: str
    problem: str
    way_out: str
    href: str

    def stops(self, subject: str, **values: Value) -> Check:
        """One that stands in the way."""
        return self._of(subject, values, blocking=True)

    def warns(self, subject: str, **values: Value) -> Check:
        """One that a person may accept."""
        return self._of(subject, values, blocking=False)

    def _of(self, subject: str, values: dict[str, Value], *, blocking: bool) -> Check:
        return Check(
            code=self.code,
            subject=subject,
            blocking=blocking,
            problem=Wording(self.problem, values),
            way_out=Wording(self.way_out, values),
            href=str(Wording(self.href, values)),
            lane=str(values.get("lane", "")),
        )


def levelled(found: Iterable[Check], policy: Policy) -> Iterator[Check]:
    """The findings as headquarters wants them: in the way, to accept, or not told."""
    for check in found:
        level = level_of(check.code, policy.checks, "stop" if check.blocking else "warn")
        if level != "ignore":
            yield replace(check, blocking=level == "stop")
