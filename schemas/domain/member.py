"""What members are found by, and what of them is shown to whoever may not see more.

keyed                         is looked up as
+86 138-0013-8000             13800138000         a mainland number, with its country's code or not
0044 20 7946 0000             442079460000        any other, by its digits
８８８８ 0001 a-b                 88880001AB          a card: without blanks and hyphens, in capitals

张三丰      张**               13800138000     138****8000
Ann Lee     A** L**            1234            ****
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

_MAINLAND = re.compile(r"(?:86)?(1[0-9]{10})")
_HEAD, _TAIL = 3, 4
_HIDDEN = "*"


@dataclass(frozen=True, slots=True)
class MemberRegistered:
    """A till made a member whom headquarters does not know yet: provisional, under a number of the lane's
    own. `sealed` and the keyed hashes are those of the member's record.
    """

    member: str
    branch: str
    lane: str
    business_date: date
    operator: str
    at: datetime
    sealed: str
    phone_key: str
    card_key: str


def normalise_phone(text: str) -> str:
    """The digits by which a phone number is known; empty for what has none."""
    digits = "".join(char for char in unicodedata.normalize("NFKC", text) if char in "0123456789")
    digits = digits.removeprefix("00")
    mainland = _MAINLAND.fullmatch(digits)
    return mainland[1] if mainland else digits


def normalise_card(text: str) -> str:
    """A card's number as it is compared."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(char for char in plain if char != "-" and not char.isspace()).upper()


def masked_name(name: str) -> str:
    """The first character of each word of a name, and that there is more."""
    return " ".join(word[0] + _HIDDEN * min(2, len(word) - 1) for word in name.split())


def masked_number(number: str) -> str:
    """A phone's or a card's number with its middle hidden; of a short one nothing is shown."""
    if len(number) <= _HEAD + _TAIL:
        return _HIDDEN * _TAIL if number else ""
    return number[:_HEAD] + _HIDDEN * _TAIL + number[-_TAIL:]
