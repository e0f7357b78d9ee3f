"""The serial scanner: its framing, its thread, and the way of its codes to the page that sells."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pos_frontend import serve
from pos_frontend.devices.opening import Counter
from pos_frontend.devices.port import Framing, serial_opener
from pos_frontend.devices.scanner import EndsBy, SerialScanner
from pos_frontend.devices.sheet import Style
from pos_frontend.devices.spool import Spool
from pos_frontend.kept_basket import KeptBasket
from pos_frontend.screen.scans import Scans
from pos_frontend.screen.server import Page
from pos_frontend.settings import LaneSettings
from pos_frontend.status import Condition
from pos_frontend.supervisor import Supervisor
from tests.pos_frontend.doubles import Line, Sockets, plugged, pulled
from tests.pos_frontend.running import until
from tests.pos_frontend.shop import Scene
from tests.pos_frontend.test_page import ADDRESS, connect


class Come(Line):
    """A line on which pieces come, one at each read; an empty one is a wait in vain."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__(lambda _asked: b"")
        self.pieces = list(pieces)

    def read(self, most: int, end: bytes = b"") -> bytes:
        """See `Port`."""
        del most, end
        return self.pieces.pop(0) if self.pieces else b""


def heard(*pieces: bytes, ends_by: EndsBy = "terminator") -> tuple[list[str], str]:
    """The codes in what comes, and the scanner's state after it."""
    scanner, codes = SerialScanner(Sockets([Come(*pieces)]), ends_by), list[str]()
    scanner.heard = codes.append
    for _ in pieces:
        assert scanner.turn() == 0
    return codes, scanner.condition().state


@pytest.mark.parametrize(
    ("pieces", "codes", "state"),
    [
        ((b"6901234567892\r",), ["6901234567892"], "ready"),
        ((b"6901234567892\r\n",), ["6901234567892"], "ready"),
        ((b"690123", b"4567892", b"\n"), ["6901234567892"], "ready"),
        ((b"1\t2\r3\n4\r\n",), ["1", "2", "3", "4"], "ready"),
        ((b"]E06901234567892\r",), ["6901234567892"], "ready"),
        ((b"]A0ABC-1\r",), ["ABC-1"], "ready"),
        ((b"]Q1N002.01-000017\r",), ["N002.01-000017"], "ready"),
        # These say that what follows is made of GS1 elements, which the till has to know.
        ((b"]C10106901234567892\x1d10A\r",), ["]C10106901234567892\x1d10A"], "ready"),
        ((b"]d20106901234567892\r",), ["]d20106901234567892"], "ready"),
        ((b"]e00106901234567892\r",), ["]e00106901234567892"], "ready"),
        ((b"]Q30106901234567892\r",), ["]Q30106901234567892"], "ready"),
        # Half a code is not taken for the beginning of the next one.
        ((b"690123", b"", b"", b"", b"", b"", b"77\r"), ["77"], "ready"),
        ((b"690123", b"", b"", b"", b"", b""), [], "garbled"),
        ((b"69\xff\x0001\r",), [], "garbled"),
        ((b"69\xff01\r", b"77\r"), ["77"], "ready"),
        ((b"9" * 300,), [], "garbled"),
        ((b"9" * 300 + b"\r",), [], "garbled"),
        ((b"\r\n", b"]E0\r"), [], "ready"),
    ],
)
def test_codes_that_end_in_a_character(
    pieces: tuple[bytes, ...], codes: list[str], state: str
) -> None:
    assert heard(*pieces) == (codes, state)


@pytest.mark.parametrize(
    ("pieces", "codes"),
    [
        ((b"6901234567892",), []),
        ((b"6901234567892", b""), ["6901234567892"]),
        ((b"690123", b"4567892", b"", b""), ["6901234567892"]),
        ((b"]E0111\r\n", b"", b"222", b""), ["111", "222"]),
    ],
)
def test_codes_that_end_in_a_pause(pieces: tuple[bytes, ...], codes: list[str]) -> None:
    assert heard(*pieces, ends_by="gap") == (codes, "ready")


