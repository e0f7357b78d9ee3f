"""What does not read in a request, field by field, in the language of whoever looks after the shop.

pydantic says what is wrong in English alone; each kind of it that these requests can meet has a text here, and
what came with a later release of it is named by its kind.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from replication.console.languages import msgid
from replication.console.words import Words

_NO_OBJECT = msgid("is no object")
_NO_LIST = msgid("is no list")
_NO_NUMBER = msgid("is no whole number")
_INSTANT = msgid("is no instant as ISO 8601 writes one, with an offset")
_TEXTS: Mapping[str, str] = {
    "missing": msgid("is missing"),
    "extra_forbidden": msgid("is not known here"),
    "string_pattern_mismatch": msgid("does not look like %(pattern)s"),
    "string_too_short": msgid("has fewer than %(min_length)s characters"),
    "string_too_long": msgid("has more than %(max_length)s characters"),
    "string_type": msgid("is no text"),
    "string_unicode": msgid("is no text"),
    "too_short": msgid("has fewer than %(min_length)s members"),
    "too_long": msgid("has more than %(max_length)s members"),
    "greater_than_equal": msgid("is less than %(ge)s"),
    "less_than_equal": msgid("is more than %(le)s"),
    "literal_error": msgid("is none of %(expected)s"),
    "json_invalid": msgid("is no JSON"),
    "timezone_aware": msgid("is an instant without an offset"),
    "value_error": msgid("is an instant beyond the calendar"),
    "int_type": _NO_NUMBER,
    "int_parsing": _NO_NUMBER,
    "int_parsing_size": _NO_NUMBER,
    "int_from_float": _NO_NUMBER,
    "list_type": _NO_LIST,
    "tuple_type": _NO_LIST,
    "dict_type": _NO_OBJECT,
    "model_type": _NO_OBJECT,
    "model_attributes_type": _NO_OBJECT,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
}
_OTHERWISE = msgid("does not read (%(kind)s)")


def fields(error: ValidationError, words: Words) -> list[dict[str, str]]:
    """Where something is wrong, and what."""
    return [
        {
            "where": ".".join(str(part) for part in one["loc"]),
            "what": words.gettext(
                _TEXTS.get(one["type"], _OTHERWISE),
                **{"kind": one["type"], **one.get("ctx", {})},
            ),
        }
        for one in error.errors(include_url=False, include_input=False)
    ]
