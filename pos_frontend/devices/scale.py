"""The scale: asked on a thread of its own, so that the till takes what it said last and goes on.

    what happens                    the weight is          then
    it answers                      what it says           asked again in a moment
    it does not, or garbles         no_answer, garbled     asked again in a moment
    its port is gone                unplugged              opened anew, with growing pauses
    its thread hangs at the port    no_answer              after a second; the till is not kept

Nothing but the thread touches the port.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from pos_frontend.devices.port import Opener, Port, UnpluggedError
from pos_frontend.devices.scale_protocols import ScaleProtocol
from pos_frontend.status import Condition
from pos_frontend.weighing import Weight

_log = structlog.get_logger(__name__)
_BETWEEN = 0.1
_FRESH = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
_PATIENCE = 3.0


class SerialScale:
    """A scale at a port; see `weighing.Scale`. `clock` counts seconds and never goes back."""

    def __init__(
        self,
        protocol: ScaleProtocol,
        opener: Opener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._protocol = protocol
        self._opener = opener
        self._clock = clock
        self._port: Port | None = None
        self._pause = _FIRST_PAUSE
        self._said = (Weight("no_answer"), clock())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scale", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()
        self._thread.join(_PATIENCE)

    def read_weight(self) -> Weight:
        """Return at once what the scale said last, unless that is long ago."""
        said, at = self._said
        return said if self._clock() - at <= _FRESH else Weight("no_answer")

    def condition(self) -> Condition:
        """Return whether it can be weighed with; a scale that is empty, or in motion, works."""
        said = self.read_weight()
        match said.state:
            case "no_answer" | "garbled" | "unplugged":
                return Condition(said.state, said.detail)
            case _:
                return Condition("ready")

    def turn(self) -> float:
        """Ask once; return for how many seconds to leave the scale alone."""
        try:
            if self._port is None:
                self._port = self._opener()
            said = self._protocol.ask(self._port)
        except UnpluggedError as error:
            return self._unplugged(str(error))
        self._keep(said)
        self._pause = _FIRST_PAUSE
        return _BETWEEN

    def _unplugged(self, why: str) -> float:
        self._drop()
        self._keep(Weight("unplugged", detail=why))
        pause = self._pause
        self._pause = min(pause * 2, _LONGEST_PAUSE)
        return pause

    def _keep(self, said: Weight) -> None:
        before = self._said[0].state
        if said.detail and said.state != before:
            _log.warning("the scale gives no weight", state=said.state, detail=said.detail)
        # What is known to be gone stays so while its port is waited for.
        until = self._pause if said.state == "unplugged" else 0.0
        self._said = (said, self._clock() + until)

    def _run(self) -> None:
        while not self._stop.wait(self.turn()):
            pass
        self._drop()

    def _drop(self) -> None:
        if self._port is not None:
            self._port.close()
        self._port = None