def test_a_scanner_that_is_pulled_out_comes_back() -> None:
    class Pulled(Line):
        def read(self, most: int, end: bytes = b"") -> bytes:
            """See `Port`."""
            del most, end
            return pulled(b"")

    half, gone = Come(b"690123"), Pulled(pulled)
    codes: list[str] = []
    scanner = SerialScanner(Sockets([half, None, None, Come(b"4567892\r")]))
    scanner.heard = codes.append
    scanner.turn()
    scanner._port = gone
    pauses = [scanner.turn() for _ in range(3)]
    assert pauses == sorted(set(pauses))
    assert gone.closed
    assert scanner.condition() == Condition("unplugged", "no such port")
    scanner.turn()
    # What was half scanned before is gone, and not put before what is scanned now.
    assert (codes, scanner.condition()) == (["4567892"], Condition("ready"))


def test_a_scanner_at_a_real_port(tmp_path: Path) -> None:
    """A pseudo-terminal that answers what it hears stands for a scanner: it is scanned by writing."""
    name, codes = tmp_path / "scanner", list[str]()
    scanner = SerialScanner(serial_opener(str(name), Framing(), 0.05))
    scanner.heard = codes.append
    scanner.start()
    with plugged(name, lambda said: said):
        until(lambda: scanner._port is not None)
        port = scanner._port
        assert port is not None
        port.write(b"".join(b"%d\r\n" % number for number in range(20)))
        until(lambda: len(codes) == 20)
    until(lambda: scanner.condition().state == "unplugged")
    scanner.stop()
    assert codes == [str(number) for number in range(20)]
    assert not scanner._thread.is_alive()


# --- to the page ---


def test_a_code_goes_to_one_page_and_waits_a_moment_for_it() -> None:
    now = [0.0]
    scans = Scans(lambda: now[0])
    one, two = asyncio.Queue[str](), asyncio.Queue[str]()
    scans.send("long ago")
    now[0] += 60
    scans.send("just now")
    scans.opened(one)
    assert [one.get_nowait() for _ in range(one.qsize())] == ["just now"]
    scans.opened(two)
    scans.send("a")
    scans.closed(two)
    scans.send("b")
    scans.closed(one)
    scans.closed(one)
    scans.send("c")
    assert (one.get_nowait(), two.get_nowait()) == ("b", "a")
    assert one.empty()
    scans.opened(two)
    assert two.get_nowait() == "c"


def test_a_burst_reaches_the_page_in_its_order(scene: Scene) -> None:
    scanner = SerialScanner(Sockets([Come(*[f"{n}\r".encode() for n in range(200)])]))
    settings = LaneSettings(data=scene.data, parent="http://127.0.0.1:1")
    spool = Spool(None, Style(80, "zh_CN"))
    counter = Counter(scanner=scanner)
    desk = serve.assemble(
        settings, scene.both, spool, Supervisor([]), counter, KeptBasket(scene.data)
    )
    page = Page(desk, ADDRESS)
    with (
        TestClient(page.application(), base_url=ADDRESS) as browser,
        connect(browser, page) as deaf,
        browser.websocket_connect(
            f"/till?token={page.token}&scans=1",
            headers={"Host": "127.0.0.1:8490", "Origin": ADDRESS},
        ) as socket,
    ):
        assert deaf.receive_json()["state"]["status"]["devices"]["scanner"]["state"] == "ready"
        socket.receive_json()
        scanning = threading.Thread(target=lambda: [scanner.turn() for _ in range(200)])
        scanning.start()
        codes: list[str] = []
        while len(codes) < 200:
            told = socket.receive_json()
            if told.get("event") == "scanned":
                codes.append(told["scanned"]["code"])
        scanning.join()
        assert codes == [str(number) for number in range(200)]
        # Who did not ask for codes is told none: its answers come as ever.
        deaf.send_json({"id": 1, "do": "state"})
        while "id" not in (answer := deaf.receive_json()):
            assert answer["event"] != "scanned"
    desk.close()
