"""How one day is told at headquarters: its figures, its orders, its corrections, what moved its safe."""

from __future__ import annotations

from collections.abc import Mapping

from hq.day_comparison import Line
from hq.day_corrections import CorrectionKind
from hq.day_orders import OrderState
from hq.reporting.dimensions import tender_label
from replication.console.languages import msgid
from replication.console.page import Page
from schemas.domain.period import OrderOutcome
from schemas.tables.safe_figures import SafeWhat

ORDER_STATES: Mapping[OrderState, str] = {
    "sent": msgid("sent"),
    "arrived": msgid("arrived at the branch"),
    "carried_out": msgid("carried out: the day is reopened"),
    "reclosed": msgid("carried out, and closed again"),
    "refused": msgid("not carried out"),
}
OUTCOMES: Mapping[OrderOutcome, str] = {
    "carried_out": "",
    "no_day": msgid("the branch has no such day"),
    "not_closed": msgid("the day was not closed"),
    "locked": msgid("its period is locked"),
}
CORRECTIONS: Mapping[CorrectionKind, str] = {
    "post_void": msgid("Post-void"),
    "tender_exchange": msgid("Tender exchange"),
    "count": msgid("Counted again"),
}
MOVEMENTS: Mapping[SafeWhat, str] = {
    "float": msgid("Float to a till"),
    "loan": msgid("Loan to a till"),
    "pickup": msgid("Pickup from a till"),
    "till": msgid("Counted till"),
    "deposit": msgid("Deposit at the bank"),
    "change": msgid("Change from the bank"),
    "paid_in": msgid("Paid into the safe"),
    "paid_out": msgid("Paid out of the safe"),
    "counted": msgid("Difference of a count"),
}
_MEASURES: Mapping[str, str] = {
    "tickets": msgid("Tickets"),
    "gross": msgid("Sales"),
    "last_counter": msgid("Last receipt"),
    "grand_total": msgid("Grand total"),
}
_OVER_SHORT = msgid("%(tender)s over or short")


def line_label(page: Page, line: Line) -> str:
    """What a figure of the comparison is."""
    match line.section:
        case "tenders":
            return tender_label(page, line.subject)
        case "over_short":
            return page.gettext(_OVER_SHORT, tender=tender_label(page, line.subject))
        case "totals":
            return page.gettext(_MEASURES[line.measure])
        case "lanes":
            return f"{line.subject} · {page.gettext(_MEASURES[line.measure])}"
