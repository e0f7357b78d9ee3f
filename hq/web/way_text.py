"""The way to headquarters that a branch uses, in words."""

from __future__ import annotations

from replication.console.languages import msgid
from replication.console.page import Page
from replication.self_report import Exchange, WayInUse

_MODES = {
    "real_time": msgid("in real time"),
    "interval": msgid("every few minutes"),
    "nightly": msgid("at night"),
    "on_demand": msgid("on demand"),
}
_IN_USE = msgid("%(name)s, %(mode)s, since %(instant)s")
_EXCHANGE = msgid("%(instant)s: entries sent %(sent)s, batches received %(received)s")


def way_in_use(page: Page, way: WayInUse, since: str) -> str:
    """Its name, when it is used, and since when it is; a mode of a newer release by its name."""
    known = _MODES.get(way.mode)
    mode = way.mode if known is None else page.gettext(known)
    return page.gettext(_IN_USE, name=way.name, mode=mode, instant=since)


def exchange(page: Page, made: Exchange, ended: str) -> str:
    """An exchange in a line."""
    return page.gettext(_EXCHANGE, instant=ended, sent=made.sent, received=made.received)
