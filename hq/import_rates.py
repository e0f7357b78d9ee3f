"""Importing exchange rates: what one unit of a foreign currency is worth, from when on (rule 6).

    currency,local_currency,starts,rate
    USD,CNY,2026-11-23T08:00+08:00,7.1234        CNY 7.1234 for one dollar, from then on
    USD,CNY,2026-12-01T00:00+08:00,0             dollars are taken no longer, from then on

A rate holds for the branches whose own money is `local_currency`, until the next of its currency begins.
An instant names its distance from UTC: branches may live in several zones.
"""

from __future__ import annotations

from datetime import UTC, datetime

from babel.numbers import list_currencies
from sqlalchemy import Connection

from hq.import_kinds import Reading, compare
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.domain.exchange import RATE_DECIMALS
from schemas.wire.records import ExchangeRate, RecordBody

COLUMNS = ("currency", "local_currency", "starts", "rate")

_NO_CURRENCY = msgid("%(value)s is the code of no currency (ISO 4217)")
_ITSELF = msgid("%(value)s needs no rate in itself")
_INSTANT = msgid(
    "%(value)s is no instant; write one with its distance from UTC, like 2026-11-23T08:00+08:00"
)
_RATE = msgid("a rate is nought, where the currency is taken no longer, or above; below a million")

_MOST = 10**6 * 10**RATE_DECIMALS
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def read_exchange_rates(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Exchange rates; see the top of this module."""

    def make(row: Row) -> RecordBody:
        currency, local = _currency(row, "currency"), _currency(row, "local_currency")
        if currency == local:
            row.refuse("currency", _ITSELF, value=currency)
        rate = row.number("rate", RATE_DECIMALS)
        if not 0 <= rate < _MOST:
            row.refuse("rate", _RATE)
        return ExchangeRate(
            currency=currency, local_currency=local, starts=instant(row, "starts"), rate=rate
        )

    return compare(connection, rows, make, known)


def _currency(row: Row, column: str) -> str:
    code = row.code(column)
    if code and code not in list_currencies():
        row.refuse(column, _NO_CURRENCY, value=code)
    return code


def instant(row: Row, column: str) -> datetime:
    """The cell as an instant."""
    text = row.text(column)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime(1, 1, 1)  # noqa: DTZ001 - refused below, as one without a distance from UTC is
    if at.tzinfo is None:
        row.refuse(column, _INSTANT, value=text[:40])
        return _NEVER
    return at.astimezone(UTC)
