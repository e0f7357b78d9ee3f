"""What the pages of the replenishment call things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hq.replenishment.left_out import Reason
from replication.console.formats import day as shown_day
from replication.console.formats import quantity as shown_quantity
from replication.console.languages import msgid
from replication.console.page import Page

KINDS: Mapping[str, str] = {
    "order": msgid("Order to a supplier"),
    "send": msgid("Sent by the centre"),
}
STATES: Mapping[str, str] = {
    "open": msgid("To be decided"),
    "approved": msgid("Approved"),
    "dropped": msgid("Dropped"),
    "lapsed": msgid("No longer needed"),
}
RULES: Mapping[str, str] = {
    "up_to": msgid("by rule: below the amount"),
    "usual": msgid("by rule: as usual"),
}
ACTS: Mapping[str, str] = {
    "replenishment.change": msgid("Changed a line"),
    "replenishment.add": msgid("Added an item"),
    "replenishment.move": msgid("Moved a line"),
    "replenishment.approve": msgid("Approved"),
    "replenishment.drop": msgid("Dropped"),
}
ONLY: Mapping[str, str] = {
    "changed": msgid("Changed by a person"),
    "since": msgid("Demand corrected since"),
    "shared": msgid("Centre is short"),
    "held_back": msgid("Held back by a limit"),
    "lower_quote": msgid("A lower quote"),
}
HELD_BACK: Mapping[str, str] = {
    "maximum": msgid("maximum"),
    "shelf_life": msgid("shelf life"),
    "supplier_minimum": msgid("supplier's minimum"),
}
PRICES: Mapping[str, str] = {
    "quote": msgid("quote"),
    "source": msgid("agreed price"),
    "purchase": msgid("purchase price"),
    "": msgid("nobody knows"),
}
#: Why something was left out, and the way out.
LEFT_OUT: Mapping[Reason, tuple[str, str]] = {
    "no_source": (msgid("Items without a source"), msgid("Import a source of each.")),
    "no_unit": (
        msgid("Items ordered by a unit that they have not"),
        msgid("Correct the source, or import the unit."),
    ),
    "no_lead_time": (
        msgid("Suppliers without a lead time"),
        msgid("Enter the supplier's terms."),
    ),
    "no_calendar": (
        msgid("Suppliers who never deliver by their calendar"),
        msgid("Correct the supplier's terms or holidays."),
    ),
    "supplier_closed": (
        msgid("Suppliers from whom nothing more is bought"),
        msgid("Name another main source of their items."),
    ),
    "centre_closed": (
        msgid("Distribution centres that are closed"),
        msgid("Let another centre serve the branch, or suppliers deliver directly."),
    ),
    "service": (
        msgid("Services, of which there is no stock"),
        msgid("Take their sources and limits away."),
    ),
    "unknown_item": (msgid("Items that the catalogue has not"), msgid("Import them.")),
    "never_heard": (
        msgid("Branches that were never heard of"),
        msgid("Enrol the branch; until then nobody knows what it has."),
    ),
    "closed_branch": (
        msgid("Branches that are closed"),
        msgid("Nothing is proposed for them; reopen one that was closed by mistake."),
    ),
    "not_today": (
        msgid("Partners that take no orders today"),
        msgid("They are ordered from on the day that is named."),
    ),
    "held_back": (
        msgid("Items held back by their limits"),
        msgid("Even one pack passes the maximum or would spoil: correct the limits or the pack."),
    ),
}
_DAY = msgid("%(day)s: sold %(then)s, now %(now)s")
_RECLOSED = msgid("%(day)s was closed again (revision %(revision)s): sold %(then)s, now %(now)s")
_ARRIVED = msgid("%(day)s has arrived since: sold %(then)s, now %(now)s")
_STATE = msgid("%(day)s stands otherwise now: sold %(then)s, now %(now)s")
_SETTLED = msgid("%(day)s is settled now; what it sold is the same")
_GAP = msgid("%(day)s: %(problem)s")
_PROBLEMS: Mapping[str, str] = {
    "missing": msgid("nothing has arrived"),
    "open": msgid("not closed"),
    "reopened": msgid("open again for corrections"),
    "absent": msgid("closed without a lane"),
    "late": msgid("entries after the close"),
    "differing": msgid("the close differs"),
    "quarantined": msgid("entries in quarantine"),
}
_NO_DAY = msgid("no date")


def gap_points(page: Page, gaps: Sequence[Sequence[Any]]) -> list[str]:
    """The days that the figures lack, each in a few words."""
    found = []
    for problem, on, _ in gaps:
        said = page.gettext(_PROBLEMS[problem]) if problem in _PROBLEMS else problem
        found.append(page.gettext(_GAP, day=_day(page, on), problem=said))
    return found


def since_points(page: Page, since: Sequence[Sequence[Any]]) -> list[str]:
    """The days of which the last run knew something else."""
    found = []
    for on, problem_then, problem_now, revision_then, revision_now, then, now in since:
        text = _STATE
        if then == now and problem_now != problem_then:
            found += gap_points(page, [(one, on, 1) for one in problem_now.split(",") if one])
            if not problem_now:
                found.append(page.gettext(_SETTLED, day=_day(page, on)))
            continue
        if revision_now > revision_then > 0:
            text = _RECLOSED
        elif "missing" in problem_then and "missing" not in problem_now:
            text = _ARRIVED
        found.append(
            page.gettext(
                text, day=_day(page, on), revision=revision_now, then=shown_quantity(then),
                now=shown_quantity(now),
            )
        )  # fmt: skip
    return found


def line_since(page: Page, since: Sequence[Sequence[Any]]) -> list[str]:
    """The days of a line's demand that were corrected."""
    return [
        page.gettext(_DAY, day=_day(page, on), then=shown_quantity(then), now=shown_quantity(now))
        for on, then, now in since
    ]


def _day(page: Page, on: str | None) -> str:
    return page.gettext(_NO_DAY) if on is None else shown_day(date.fromisoformat(on), page.language)
