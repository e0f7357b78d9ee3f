"""What a verification found: one line per thing that is not as it should be, repaired or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Found:
    """`where` names the feed's table, the day or the journal, `what` the record and what is wrong."""

    where: str
    what: str
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found. `compared` counts what was looked at; `skipped` says why something was not."""

    found: tuple[Found, ...] = ()
    skipped: tuple[str, ...] = ()
    compared: Mapping[str, int] = field(default_factory=dict)

    @property
    def remaining(self) -> tuple[Found, ...]:
        """What was not repaired."""
        return tuple(one for one in self.found if not one.repaired)

    @property
    def equal(self) -> bool:
        """Whether everything was compared and nothing that is wrong remains."""
        return not self.remaining and not self.skipped

    def joined(self, other: Report) -> Report:
        """Both reports as one."""
        return Report(
            (*self.found, *other.found),
            (*self.skipped, *other.skipped),
            {**self.compared, **other.compared},
        )
