"""What a day's comparison found, in the reader's language.

Findings are kept as plain English sentences, at the branch and here alike, beside the day that they
are about. The forms that are known are said anew, with amounts as money; any other is shown as kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hq.days import Revision
from hq.reporting.dimensions import tender_label
from replication.console import formats
from replication.console.languages import msgid
from replication.console.page import Page
from schemas.domain.till import is_currency

# Each form with how it is said. A group named `amount…` is money, `kind` a tender.
_FORMS: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(form), text)
    for form, text in (
        (
            r"(?P<receipt>\S+): lines are (?P<amount1>-?\d+), total is (?P<amount2>-?\d+)",
            msgid("%(receipt)s: its lines add up to %(amount1)s, its total is %(amount2)s"),
        ),
        (
            (
                r"(?P<receipt>\S+): its lane had sold (?P<said>\d+) tickets for (?P<amount1>-?\d+) with"
                r" it, those held here are (?P<held>\d+) for (?P<amount2>-?\d+)"
            ),
            msgid(
                "%(receipt)s: its lane had counted %(said)s tickets for %(amount1)s with it, held here are %(held)s for %(amount2)s"
            ),
        ),
        (
            r"(?P<receipt>\S+): stands under (?P<here>\S+ \S+), its shift is of (?P<home>\S+ \S+)",
            msgid("%(receipt)s: stands under %(here)s, its shift is of %(home)s"),
        ),
        (r"(?P<receipt>\S+): missing", msgid("%(receipt)s: missing")),
        (
            r"(?P<lane>\S+): (?P<number>\d+) more are missing up to (?P<receipt>\S+)",
            msgid("%(lane)s: %(number)s more are missing up to %(receipt)s"),
        ),
        (
            r"(?P<receipt>\S+): held twice, as (?P<one>\S+) and as (?P<other>\S+)",
            msgid("%(receipt)s: held twice, as %(one)s and as %(other)s"),
        ),
        (
            r"(?P<receipt>\S+): tenders less change are (?P<amount1>-?\d+), due are (?P<amount2>-?\d+)",
            msgid("%(receipt)s: %(amount1)s were paid, %(amount2)s were due"),
        ),
        (
            r"(?P<receipt>\S+): came after the last close",
            msgid("%(receipt)s: came after the last close"),
        ),
        (
            (
                r"lane (?P<lane>\S+): (?P<what>tickets|last receipt) (?P<one>-?\d+) at the lane,"
                r" (?P<other>-?\d+) from its tickets"
            ),
            msgid("Lane %(lane)s, %(what)s: closed with %(one)s, here are %(other)s"),
        ),
        (
            (
                r"lane (?P<lane>\S+): (?P<what>gross|grand total) (?P<amount1>-?\d+) at the lane,"
                r" (?P<amount2>-?\d+) from its tickets"
            ),
            msgid("Lane %(lane)s, %(what)s: closed with %(amount1)s, here are %(amount2)s"),
        ),
        (
            r"(?P<what>tickets): closed with (?P<one>-?\d+), here are (?P<other>-?\d+)",
            msgid("%(what)s: closed with %(one)s, here are %(other)s"),
        ),
        (
            r"(?P<what>gross): closed with (?P<amount1>-?\d+), here are (?P<amount2>-?\d+)",
            msgid("%(what)s: closed with %(amount1)s, here are %(amount2)s"),
        ),
        (
            r"tender (?P<kind>\S+): closed with (?P<amount1>-?\d+), here are (?P<amount2>-?\d+)",
            msgid("%(kind)s: closed with %(amount1)s, here are %(amount2)s"),
        ),
        (
            r"over/short (?P<kind>\S+): closed with (?P<amount1>-?\d+), here are (?P<amount2>-?\d+)",
            msgid("%(kind)s over or short: closed with %(amount1)s, here are %(amount2)s"),
        ),
    )
)
_WHAT: Mapping[str, str] = {
    "tickets": msgid("Tickets"),
    "gross": msgid("Sales"),
    "last receipt": msgid("Last receipt"),
    "grand total": msgid("Grand total"),
}


def finding_text(page: Page, finding: str, currency: str) -> str:
    """One finding, said to this person."""
    for form, text in _FORMS:
        if match := form.fullmatch(finding):
            # What is over or short of foreign money is counted in its own.
            kind = match.groupdict().get("kind") or ""
            told_in = kind if is_currency(kind) else currency
            said = {
                name: _said(page, name, value, told_in) for name, value in match.groupdict().items()
            }
            return page.gettext(text, **said)
    return finding


def revision_findings(page: Page, revision: Revision, currency: str) -> list[str]:
    """Where a close differed as it arrived."""
    return [finding_text(page, one, currency) for one in revision.differences]


def _said(page: Page, name: str, value: str, currency: str) -> str:
    if name.startswith("amount"):
        return formats.amount(int(value), currency, page.language)
    if name == "kind":
        return tender_label(page, value)
    return page.gettext(_WHAT[value]) if name == "what" else value
