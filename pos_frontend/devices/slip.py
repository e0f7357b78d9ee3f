"""The slip of what went through the drawer without a sale: it goes to the safe with the money.

field                     holds
shop, lane, cashier       as on a receipt
time, date                on the branch's clock, the business date
copy                      something on a copy, else nothing
movement, reason          what was done and why
authority                 who allowed it, where that was somebody else
amount                    what was moved; nothing where the drawer was opened only
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from pos_frontend.day import Terms
from pos_frontend.devices.interpreter import Filled, print_block
from pos_frontend.devices.sheet import Sheet, Style
from schemas.domain.till import CashMoved


@dataclass(frozen=True, slots=True)
class Slip:
    """A movement to print; a `copy` is marked 补打, and opens no drawer."""

    moved: CashMoved
    shop: str
    zone: str
    decimals: int
    copy: bool = False

    @classmethod
    def made(cls, moved: CashMoved, at: Terms) -> Slip:
        """The slip of a movement in a shop with these terms."""
        return cls(moved, at.name, at.zone, at.decimals)

    @property
    def name(self) -> str:
        """See `Printable`."""
        copy = ".copy" if self.copy else ""
        return f"{self.moved.lane}-{self.moved.movement}-{self.moved.uuid[:8]}{copy}"

    def as_copy(self) -> Slip:
        """See `Printable`."""
        return replace(self, copy=True)

    def lay_out(self, style: Style) -> bytes:
        """See `Printable`."""
        sheet = Sheet(style, self.decimals)
        print_block(sheet, style, "slip", self._filled(sheet))
        return sheet.finish(opens_drawer=not self.copy)

    def _filled(self, sheet: Sheet) -> Filled:
        moved = self.moved
        local = moved.at.astimezone(ZoneInfo(self.zone))
        return Filled(
            {
                "shop": self.shop,
                "copy": "yes" if self.copy else "",
                "movement": sheet.say(moved.movement),
                "lane": moved.lane,
                "time": f"{local:%Y-%m-%d %H:%M:%S}",
                "date": moved.business_date.isoformat(),
                "cashier": moved.operator,
                "authority": moved.authority if moved.authority != moved.operator else "",
                "reason": moved.reason,
                "amount": "" if moved.movement == "no_sale" else sheet.money(moved.amount),
            }
        )
