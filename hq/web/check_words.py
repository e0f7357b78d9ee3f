"""What each check before a day close is called at headquarters, and what its levels are."""

from __future__ import annotations

from collections.abc import Mapping

from replication.console.languages import msgid
from schemas.domain.day_check import Level

#: By the codes of `schemas.domain.day_check`.
CHECK_WORDS: Mapping[str, str] = {
    "shift_running": msgid("A shift is still running"),
    "till_uncounted": msgid("A till was not counted"),
    "till_beyond": msgid("A till differs beyond the tolerance, and no second person accepted it"),
    "receipts_missing": msgid("Receipts have not arrived"),
    "parked": msgid("An entry waits in quarantine"),
    "lane_differs": msgid("A lane's own figures differ from its receipts"),
    "receipt_differs": msgid("A receipt does not fit the count that its lane kept"),
    "till_over": msgid("A till is over"),
    "till_short": msgid("A till is short"),
    "till_mixed": msgid("A till is over in one tender and short in another"),
    "till_foreign": msgid("Foreign money in a till is over or short"),
    "shift_unknown": msgid("Takings of a shift that nobody opened"),
    "terminal_differs": msgid(
        "A payment terminal's totals differ from its lane's, or were not told"
    ),
    "safe_uncounted": msgid("The safe was not counted, where it is to be"),
    "ticket_flagged": msgid("A receipt does not add up"),
    "basket_suspended": msgid("A basket is still suspended"),
    "basket_twice": msgid("A suspended basket was resumed at two lanes"),
    "stocktake_open": msgid("A stocktake is open"),
    "lane_silent": msgid("A lane was not heard of"),
    "lane_sending": msgid("A lane still has entries to send"),
    "clock_skew": msgid("A lane's clock is wrong"),
    "receipt_unposted": msgid("Goods were counted and not posted"),
    "stock_negative": msgid("More of an item was sold than came"),
}
LEVEL_WORDS: Mapping[Level, str] = {
    "stop": msgid("stands in the way"),
    "warn": msgid("has to be accepted"),
    "ignore": msgid("is not told"),
}
