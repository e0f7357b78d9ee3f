"""What is weighed at the till: where the quantity of a scanned item comes from.

    quantity keyed   unit   scale        the quantity is
    yes              any    any          what was keyed
    no               kg     configured   the stable weight on the scale, or a refusal that says why
    no               kg     none         one
    no               other  any          one

The scale is read at once: what it said last, never waited for (see `devices.scale`). Weights are
thousandths of a kilogram, which are the thousandths of rule 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from pos_frontend.errors import TillError
from schemas.domain.quantity import WEIGHED_UNIT

_PIECE = 1000

WeightState = Literal[
    "stable_weight", "weight_unstable", "weight_zero", "overweight", "under_zero", "no_answer",
    "garbled", "unplugged",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weight:
    """What a scale says: a weight when it is stable, else why there is none, with the details."""

    state: WeightState
    weight: int = 0
    detail: str = ""


class Scale(Protocol):
    """A scale beside the till, as UnifiedPOS names it."""

    def read_weight(self) -> Weight:
        """Return at once what the scale said last."""


def sold_quantity(keyed: int | None, unit: str, code: str, scale: Scale | None) -> int:
    """Return the thousandths that are sold, as in the table above.

    Raises TillError `scale_…` when they should come from the scale and it has no stable weight.
    """
    if keyed is not None:
        return keyed
    if unit != WEIGHED_UNIT or scale is None:
        return _PIECE
    said = scale.read_weight()
    if said.state != "stable_weight":
        raise TillError(f"scale_{said.state}", code=code)
    return said.weight
