"""How a lane stands at the moment, as it tells its branch: seen now, and kept in no table.

    state       at the till
    closed      nobody, and no shift is open
    locked      nobody, with a shift open
    opening     an operator who has yet to open a shift
    idle        an operator between two baskets
    selling     a basket in the making
    tendering   a basket that is being paid
    training    a training (练习); nothing of it is told beside that

`at` is the lane's clock when it told this, `since` when the state began on the same clock: a lane's clock
may be wrong, and the difference of both is not. Later releases may add states and fields; a reader shows
a state that it does not know by its name.
"""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

#: How much of a text is told.
_WORD = 80


class Seen(BaseModel):
    """Who acknowledged a message at the lane, and when on its clock."""

    model_config = ConfigDict(frozen=True)
    message: str = Field(max_length=_WORD)
    operator: str = Field(max_length=_WORD)
    at: AwareDatetime


class Moment(BaseModel):
    """One lane's. `total` is of the basket, in minor units, and `lines` counts its lines. `printer` is
    `ready`, `none` where there is none, or what is wrong; `waiting` receipts are not printed yet.
    """

    model_config = ConfigDict(frozen=True)
    at: AwareDatetime
    since: AwareDatetime
    state: str = Field(max_length=_WORD)
    operator: str = Field(default="", max_length=_WORD)
    total: int = 0
    lines: int = 0
    unsent: int = 0
    printer: str = Field(default="none", max_length=_WORD)
    waiting: int = 0
    version: str = Field(default="", max_length=_WORD)
    seen: tuple[Seen, ...] = Field(default=(), max_length=50)
