"""The X and the Z of a shift on paper: for the cashier's envelope and the manager's file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from pos_frontend.day import Terms
from pos_frontend.devices.sheet import Sheet, Style
from pos_frontend.settling import ShiftReport
from schemas.domain.money import format_amount
from schemas.domain.till import is_currency, over_short
from schemas.domain.till_reading import Times


@dataclass(frozen=True, slots=True)
class ShiftSheet:
    """A report to print; a `copy` is marked 补打."""

    report: ShiftReport
    shop: str
    zone: str
    decimals: int
    copy: bool = False

    @classmethod
    def made(cls, report: ShiftReport, at: Terms) -> ShiftSheet:
        """The report of a shift in a shop with these terms."""
        return cls(report, at.name, at.zone, at.decimals)

    @property
    def name(self) -> str:
        """See `Printable`."""
        report = self.report
        kind = "x" if report.counted is None else "z"
        copy = ".copy" if self.copy else ""
        return f"{report.lane}-{kind}-{report.shift.shift[:8]}-{report.at:%H%M%S}{copy}"

    def as_copy(self) -> ShiftSheet:
        """See `Printable`."""
        return replace(self, copy=True)

    def lay_out(self, style: Style) -> bytes:
        """See `Printable`."""
        sheet, report = Sheet(style, self.decimals), self.report
        sheet.set(align="center", bold=True)
        sheet.paragraph(self.shop)
        sheet.set(align="center", size="big")
        sheet.line(sheet.say("x_report" if report.counted is None else "z_report"))
        if self.copy:
            sheet.line(sheet.say("copy"))
        sheet.set()
        for label, value in self._head():
            sheet.pair(sheet.say(label), value)
        sheet.rule()
        self._figures(sheet)
        sheet.rule()
        self._drawer(sheet)
        if report.counted is None:
            sheet.paragraph(sheet.say("blind"))
        else:
            self._count(sheet, report.counted)
            sheet.line("")
            sheet.pair(sheet.say("signature"), "________________")
        return sheet.finish(opens_drawer=False)

    def _head(self) -> Iterator[tuple[str, str]]:
        report = self.report
        yield "lane", report.lane
        yield "cashier", report.operator
        yield "date", report.shift.business_date.isoformat()
        yield "shift_opened", self._time(report.shift.opened)
        yield "time", self._time(report.at)

    def _figures(self, sheet: Sheet) -> None:
        told = self.report.reading
        sheet.pair(sheet.say("tickets"), str(told.tickets.count))
        sheet.pair(sheet.say("sold_lines"), str(told.lines))
        sheet.set(bold=True)
        sheet.pair(sheet.say("sales"), sheet.money(told.tickets.amount))
        sheet.set()
        sheet.pair(sheet.say("discounts"), sheet.money(told.discounts))
        for label, times in (
            ("returned", told.returns), ("voided", told.voided), ("cancelled", told.cancelled),
        ):  # fmt: skip
            _times(sheet, label, times)

    def _drawer(self, sheet: Sheet) -> None:
        sheet.pair(sheet.say("float"), sheet.money(self.report.shift.float_amount))
        for movement, times in sorted(self.report.reading.moves.items()):
            _times(sheet, movement, times)

    def _count(self, sheet: Sheet, counted: Mapping[str, int]) -> None:
        expected = self.report.reading.expected
        for key, over in over_short(expected, counted).items():
            held = expected.get(key, 0)
            if not held and not counted.get(key, 0):
                continue
            sheet.rule()
            sheet.set(bold=True)
            sheet.pair(_named(sheet, key), self._money(key, counted.get(key, 0)))
            sheet.set()
            for one in self.report.pieces:
                if one.key == key:
                    words = f"  {self._money(key, one.face)} × {one.pieces}"
                    sheet.pair(words, self._money(key, one.face * one.pieces))
            sheet.pair(f"  {sheet.say('expected')}", self._money(key, held))
            sheet.pair(f"  {sheet.say('over_short')}", self._money(key, over))

    def _money(self, key: str, amount: int) -> str:
        decimals = get_currency_precision(key) if is_currency(key) else self.decimals
        return format_amount(amount, decimals)

    def _time(self, instant: datetime) -> str:
        return f"{instant.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M:%S}"


def _named(sheet: Sheet, key: str) -> str:
    return key if is_currency(key) else sheet.say(key)


def _times(sheet: Sheet, label: str, times: Times) -> None:
    sheet.pair(f"{sheet.say(label)} × {times.count}", sheet.money(times.amount))
