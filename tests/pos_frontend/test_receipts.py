"""Receipts: their bytes, their picture, and the queue before the printer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image

from pos_frontend.day import Terms
from pos_frontend.devices.doubtful import Doubtful
from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.paper import PaperError, PaperPrinter, draw
from pos_frontend.devices.printer import PrinterError
from pos_frontend.devices.sheet import COLUMNS, DOTS, DRAWER, Style, printable
from pos_frontend.devices.slip import Slip
from pos_frontend.devices.spool import Spool
from pos_frontend.settings import Language
from pos_frontend.status import PrinterState
from schemas.domain.ticket import (
    Authorization,
    Control,
    Discount,
    Original,
    Returned,
    SaleLine,
    TenderLine,
    Ticket,
)
from schemas.domain.till import CashMoved, Movement
from tests.pos_frontend.running import until

NOON = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
TICKET = Ticket(
    uuid="u", branch="N001", lane="N001.03", counter=7, shift="s",
    business_date=date(2026, 3, 2), zone="Asia/Shanghai", started=NOON, committed=NOON,
    operator="C1", member="9001", total=1760, rounding=0, change=240,
    lines=(
        SaleLine(1, "1", "纯牛奶" * 20, "piece", 3000, 350, 960, tax=110,
                 discounts=(Discount("member_price", 90, "member"),)),
        SaleLine(2, "2", "Crème – 5€ bread", "piece", 1000, 899, 800,
                 discounts=(Discount("override", 99, "临期", authority="M1"),)),
        SaleLine(3, "3", "gone", "piece", 1000, 100, 100, voided=True),
    ),
    tenders=(TenderLine("coupon", 1000, "CP-77"), TenderLine("cash", 1000)),
    control=Control(1, 1760, 1760),
)  # fmt: skip
TERMS = Terms(
    "N001", "城西一店", "Asia/Shanghai", "CNY", 2, "line", 1, date(2026, 3, 2), provisional=False
)
MOVED = CashMoved(
    "5e1f0000-1", "shift", "N001", "N001.03", date(2026, 3, 2), "C1", NOON, "pickup", 60_000,
    "钱箱现金过多", "M1",
)  # fmt: skip
RECEIPT = Receipt(TICKET, "城西一店", "CNY", 2)


def words(data: bytes) -> list[str]:
    """Return the lines of text among the bytes."""
    return [line.decode("gbk", "ignore") for line in data.split(b"\n")]


@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [80, 58])
def test_every_line_fits_and_is_drawn(width: int, language: Language, copy: bool) -> None:
    data = replace(RECEIPT, copy=copy).lay_out(Style(width, language))
    image = draw(data, width)
    assert image.width > DOTS[width]
    assert image.getextrema() == (0, 255)
    text = "\n".join(words(data))
    assert ("COPY" in text) is copy
    assert "N001.03-000007" in text
    assert "2026-03-02 12:05:06" in text
    assert "gone" not in text


@pytest.mark.parametrize("width", [80, 58])
def test_what_the_terminal_said_is_printed(width: int) -> None:
    said = Authorization("123456", "************1234", "UnionPay", "S00017")
    tenders = (
        TenderLine("card", 1260, "a-reference", said),
        TenderLine("qr", 500, "b", Authorization()),
    )
    receipt = replace(RECEIPT, ticket=replace(TICKET, tenders=tenders, change=0))
    lines = [line.split() for line in words(receipt.lay_out(Style(width, "en")))]
    assert any(line[-2:] == ["UnionPay", "12.60"] for line in lines)
    assert ["Card", "number", "************1234"] in lines
    assert ["Approval", "123456"] in lines
    assert ["Terminal", "slip", "S00017"] in lines
    assert ["QR", "payment", "5.00"] in lines
    assert not any("a-reference" in line for line in lines)


def test_the_total_is_in_full_width_yen_and_margins_meet() -> None:
    data = RECEIPT.lay_out(Style(80, "zh_CN"))
    (total,) = [line for line in words(data) if "￥17.60" in line]
    plain = total[total.index("合计") :]
    assert len(plain.encode("gbk")) == COLUMNS[80]
    assert b"\x1c\x26" in data
    assert "¥".encode("gb18030") not in data


@pytest.mark.parametrize(
    ("raw", "printed"),
    [
        ("¥5", "￥5"),
        ("5€", "5EUR"),
        ("a\u00a0b", "a b"),
        ("é", "é"),
        ("e\u0301", "é"),
        ("ñ😀", "??"),
        ("a\x1b@b\n", "a?@b?"),
    ],
)
def test_what_a_printer_lacks_is_replaced(raw: str, printed: str) -> None:
    assert printable(raw) == printed


@pytest.mark.parametrize(
    "data", [b"\x1bZ", b"words without an end", b"x" * 49 + b"\n", b"\x1dkA\x01\x31"]
)
def test_the_paper_refuses_what_it_does_not_know(data: bytes) -> None:
    with pytest.raises(PaperError):
        draw(data, 80)


def test_a_return_says_of_which_receipt_it_is_and_who_allowed_it() -> None:
    source = Original("N002", "N002.01-000017", "uuid", 1)
    lines = (
        SaleLine(1, "1", "milk", "piece", -2000, 350, -700, tax=-80,
                 returned=Returned(checked=True, original=source)),
        SaleLine(2, "2", "bread", "piece", -1000, 899, -899, returned=Returned("质量问题", "M1")),
    )  # fmt: skip
    back = replace(TICKET, lines=lines, total=-1599, change=0, tenders=(TenderLine("cash", -1599),))
    printed = "\n".join(words(Receipt(back, "城西一店", "CNY", 2).lay_out(Style(80, "zh_CN"))))
    for told in ("退货 RETURN", "N002.01-000017", "退货 2", "-7.00", "无小票", "未核对 质量问题", "M1",
                 "退款 现金", "-15.99"):  # fmt: skip
        assert told in printed, told
    assert "找零" not in printed
    assert printed.count("未核对") == 1
    english = "\n".join(words(Receipt(back, "Shop", "CNY", 2).lay_out(Style(58, "en"))))
    for told in ("** RETURN **", "Original", "without a receipt", "not checked", "Given back Cash"):
        assert told in english, told


def test_the_drawer_opens_for_cash_and_not_for_a_copy() -> None:
    style = Style(80, "zh_CN")
    card = replace(TICKET, tenders=(TenderLine("card", 1760),), change=0)
    assert b"\x1bp" in RECEIPT.lay_out(style)
    assert b"\x1bp" not in replace(RECEIPT, copy=True).lay_out(style)
    assert b"\x1bp" not in replace(RECEIPT, ticket=card).lay_out(style)


@pytest.mark.parametrize("movement", get_args(Movement))
@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [80, 58])
def test_a_slip_fits_and_opens_the_drawer(
    width: int, language: Language, movement: Movement
) -> None:
    slip = Slip(replace(MOVED, movement=movement), "城西一店", "Asia/Shanghai", 2)
    data = slip.lay_out(Style(width, language))
    assert draw(data, width).getextrema() == (0, 255)
    text = "\n".join(words(data))
    assert ("600.00" in text) is (movement != "no_sale")
    assert "2026-03-02 12:05:06" in text
    assert "M1" in text
    assert b"\x1bp" in data
    copy = slip.as_copy().lay_out(Style(width, language))
    assert b"\x1bp" not in copy
    assert "COPY" in "\n".join(words(copy))


def test_a_slip_waits_its_turn_among_the_receipts(tmp_path: Path) -> None:
    printer = PaperPrinter(tmp_path / "paper", 80)
    with spooling(Spool(printer, Style(80, "zh_CN"))) as spool:
        spool.submit(TICKET, TERMS, copy=False)
        spool.submit_slip(MOVED, TERMS)
    names = sorted(path.name for path in (tmp_path / "paper").iterdir())
    assert names == ["N001.03-000007.png", "N001.03-pickup-5e1f0000.png"]


@contextmanager
def spooling(spool: Spool) -> Iterator[Spool]:
    spool.start()
    yield spool
    spool.stop(patience=2)


def test_receipts_become_pictures(tmp_path: Path) -> None:
    printer = PaperPrinter(tmp_path / "receipts", 80)
    with spooling(Spool(printer, Style(80, "zh_CN"))) as spool:
        spool.submit(TICKET, TERMS, copy=False)
        spool.submit(TICKET, TERMS, copy=True)
    names = sorted(path.name for path in (tmp_path / "receipts").iterdir())
    assert names == ["N001.03-000007.copy.png", "N001.03-000007.png"]
    with Image.open(tmp_path / "receipts" / names[0]) as image:
        assert image.height > image.width


class Moody:
    """A printer that fails as often as told, then prints."""

    def __init__(self, *failures: PrinterError) -> None:
        self.failures = list(failures)
        self.names: list[str] = []

    def print(self, name: str, data: bytes) -> None:
        """See `Printer`."""
        del data
        if self.failures:
            raise self.failures.pop(0)
        self.names.append(name)

    def check(self) -> None:
        """See `Printer`."""


def test_a_printer_that_comes_back_prints_what_waited() -> None:
    printer = Moody(PrinterError("away", "unplugged"), PrinterError("away", "unplugged"))
    with spooling(Spool(printer, Style(80, "en"), pause=0.01)) as spool:
        spool.submit(TICKET, TERMS, copy=False)
        until(lambda: printer.names == ["N001.03-000007"])
    assert spool.state().trouble == ""


def test_what_broke_off_is_offered_and_printed_as_a_copy() -> None:
    printer = Moody(PrinterError("broke off", "unplugged", uncertain=True))
    with spooling(Spool(printer, Style(80, "en"), pause=0.01)) as spool:
        spool.submit(TICKET, TERMS, copy=False)
        spool.submit_slip(MOVED, TERMS)
        # The next one is printed, and nothing twice: somebody looks first.
        until(lambda: printer.names == ["N001.03-pickup-5e1f0000"])
        assert spool.state().doubtful == ("N001.03-000007",)
        spool.settle_doubtful(copies=True)
        until(lambda: printer.names[1:] == ["N001.03-000007.copy"])
        until(lambda: spool.state() == PrinterState())


def test_what_waits_when_the_till_ends_is_offered_at_its_next_start(tmp_path: Path) -> None:
    printer = Moody(*(PrinterError("away", "unplugged") for _ in range(1000)))
    ending, beginning = Doubtful(tmp_path), Doubtful(tmp_path)
    ending.resume([], lambda ticket: replace(RECEIPT, ticket=ticket))
    with spooling(Spool(printer, Style(80, "en"), pause=0.01, doubtful=ending)) as spool:
        spool.submit(TICKET, TERMS, copy=False)
        spool.submit(replace(TICKET, counter=8), TERMS, copy=False)
        until(lambda: spool.state().state == "unplugged")
    sold = [TICKET, replace(TICKET, counter=8)]
    beginning.resume(sold, lambda ticket: replace(RECEIPT, ticket=ticket))
    assert beginning.names() == ("N001.03-000007", "N001.03-000008")


def test_what_broke_off_may_be_well_as_it_is() -> None:
    printer = Moody(PrinterError("broke off", "no_paper", uncertain=True))
    with spooling(Spool(printer, Style(80, "en"), pause=0.01)) as spool:
        spool.submit(TICKET, TERMS, copy=False)
        until(lambda: spool.state().doubtful != ())
        spool.settle_doubtful(copies=False)
        # The printer is looked at while nothing waits, and is well again.
        until(lambda: spool.state() == PrinterState())
    assert printer.names == []


def test_a_drawer_does_not_spring_open_much_later() -> None:
    class Kept(Moody):
        def print(self, name: str, data: bytes) -> None:
            kicks.append(data.endswith(DRAWER))
            now[0] += 25
            super().print(name, data)

    now, kicks = [0.0], list[bool]()
    printer = Kept(PrinterError("away", "unplugged"))
    spool = Spool(printer, Style(80, "en"), pause=0.01, clock=lambda: now[0])
    with spooling(spool):
        spool.submit(TICKET, TERMS, copy=False)
        until(lambda: printer.names == ["N001.03-000007"])
    assert kicks == [True, False]


def test_a_full_queue_never_holds_up_a_sale() -> None:
    printer = Moody(*(PrinterError("away", "unplugged") for _ in range(1000)))
    with spooling(Spool(printer, Style(80, "en"), room=2, pause=0.01)) as spool:
        began = time.monotonic()
        for _ in range(10):
            spool.submit(TICKET, TERMS, copy=False)
        assert time.monotonic() - began < 1
        until(lambda: spool.state().trouble != "")
