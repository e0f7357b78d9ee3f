"""What a cashier is told: a code, and the values that its words need.

The words stand in the page's messages under `error.<code>`, so the same refusal reads in every
language; the code is what programs go by. A refusal changes nothing: the till stands as before.
"""

from __future__ import annotations


class TillError(Exception):
    """An act that the till does not take, and why."""

    def __init__(self, code: str, /, **values: str) -> None:
        """Keep the code and the values beside each other."""
        told = ", ".join(f"{name}={value}" for name, value in values.items())
        super().__init__(f"{code}: {told}" if told else code)
        self.code = code
        self.values = values
