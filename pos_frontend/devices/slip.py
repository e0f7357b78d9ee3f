"""The slip of what went through the drawer without a sale: it goes to the safe with the money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from pos_frontend.devices.sheet import Sheet, Style
from schemas.domain.till import CashMoved

_SIGNATURE = "_" * 16


@dataclass(frozen=True, slots=True)
class Slip:
    """A movement to print; a `copy` is marked 补打, and opens no drawer."""

    moved: CashMoved
    shop: str
    zone: str
    decimals: int
    copy: bool = False

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
        sheet, moved = Sheet(style, self.decimals), self.moved
        sheet.head(self.shop, copy=self.copy)
        sheet.set(align="center", bold=True)
        sheet.line(sheet.say(moved.movement))
        sheet.set()
        local = moved.at.astimezone(ZoneInfo(self.zone))
        sheet.pair(sheet.say("lane"), moved.lane)
        sheet.pair(sheet.say("time"), f"{local:%Y-%m-%d %H:%M:%S}")
        sheet.pair(sheet.say("date"), moved.business_date.isoformat())
        sheet.pair(sheet.say("cashier"), moved.operator)
        if moved.authority != moved.operator:
            sheet.pair(sheet.say("authority"), moved.authority)
        sheet.pair(sheet.say("reason"), moved.reason)
        sheet.rule()
        if moved.movement != "no_sale":
            sheet.set(bold=True, tall=True)
            sheet.pair(sheet.say("amount"), sheet.money(moved.amount))
            sheet.set()
            sheet.line("")
            sheet.pair(sheet.say("signature"), _SIGNATURE)
        return sheet.finish(opens_drawer=not self.copy)
