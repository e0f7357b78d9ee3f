"""The simulated printer beside a till, on the loopback or on a pseudo-terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pos_frontend.devices.simulated_printer import PrinterServer, SimulatedPrinter
from tests.pos_frontend.doubles import plugged


@contextmanager
def printer_served(printer: SimulatedPrinter, port: int = 0) -> Iterator[int]:
    """Serve a printer on the network for the length of a block; gives its port."""
    with PrinterServer(printer, "127.0.0.1", port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def printer_plugged(printer: SimulatedPrinter, name: Path) -> Iterator[None]:
    """Have a printer at a port for the length of a block, which then is pulled out."""
    with plugged(name, lambda said: printer.take(said) or b""):
        yield
