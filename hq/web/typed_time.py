"""An instant as a form gives it: a date and time on the clock of one of the branches' zones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hq.refusal import RefusalError
from hq.web.audiences import zones
from replication.console.languages import msgid

_TIME = msgid("“%(value)s” is no date and time; write one like 2026-03-05T15:00.")
_ZONE = msgid("“%(zone)s” is the zone of no branch; choose one of the list.")


def typed_time(connection: Connection, form: Mapping[str, str], field: str) -> datetime | None:
    """The instant that a field names on the chosen branches' clock; None when it is empty."""
    value, zone = form[field].strip(), form["zone"]
    if not value:
        return None
    if zone not in zones(connection):
        raise RefusalError(_ZONE, zone=zone)
    try:
        return datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise RefusalError(_TIME, value=value[:40]) from error
