"""A branch manager at the back office: opens the day, counts the tills, closes, re-closes."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import date

from ops.demo.person import Person
from schemas.domain.money import format_amount

_WARNING = re.compile(r'name="accept"[^>]*value="([^"]+)"')


class Manager(Person):
    """Somebody who may open and close a branch's days."""

    def open_day(self, on: date) -> None:
        """Open a business date."""
        self.submit("/days/open", {"date": on.isoformat()}, page="/")

    def count(self, shift: str, counted: Mapping[str, int], reason: str = "") -> None:
        """Count a till, blind; in a reopened day a correction with its reason."""
        fields = {kind: format_amount(amount) for kind, amount in counted.items()}
        self.submit(f"/tills/{shift}", {**fields, "reason": reason})

    def close_day(self, on: date) -> list[str]:
        """Close a day, accepting its warnings, and answer which they were.

        A check that blocks raises DemoError with what it says.
        """
        page = f"/day?date={on.isoformat()}"
        warnings = [html.unescape(key) for key in _WARNING.findall(self.get(page).text)]
        self.submit("/day", {"date": on.isoformat(), "accept": warnings}, page=page)
        return warnings

    def reopen(self, on: date, reason: str) -> None:
        """Open a closed day for corrections."""
        self.submit(
            f"/days/{on.isoformat()}/reopen", {"reason": reason}, page=f"/days/{on.isoformat()}"
        )
