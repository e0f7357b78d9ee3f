"""What of a record two sites compare: the values of the fields that both know, in one form.

    body of a record ──read by its model──▶ values ──┐
    row of the receiver's table ───────────values ───┴─▶ canonical JSON of the list of them

A producer that is newer writes fields which an older reader does not have: they are no difference,
so the asker names the fields it knows, and both sides compare those alone. An instant is compared
in UTC, whatever offset it was written with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from pydantic import ValidationError

from schemas.wire import canonical
from schemas.wire.records import BODIES

_FIELDS = {kind: tuple(body.model_fields) for kind, body in BODIES.items()}
#: What is compared as it is. A catalogue has a million values: most are told apart by one look.
_PLAIN = {str, int, bool, type(None)}


def common(asked: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Of what another site asks for, what this one knows too."""
    return {
        kind: [name for name in names if name in _FIELDS[kind]]
        for kind, names in asked.items()
        if kind in _FIELDS
    }


def of_body(kind: str, body: bytes, names: Sequence[str]) -> bytes:
    """The values of these fields in a record's body.

    A body that does not read is compared as it is: it differs from whatever was made of it.
    """
    try:
        values = BODIES[kind].model_validate_json(body).__dict__
    except ValidationError:
        return b"unreadable:" + body
    return of_values(values[name] for name in names)


def of_values(values: Iterable[object]) -> bytes:
    """Values as they are compared; those of a table's row are given in the order of the fields."""
    return canonical.encode([one if type(one) in _PLAIN else _plain(one) for one in values])


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return canonical.instant(value)
    return value.isoformat() if isinstance(value, date) else value
