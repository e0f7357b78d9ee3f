"""In which language something speaks: that of a page, or that of whom it is sent to."""

from __future__ import annotations

from dataclasses import dataclass
from gettext import NullTranslations
from typing import Protocol


class Words(Protocol):
    """What looks texts up; a page is one."""

    @property
    def language(self) -> str:
        """Such as zh_CN."""

    def gettext(self, message: str, **params: object) -> str:
        """The message in the language, with its values filled in."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language without a page."""

    language: str
    translations: NullTranslations

    def gettext(self, message: str, **params: object) -> str:
        """See `Words`."""
        return self.translations.gettext(message) % params if message else ""
