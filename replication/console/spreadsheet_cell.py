"""A cell of a CSV file that a spreadsheet program would run as a formula, and how it is kept from it.

    guarded     a text that begins like a formula gets an apostrophe before it; a number with a sign does not
    unguarded   the same text again, as a file that we wrote is read: one apostrophe less

A text that has such an apostrophe of its own gets another, so that what is read is what was written.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?%?")
# The wide forms too: spreadsheet programs for Chinese and Japanese take them for the narrow ones.
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def guarded(text: str) -> str:
    """The text as it is written."""
    return f"'{text}" if _is_risky(text) or _is_guarded(text) else text


def unguarded(text: str) -> str:
    """The text as it was before it was written."""
    return text[1:] if text.startswith("'") and _is_guarded(text) else text


def _is_guarded(text: str) -> bool:
    return text.startswith("'") and _is_risky(text.lstrip("'"))


def _is_risky(text: str) -> bool:
    risky = text.lstrip(" \n").startswith(_STARTS_FORMULA)
    return risky and not _NUMBER.fullmatch(text)
