"""A till's page with a cashier at it, as a program sees it over its WebSocket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.testclient import TestClient

from pos_frontend import serve
from pos_frontend.devices.opening import Counter
from pos_frontend.devices.sheet import Style
from pos_frontend.devices.spool import Spool
from pos_frontend.kept_basket import KeptBasket
from pos_frontend.screen.server import Page
from pos_frontend.settings import LaneSettings
from pos_frontend.supervisor import Supervisor
from tests.pos_frontend.shop import Scene
from tests.pos_frontend.test_page import ADDRESS, connect

NOBODY = "http://127.0.0.1:1"


class Paper:
    """A printer that keeps the names of what it printed."""

    def __init__(self) -> None:
        self.printed: list[str] = []

    def print(self, name: str, data: bytes) -> None:
        """See `Printer`."""
        assert data
        self.printed.append(name)

    def check(self) -> None:
        """See `Printer`."""


class Lane:
    """A till's page with a cashier at it, over its WebSocket."""

    def __init__(self, scene: Scene, parent: str) -> None:
        self.paper = Paper()
        self.spool = Spool(self.paper, Style(80, "zh_CN"))
        self.spool.start()
        settings = LaneSettings(data=scene.data, parent=parent)
        self.desk = serve.assemble(
            settings, scene.both, self.spool, Supervisor([]), Counter(), KeptBasket(scene.data)
        )
        self.page = Page(self.desk, ADDRESS)
        self._number = 0
        self.socket: Any = None
        self.events: list[Any] = []

    def ask(self, do: str, **fields: object) -> Any:  # noqa: ANN401 - JSON
        """Ask and return the answer; what is told meanwhile is kept."""
        self._number += 1
        self.socket.send_json({"id": self._number, "do": do, **fields})
        while True:
            told = self.socket.receive_json()
            if told.get("id") == self._number:
                return told
            self.events.append(told)

    def told(self) -> Any:  # noqa: ANN401 - JSON
        """The next look-up that has ended."""
        while True:
            event = self.events.pop(0) if self.events else self.socket.receive_json()
            if event.get("event") == "lookup":
                return event["lookup"]

    def look_up(self, key: str) -> Any:  # noqa: ANN401 - JSON
        begun = self.ask("lookup", key=key)
        assert begun["ok"], begun
        found = self.told()
        assert found["id"] == begun["lookup"]["id"]
        return found


@contextmanager
def cashiers(scene: Scene) -> Iterator[Callable[[str], Lane]]:
    """Give what puts a cashier at a till below a branch at an address."""
    made: list[tuple[Lane, TestClient, Any]] = []

    def begin(parent: str) -> Lane:
        lane = Lane(scene, parent)
        client = TestClient(lane.page.application(), base_url=ADDRESS)
        client.__enter__()
        session = connect(client, lane.page)
        lane.socket = session.__enter__()
        made.append((lane, client, session))
        lane.ask("sign_in", operator="C1", pin="1111")
        lane.ask("open_shift", float="0")
        return lane

    yield begin
    for lane, client, session in made:
        session.__exit__(None, None, None)
        client.__exit__(None, None, None)
        lane.desk.close()
        lane.spool.stop()
