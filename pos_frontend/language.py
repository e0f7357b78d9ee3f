"""The words of the till, one JSON file per language, shared by the page and by what prints.

`error.<code>` words a refusal, `receipt.<name>` a label on paper; `{name}` takes a value, and
`{key.<function>}` is the key of a function on the page and its name elsewhere. Both files have the
same keys, which a test holds.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import get_args

from pos_frontend.settings import Language

HOME = Path(__file__).parent / "screen" / "static" / "messages"
_FUNCTION = re.compile(r"\{(key\.\w+)\}")
LANGUAGES: tuple[Language, ...] = get_args(Language)


@cache
def messages(language: Language) -> dict[str, str]:
    """Return all the words of a language."""
    words: dict[str, str] = json.loads((HOME / f"{language}.json").read_text("utf-8"))
    return words


def text(language: Language, key: str, /, **values: str) -> str:
    """Return one text with its values. A key without words is shown itself, so that it is seen."""
    known = messages(language)
    words = _FUNCTION.sub(lambda found: known.get(found[1], found[1]), known.get(key, key))
    for name, value in values.items():
        words = words.replace(f"{{{name}}}", value)
    return words
