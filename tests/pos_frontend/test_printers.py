"""ESC/POS printers on the network, at a serial port and behind a device file, and all that they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from pos_frontend.cli import app
from pos_frontend.devices.descriptor_port import file_opener, network_opener
from pos_frontend.devices.doubtful import MARK_FILE, NEWEST, Doubtful
from pos_frontend.devices.port import Framing, serial_opener
from pos_frontend.devices.printer import (
    ASK_OFFLINE,
    ASK_PAPER,
    ASK_THROUGH,
    EscposPrinter,
    PrinterError,
)
from pos_frontend.devices.sheet import DRAWER, Printable, Style
from pos_frontend.devices.simulated_printer import Fault, SimulatedPrinter
from pos_frontend.devices.slip import Slip
from pos_frontend.status import Trouble
from schemas.domain.ticket import Ticket
from tests.pos_frontend.doubles import Line, Sockets, pulled
from tests.pos_frontend.printers import printer_plugged, printer_served
from tests.pos_frontend.test_receipts import MOVED, RECEIPT, TICKET

DATA = RECEIPT.lay_out(Style(80, "zh_CN"))
WAIT = 5.0
SOON = 0.02


def failing(printer: EscposPrinter) -> PrinterError:
    with pytest.raises(PrinterError) as error:
        printer.print("x", DATA)
    return error.value


# --- what is answered ---

READY = {ASK_OFFLINE: b"\x12", ASK_PAPER: b"\x12", ASK_THROUGH: b"\x00"}


def saying(**said: bytes) -> Line:
    """A line to a printer that answers as usual but for what is given."""
    answers = READY | {
        {"offline": ASK_OFFLINE, "paper": ASK_PAPER, "through": ASK_THROUGH}[about]: answer
        for about, answer in said.items()
    }
    return Line(lambda asked: answers.get(asked, b""))


@pytest.mark.parametrize(
    ("line", "state", "uncertain"),
    [
        (saying(offline=b"\x16"), "cover_open", False),
        (saying(offline=b"\x32"), "no_paper", False),
        (saying(paper=b"\x72"), "no_paper", False),
        (saying(offline=b"\x52"), "failed", False),
        (saying(offline=b""), "no_answer", False),
        (saying(offline=b"\xff"), "garbled", False),
        (saying(offline=b"\x11\x13\x16"), "cover_open", False),
        (saying(offline=b"\x11" * 100), "no_answer", False),
        (saying(through=b"\x0c"), "no_paper", True),
        (saying(through=b"\xff"), "garbled", True),
    ],
)
def test_what_a_printer_says_is_understood(line: Line, state: Trouble, uncertain: bool) -> None:
    error = failing(EscposPrinter("p", Sockets([line])))
    assert (error.state, error.uncertain) == (state, uncertain)
    assert line.closed
    # Without a word that it can print, it is sent nothing: it would print that later, unasked.
    assert (b"".join(line.written).find(DATA) >= 0) is uncertain


def test_a_receipt_is_printed_when_the_printer_is_through_with_it() -> None:
    line = saying()
    EscposPrinter("p", Sockets([line])).print("x", DATA)
    assert b"".join(line.written) == ASK_OFFLINE + ASK_PAPER + DATA + ASK_THROUGH


def test_a_printer_that_never_says_so_is_believed_by_its_state() -> None:
    mute, again = saying(through=b""), saying(through=b"")
    printer = EscposPrinter("p", Sockets([mute, again, saying(), saying(through=b"")]))
    printer.print("x", DATA)
    printer.print("x", DATA)
    printer.print("x", DATA)
    # It has said so once: its silence means something from then on.
    error = failing(printer)
    assert (error.state, error.uncertain) == ("no_answer", True)


def test_one_that_answers_nothing_is_only_written_to() -> None:
    line = Line(lambda _asked: b"")
    EscposPrinter("p", Sockets([line]), answers=False).print("x", DATA)
    assert b"".join(line.written) == DATA
    error = failing(EscposPrinter("p", Sockets([Line(pulled)]), answers=False))
    assert (error.state, error.uncertain) == ("unplugged", True)
    assert failing(EscposPrinter("p", Sockets([None]), answers=False)).uncertain is False


def test_it_is_looked_at_without_a_receipt() -> None:
    printer = EscposPrinter("p", Sockets([saying(), saying(paper=b"\x72"), None, Line(pulled)]))
    printer.check()
    for state in ("no_paper", "unplugged", "unplugged"):
        with pytest.raises(PrinterError) as error:
            printer.check()
        assert error.value.state == state


# --- on real lines ---

Way = Callable[[Path, float, int], EscposPrinter]


def serial(place: Path, wait: float, turns: int) -> EscposPrinter:
    opener = serial_opener(str(place), Framing(flow="xon_xoff"), wait)
    return EscposPrinter("p", opener, turns=turns)


def file(place: Path, wait: float, turns: int) -> EscposPrinter:
    return EscposPrinter("p", file_opener(str(place), wait, answers=True), turns=turns)


def turns(fault: Fault) -> int:
    """How often an answer is waited for that does not come when the paper has run out."""
    return 0 if fault == "runs_out" else 1


@pytest.mark.parametrize("way", [serial, file])
def test_a_printer_at_a_port(tmp_path: Path, way: Way) -> None:
    place, simulated = tmp_path / "lp", SimulatedPrinter(tmp_path / "paper")
    printer = way(place, WAIT, 1)
    error = failing(printer)
    assert (error.state, error.uncertain) == ("unplugged", False)
    for _ in range(2):
        with printer_plugged(simulated, place):
            printer.print("x", DATA)
    assert simulated.printed == [DATA, DATA]
    assert simulated.kicks == 2
    assert failing(printer).state == "unplugged"
    assert sorted(one.name for one in (tmp_path / "paper").iterdir()) == ["0001.png", "0002.png"]


@pytest.mark.parametrize("way", [serial, file])
@pytest.mark.parametrize(
    ("fault", "state", "uncertain"),
    [
        ("no_paper", "no_paper", False),
        ("cover_open", "cover_open", False),
        ("garbage", "garbled", False),
        ("runs_out", "no_paper", True),
    ],
)
def test_a_printer_at_a_port_fails(
    tmp_path: Path, way: Way, fault: Fault, state: Trouble, uncertain: bool
) -> None:
    simulated = SimulatedPrinter(fault=fault)
    printer = way(tmp_path / "lp", WAIT, turns(fault))
    with printer_plugged(simulated, tmp_path / "lp"):
        error = failing(printer)
    assert (error.state, error.uncertain) == (state, uncertain)
    assert simulated.printed == []


@pytest.mark.parametrize("way", [serial, file])
def test_a_dumb_printer_at_a_port(tmp_path: Path, way: Way) -> None:
    with printer_plugged(SimulatedPrinter(fault="silent"), tmp_path / "lp"):
        error = failing(way(tmp_path / "lp", SOON, 1))
    assert (error.state, error.uncertain) == ("no_answer", False)
    assert "printer.answers = false" in str(error)


@pytest.mark.parametrize(
    ("fault", "state", "uncertain", "torn"),
    [
        ("no_paper", "no_paper", False, 0),
        ("cover_open", "cover_open", False, 0),
        ("runs_out", "no_paper", True, 1),
        ("breaks_off", "unplugged", True, 1),
        ("garbage", "garbled", False, 0),
    ],
)
def test_a_network_printer_fails_and_comes_back(
    tmp_path: Path, fault: Fault, state: Trouble, uncertain: bool, torn: int
) -> None:
    simulated = SimulatedPrinter(tmp_path, fault=fault)
    with printer_served(simulated) as port:
        opener = network_opener("127.0.0.1", port, WAIT)
        error = failing(EscposPrinter("p", opener, turns=turns(fault)))
        assert (error.state, error.uncertain) == (state, uncertain)
        assert (simulated.printed, len(simulated.torn)) == ([], torn)
        simulated.fault = "none"
        EscposPrinter("p", opener).print("x", DATA)
    assert simulated.printed == [DATA]
    for name in ["0001.torn.png", "0002.png"] if torn else ["0001.png"]:
        with Image.open(tmp_path / name) as picture:
            assert picture.getextrema() == (0, 255)


def test_a_silent_network_printer(tmp_path: Path) -> None:
    with printer_served(SimulatedPrinter(fault="silent")) as port:
        error = failing(EscposPrinter("p", network_opener("127.0.0.1", port, SOON)))
        assert (error.state, error.uncertain) == ("no_answer", False)
        only_written = network_opener("127.0.0.1", port, WAIT)
        EscposPrinter("p", only_written, answers=False).print("x", DATA)
    assert failing(EscposPrinter("p", network_opener("127.0.0.1", 1, WAIT))).state == "unplugged"


def test_a_file_that_is_not_there_is_never_made(tmp_path: Path) -> None:
    opener = file_opener(str(tmp_path / "lp"), WAIT, answers=False)
    printer = EscposPrinter("p", opener, answers=False)
    assert failing(printer).state == "unplugged"
    (tmp_path / "lp").touch()
    printer.print("x", DATA)
    assert (tmp_path / "lp").read_bytes().endswith(DRAWER)


def test_a_fault_that_is_none_is_refused(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["simulated-printer", "--into", str(tmp_path), "--fault", "ink"])
    assert told.exit_code == 2
    assert "breaks_off" in told.output


# --- what was not printed when the till ended ---


def ticket(counter: int) -> Ticket:
    return replace(TICKET, counter=counter, uuid=f"u{counter}")


def receipt(one: Ticket) -> Printable:
    return replace(RECEIPT, ticket=one)


def resumed(data: Path, *counters: int) -> tuple[str, ...]:
    doubtful = Doubtful(data)
    doubtful.resume(
        [ticket(number) for number in counters], lambda one: replace(RECEIPT, ticket=one)
    )
    return doubtful.names()


def test_what_was_not_printed_is_offered_at_the_next_start(tmp_path: Path) -> None:
    assert resumed(tmp_path, 4, 3) == ()  # the very first start: nothing is known of those
    doubtful = Doubtful(tmp_path)
    doubtful.resume([ticket(4)], lambda one: replace(RECEIPT, ticket=one))
    for number in (5, 6):
        doubtful.note(receipt(ticket(number)))
    doubtful.add(receipt(ticket(7)))
    doubtful.note(receipt(ticket(7)))
    doubtful.note(receipt(ticket(8)))
    # 7 broke off, 9 and 10 were committed and waited when the power failed.
    names = ("N001.03-000007", "N001.03-000009", "N001.03-000010")
    assert resumed(tmp_path, 10, 9, 8, 7, 6, 5) == names
    # Nobody has seen to them: so it stays, for as long as the shift does.
    assert resumed(tmp_path, 10, 9, 8, 7, 6, 5) == names
    assert resumed(tmp_path) == ()


def test_a_mark_that_is_torn_makes_the_last_receipt_doubtful(tmp_path: Path) -> None:
    for torn in ("", "{", '{"through": null, "doubtful": []}', "[]"):
        (tmp_path / MARK_FILE).write_text(torn, "utf-8")
        assert resumed(tmp_path, 5, 4) == ("N001.03-000005",)


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    doubtful = Doubtful(tmp_path)
    for number in range(NEWEST + 5):
        doubtful.add(receipt(ticket(number)))
    assert doubtful.names()[0] == "N001.03-000005"
    slip = Slip(MOVED, "shop", "Asia/Shanghai", 2)
    doubtful.add(slip)
    copies = doubtful.take()
    assert len(copies) == NEWEST
    assert copies[-1] == slip.as_copy()
    assert doubtful.names() == ()
    doubtful.add(slip.as_copy())
    assert doubtful.names() == (slip.name,)
    doubtful.printed(slip.as_copy())
    assert doubtful.names() == ()
