"""What headquarters refuses about a promotion; contradictions in it are named all at once."""

from __future__ import annotations

from collections.abc import Sequence

from hq.refusal import RefusalError
from replication.console.page import Page
from schemas.domain.promotion.contradiction import Contradiction


class PromotionError(RefusalError):
    """A promotion that cannot be made or moved on as asked."""


class ContradictionError(PromotionError):
    """A promotion that does not fit together, with a sentence for each fault."""

    def __init__(self, faults: Sequence[Contradiction]) -> None:
        super().__init__(" ".join(one.words for one in faults))
        self.faults = tuple(faults)

    def sentences(self, page: Page) -> list[str]:
        """Each fault in the language of a page. The words take no values: a percent sign is one."""
        return [page.translations.gettext(one.words) for one in self.faults]

    def said_on(self, page: Page) -> str:
        """All faults, one sentence after another."""
        return " ".join(self.sentences(page))
