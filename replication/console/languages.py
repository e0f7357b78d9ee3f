"""The languages of a console, and whose turn it is.

Texts stand in gettext catalogues, `locale/<language>/messages.po`, keyed by their English wording.
They are read as they are written: nothing has to be compiled first. A site's texts go before those
of the kit, and a text that neither has is shown in English.

The choice: the person's own, from the switch, before the browser's, before Chinese.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from starlette.requests import Request

from replication.console.cookies import read_cookie

LANGUAGES: Mapping[str, str] = {"zh_CN": "中文", "en": "English"}
DEFAULT = "zh_CN"
COOKIE = "language"
_KIT = Path(__file__).parent / "locale"


def msgid(text: str) -> str:
    """Mark a text that is translated later, so that it is found among those to translate."""
    return text


def read_translations(folders: list[Path]) -> dict[str, NullTranslations]:
    """The texts of each language: those of the folders in their order, then those of the kit.

    A catalogue that is there but broken raises ValueError with its place.
    """
    return {language: _chain(language, [*folders, _KIT]) for language in LANGUAGES}


def _chain(language: str, folders: list[Path]) -> NullTranslations:
    first: NullTranslations | None = None
    for folder in folders:
        path = folder / language / "messages.po"
        if path.exists():
            found = _read(path, language)
            if first is None:
                first = found
            else:
                first.add_fallback(found)
    return first or NullTranslations()


def _read(path: Path, language: str) -> GNUTranslations:
    try:
        with path.open("rb") as file:
            catalog = read_po(file, locale=language, abort_invalid=True)
    except PoFileError as error:
        raise ValueError(f"the catalogue {path} cannot be read: {error}; correct it") from error
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


def language_of(request: Request) -> str:
    """The language for this request."""
    chosen = read_cookie(request, COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return language_accepted(request.headers.get("accept-language", ""), otherwise=DEFAULT)


def language_accepted(header: str, *, otherwise: str) -> str:
    """The first language of ours that an `Accept-Language` names."""
    for tag in _accepted(header):
        if tag.startswith("zh"):
            return "zh_CN"
        if tag.startswith("en"):
            return "en"
    return otherwise


def _accepted(header: str) -> list[str]:
    """The language tags that a browser asks for, best first."""
    weighed: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, parameter = part.strip().lower().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if tag and weight > 0:
            weighed.append((-weight, tag))
    # The sort is stable: tags of one weight stay in the browser's order.
    return [tag for _, tag in sorted(weighed, key=lambda pair: pair[0])]
