"""A promotion as it travels: the whole of `schemas.domain.promotion` as one JSON text.

It is read strictly: what this release does not know, such as a kind of effect of a later one, makes
the rule unreadable here. Whoever reads it leaves such a rule out and says so; it never guesses.
"""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from schemas.domain.promotion.promotion import Promotion
from schemas.wire import canonical

_ADAPTER = TypeAdapter(Promotion)


class UnreadableRuleError(ValueError):
    """A rule that this release does not read; the message names the promotion and the way out."""


def encode_rule(promotion: Promotion) -> str:
    """Return a promotion as it travels."""
    rule = _ADAPTER.dump_python(promotion, mode="json")
    # It came later: left out where it says nothing, the same rule has the same bytes in every release. Older
    # ones read a rule that has it as if it had not, and honour no coupon that is used once.
    if not promotion.who.single_use:
        del rule["who"]["single_use"]
    return canonical.encode(rule).decode()


def decode_rule(promotion: str, rule: str) -> Promotion:
    """Return the promotion that a record carries. Raises UnreadableRuleError."""
    try:
        return _ADAPTER.validate_json(rule)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        message = (
            f"promotion {promotion} does not read here ({where}: {first['msg']}): "
            "upgrade this site, or withdraw the promotion"
        )
        raise UnreadableRuleError(message) from error
