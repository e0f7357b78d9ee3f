"""The menu of headquarters' office, and the pages that lead to one another below each of its entries.

| entry | its parts                                                                                  |
|-------|--------------------------------------------------------------------------------------------|
| Items | the list, many at once, least margins, barcodes in doubt                                   |
| Goods | documents, in transit, suppliers, replenishment and its terms, online orders, franchises   |
| Days  | by branch, locked periods, the ledger, attendance                                          |

It has to fit one row of 1366 pixels in English; what is new belongs below an entry that is there.
"""

from __future__ import annotations

from hq.web import franchise, goods, imports, members, policy, price_changes
from hq.web.asked import FINANCE_ROLES, OPERATIONS_ROLES, REPORT_ROLES
from replication.console.app import NavItem
from replication.console.languages import msgid

_ITEMS = (
    NavItem("/items", msgid("Items"), REPORT_ROLES),
    NavItem("/items/grid", msgid("Edit many"), imports.ROLES),
    NavItem("/items/margins", msgid("Least margins"), REPORT_ROLES),
    NavItem("/items/barcodes", msgid("Barcodes in doubt"), REPORT_ROLES),
)
_GOODS = (
    NavItem("/goods", msgid("Documents"), goods.READERS),
    NavItem("/goods/transit", msgid("In transit"), goods.READERS),
    NavItem("/suppliers", msgid("Suppliers"), goods.READERS),
    NavItem("/replenishment", msgid("Replenishment"), price_changes.READERS),
    NavItem("/replenishment/terms", msgid("Terms of replenishment"), price_changes.READERS),
    NavItem("/shop", msgid("Online orders"), price_changes.READERS),
    NavItem("/franchise", msgid("Franchise statements"), franchise.READERS),
)
_DAYS = (
    NavItem("/days", msgid("Days"), OPERATIONS_ROLES),
    NavItem("/periods", msgid("Locked periods"), FINANCE_ROLES),
    NavItem("/day-ledger", msgid("Day ledger"), FINANCE_ROLES),
    NavItem("/attendance", msgid("Attendance"), OPERATIONS_ROLES),
)
NAVIGATION = (
    NavItem("/price-changes", msgid("Price changes"), price_changes.READERS),
    NavItem("/items", msgid("Items"), REPORT_ROLES, _ITEMS),
    NavItem("/promotions", msgid("Promotions"), price_changes.READERS),
    NavItem("/reports", msgid("Reports"), REPORT_ROLES),
    NavItem("/goods", msgid("Goods"), goods.READERS, _GOODS),
    NavItem("/days", msgid("Days"), OPERATIONS_ROLES, _DAYS),
    NavItem("/policy", msgid("Branch policy"), policy.READERS),
    NavItem("/members", msgid("Members"), members.READERS),
    NavItem("/imports", msgid("Import"), imports.ROLES),
    NavItem("/replication", msgid("Replication"), OPERATIONS_ROLES),
)
