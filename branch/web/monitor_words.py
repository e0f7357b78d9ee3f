"""A lane of the board in the words of the person who looks: the cells of its card.

One place makes them for the page as it is loaded and for what is sent to it afterwards.

    cell      holds
    state     what goes on at the till, as a chip; `since` makes the age beside it run
    operator  who is there
    basket    what the basket comes to, and its lines
    last      the last receipt, leading to its ticket
    day       receipts and sales of the date, and the entries that are not sent yet
    signs     what needs somebody: unsent entries, the printer
    odd       the last exception
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from branch.board import OnBoard
from branch.voice import Voice
from replication.console import exception_words
from replication.console.languages import msgid

Cell = Mapping[str, str]

_STATES: Mapping[str, tuple[str, str]] = {
    "closed": ("quiet", msgid("Signed out")),
    "locked": ("info", msgid("Locked")),
    "opening": ("info", msgid("Opening a shift")),
    "idle": ("good", msgid("Free")),
    "selling": ("info", msgid("Selling")),
    "tendering": ("info", msgid("Taking payment")),
    "training": ("warn", msgid("Training")),
}
_SILENT = msgid("Silent")
_UNTOLD = msgid("Connected")
_PRINTER: Mapping[str, str] = {
    "no_paper": msgid("Printer: no paper"),
    "cover_open": msgid("Printer: cover open"),
    "no_answer": msgid("Printer does not answer"),
    "garbled": msgid("Printer cannot be understood"),
    "unplugged": msgid("Printer unplugged"),
    "failed": msgid("Printer failed"),
}
_WAITING = msgid("Receipts to print: %(number)s")
_UNSENT = msgid("Not yet sent: %(number)s")
_LINES = msgid("%(total)s · lines: %(lines)s")
_LAST = msgid("%(receipt)s · %(total)s · %(time)s")
_DAY = msgid("Receipts %(tickets)s · %(sold)s · unsent %(unsent)s")
_ODD = msgid("%(what)s · %(time)s")
_NO_TICKET = msgid("No receipt yet")
#: What is on its way with the sale that was made just now needs nobody.
_MANY_UNSENT = 5


@dataclass(frozen=True, slots=True)
class Card:
    """A lane's card: `kind` colours its edge, `cells` by name."""

    lane: str
    kind: str
    cells: Mapping[str, Cell]

    def as_json(self) -> dict[str, Any]:
        """As it is sent to the page."""
        return {"kind": self.kind, "cells": self.cells}


def card(voice: Voice, one: OnBoard, business_date: date | None) -> Card:
    """The card of a lane."""
    signs = _signs(voice, one)
    state, kind, since = _state(voice, one)
    cells: dict[str, Cell] = {
        "state": {"text": state, "kind": kind, "since": _instant(since)},
        "operator": {"text": voice.person(one.operator) if one.operator else ""},
        "basket": {"text": _basket(voice, one)},
        "last": _last(voice, one),
        "day": {"text": _day(voice, one, business_date)},
        "signs": {"text": " · ".join(signs)},
        "odd": {"text": _odd(voice, one)},
    }
    edge = "silent" if one.silent else "warn" if signs else kind
    return Card(one.lane, edge, cells)


def _state(voice: Voice, one: OnBoard) -> tuple[str, str, datetime | None]:
    if one.silent:
        return voice.text(_SILENT), "bad", one.heard
    if one.moment is None:
        return voice.text(_UNTOLD), "quiet", None
    if one.moment.state not in _STATES:
        return one.moment.state, "info", one.since
    kind, words = _STATES[one.moment.state]
    return voice.text(words), kind, one.since


def _basket(voice: Voice, one: OnBoard) -> str:
    if one.moment is None or not one.moment.lines:
        return ""
    return voice.text(_LINES, total=voice.amount(one.moment.total), lines=one.moment.lines)


def _last(voice: Voice, one: OnBoard) -> Cell:
    if one.last is None:
        return {"text": voice.text(_NO_TICKET), "href": ""}
    text = voice.text(
        _LAST, receipt=one.last.receipt.rpartition("-")[2], total=voice.amount(one.last.total),
        time=voice.time(one.last.at),
    )  # fmt: skip
    return {"text": text, "href": f"/tickets/{one.last.uuid}"}


def _day(voice: Voice, one: OnBoard, business_date: date | None) -> str:
    last = one.last
    tickets = gross = 0
    if last is not None and last.business_date == business_date:
        tickets, gross = last.tickets, last.gross
    return voice.text(_DAY, tickets=tickets, sold=voice.amount(gross), unsent=one.unsent)


def _signs(voice: Voice, one: OnBoard) -> list[str]:
    """What needs somebody."""
    signs: list[str] = []
    told = one.moment
    if told is not None and told.printer not in {"ready", "none"}:
        known = _PRINTER.get(told.printer)
        signs.append(voice.text(known) if known else told.printer)
    if told is not None and told.waiting > 1:
        signs.append(voice.text(_WAITING, number=told.waiting))
    if one.unsent >= _MANY_UNSENT:
        signs.append(voice.text(_UNSENT, number=one.unsent))
    return signs


def _odd(voice: Voice, one: OnBoard) -> str:
    found = one.exceptional
    if found is None:
        return ""
    what = exception_words.brief(voice.text, found.kind, found.subject, found.cause)
    return voice.text(_ODD, what=what, time=voice.time(found.at))


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
