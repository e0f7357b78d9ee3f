"""What the stores of facts raise."""

from __future__ import annotations


class FactError(ValueError):
    """A fact that cannot be written as it is; the message names the record and the reason."""
