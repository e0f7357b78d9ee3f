"""What a site refuses, in words that a page can say in the person's own language.

The English text names its values (`%(item)s`), so that it can be looked up among the translations
as it stands and filled in afterwards. `str()` of a refusal is the English sentence.
"""

from __future__ import annotations

from replication.console.page import Page
from replication.console.words import Words

#: Values that are words of ours, and so are translated themselves.
_WORDS = frozenset({"role", "state"})


class RefusalError(ValueError):
    """Something that cannot be done as asked: the text names the record and the way out."""

    def __init__(self, text: str, /, **params: object) -> None:
        super().__init__(text % params if params else text)
        self.text = text
        self.params = params

    def said_in(self, words: Words) -> str:
        """The sentence in somebody's language."""
        values = {
            name: words.gettext(str(value)) if name in _WORDS else value
            for name, value in self.params.items()
        }
        return words.gettext(self.text, **values)

    def said_on(self, page: Page) -> str:
        """The sentence in the language of a page."""
        return self.said_in(page)
