"""Price discrepancies: what was still sold at the old price after a price change was in force."""

from __future__ import annotations

from sqlalchemy import Connection

from hq.completeness import assess
from hq.old_prices import NOTHING_SOLD, Sold
from hq.reporting.definition import Choice, Definition, Request
from hq.reporting.definitions.tills import head_of, name_of, names_of
from hq.reporting.dimensions import options
from hq.reporting.summed import summed
from hq.reporting.table import Answer, Drill, Figure, Named, Note, Row, columns
from hq.reports.price_discrepancies import MOST_CHANGES, price_discrepancies
from hq.web.asked import REPORT_ROLES
from replication.console.languages import msgid

_WEEK = 7
_CHANGE = msgid("Price change")
_MORE = msgid("Only the newest %(number)s price changes of this range were looked at.")
_SHORTER = msgid("Choose a shorter range to see the others.")


def _ask(connection: Connection, request: Request) -> Answer:
    asked, words, by = request.asked, request.words, request.choices["by"]
    found = price_discrepancies(connection, asked.codes, asked.first, asked.last)
    sums: dict[str, Sold] = {}
    titles: dict[str, str] = {}
    for one in found.rows:
        key = one.branch if by == "branch" else one.document
        sums[key] = sums.get(key, NOTHING_SOLD) + one.sold
        titles[one.document] = one.title
    names = names_of(connection, request, "branch")
    rows = [
        Row(
            (key,),
            (
                name_of(request, "branch", key, names) if by == "branch" else Named(key, titles[key]),
                sold.lines, sold.quantity, sold.difference,
            ),
            Drill("/reports/price_discrepancies", {"by": "change", "branch": key})
            if by == "branch" else Drill(f"/price-changes/{key}", {}),
            key if by == "branch" else None,
        )
        for key, sold in sums.items()
    ]  # fmt: skip
    whole = NOTHING_SOLD
    for sold in sums.values():
        whole += sold
    head = columns(words, ("change", _CHANGE, "named"))[0]
    heads = (
        head_of(request, "branch") if by == "branch" else head,
        *columns(
            words, ("lines", msgid("Lines at the old price"), "count"),
            ("quantity", msgid("Quantity"), "quantity"),
            ("difference", msgid("What the new price would have brought more"), "amount"),
        ),
    )  # fmt: skip
    notes: tuple[Note, ...] = ()
    if found.more:
        more = words.gettext(_MORE, number=MOST_CHANGES)
        notes = (Note("warn", more, words.gettext(_SHORTER)),)
    return summed(
        request, heads, rows, (whole.lines, whole.quantity, whole.difference),
        assess(connection, asked.branches, asked.first, asked.last, request.now), notes=notes,
        figures=(Figure(words.gettext(msgid("Lines at the old price")), "count", whole.lines),),
    )  # fmt: skip


PRICE_DISCREPANCIES = Definition(
    code="price_discrepancies",
    group=msgid("Prices"),
    title=msgid("Sold at the old price"),
    about=msgid("Lines that were sold past a price change that was in force."),
    roles=REPORT_ROLES,
    ask=_ask,
    measure="lines",
    choices=(Choice("by", msgid("Rows by"), (("change", _CHANGE), *options("branch"))),),
    days=_WEEK,
    compared=("lines",),
)
