"""Importing what was agreed with franchised branches.

    rule,kind,audience,category,rate,amount,from,through,sales,tax
    R1,royalty,,,5.00,,2026-01-01,,net,6.00           5 % of all sales without tax, and 6 % tax on that
    R2,royalty,,01,3.00,,2026-01-01,,,6.00            but 3 % of category 01, with tax: empty is gross
    R3,royalty,N003,,4.00,,2026-03-01,2026-06-30,,    in spring N003 pays 4 % of everything instead
    R4,minimum,group:north,,,2000.00,2026-01-01,,,    royalties are 2,000.00 a month at least
    R5,short,,,0,,2026-01-01,,,                       what does not come is not credited

One line per rule; it replaces the rule of that code. `sales` and `tax` may be missing. A rule ends by its last day.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import cast

from sqlalchemy import Connection, select

from hq import sites
from hq.franchise import rules
from hq.import_kinds import Reading, unique
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.domain.franchise.rule import (
    GROUP,
    RULE_KINDS,
    Fault,
    Rule,
    RuleKind,
    fault,
    overlap,
)
from schemas.tables.catalogue import branch as branch_table

COLUMNS = ("rule", "kind", "audience", "category", "rate", "amount", "from", "through")
OPTIONAL = ("sales", "tax")

_CODE = re.compile(r"[A-Za-z0-9_-]{1,20}")
_NO_CODE = msgid("%(value)s is no code: use up to 20 letters, digits, hyphens or underscores")
_NO_KIND = msgid("%(value)s is no kind of rule; kinds are %(kinds)s")
_NO_AUDIENCE = msgid("there is no franchised branch %(value)s; write its code, group:… or nothing")
_NO_GROUP = msgid("there is no branch group %(value)s")
_NO_CATEGORY = msgid("there is no category %(value)s; import categories first")
_NO_DATE = msgid("%(value)s is no date: write it as 2026-03-05")
_OVERLAP = msgid("holds on the same dates as rule %(other)s: end one before the other begins")
_ONE_OF = msgid("%(value)s is neither net nor gross")
_FAULTS: dict[Fault, tuple[str, str]] = {
    "rate": ("rate", msgid("a rate is 0 to 100 per cent, and none where an amount is agreed")),
    "amount": (
        "amount",
        msgid("a minimum or a fee needs an amount a month, other rules have none"),
    ),
    "category": ("category", msgid("royalties, levies and the tax on goods alone name a category")),
    "tax": ("tax", msgid("a tax is 0 to 100 per cent, of royalties, levies, minimums and fees")),
    "order": ("through", msgid("the last day is before the first")),
}


def read_rules(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Rules; two of a kind, audience and category never hold on the same day."""
    held = rules.every(connection)
    row = branch_table.c
    franchised = set(
        connection.execute(select(row.branch).where(row.branch_kind == "franchise")).scalars()
    )
    groups = sites.groups(connection)
    unique(rows, "rule", lambda row: row.cells["rule"].strip())
    read = [(one, _rule(one, known, franchised, groups)) for one in rows]
    together = held | {rule.rule: rule for one, rule in read if not one.problems}
    for one, rule in read:
        other = None if one.problems else overlap(rule, together.values())
        if other is not None:
            one.refuse("from", _OVERLAP, other=other.rule)
    changes = [rule for one, rule in read if not one.problems and held.get(rule.rule) != rule]
    new = sum(rule.rule not in held for rule in changes)
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))


def _rule(
    row: Row, known: References, franchised: Collection[str], groups: Collection[str]
) -> Rule:
    code, kind = row.code("rule"), row.code("kind")
    if code and not _CODE.fullmatch(code):
        row.refuse("rule", _NO_CODE, value=code)
    if kind and kind not in RULE_KINDS:
        row.refuse("kind", _NO_KIND, value=kind, kinds=", ".join(RULE_KINDS))
    category = row.code("category", required=False)
    if category and category not in known.categories:
        row.refuse("category", _NO_CATEGORY, value=category)
    first = _date(row, "from")
    through = _date(row, "through") if row.cells["through"].strip() else None
    made = Rule(
        code, cast("RuleKind", kind), _audience(row, franchised, groups), category,
        _number(row, "rate", 2), _number(row, "amount", known.decimals), _of_net(row),
        _number(row, "tax", 2), first, through,
    )  # fmt: skip
    found = None if row.problems else fault(made)
    if found is not None:
        row.refuse(*_FAULTS[found])
    return made


def _audience(row: Row, franchised: Collection[str], groups: Collection[str]) -> str:
    audience = row.code("audience", required=False)
    if audience.startswith(GROUP):
        group = audience.removeprefix(GROUP)
        if group not in groups:
            row.refuse("audience", _NO_GROUP, value=group)
    elif audience and audience not in franchised:
        row.refuse("audience", _NO_AUDIENCE, value=audience)
    return audience


def _date(row: Row, column: str) -> date:
    value = row.code(column)
    try:
        return date.fromisoformat(value)
    except ValueError:
        if value:
            row.refuse(column, _NO_DATE, value=value)
        return date.min


def _number(row: Row, column: str, decimals: int) -> int:
    return row.number(column, decimals) if row.cells.get(column, "").strip() else 0


def _of_net(row: Row) -> bool:
    value = row.cells.get("sales", "").strip()
    if value not in ("", "net", "gross"):
        row.refuse("sales", _ONE_OF, value=value)
    return value == "net"
