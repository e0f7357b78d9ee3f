"""The simulated terminal beside a till, served on the loopback for the length of a block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pos_frontend.devices.simulated_terminal import SimulatedTerminal, TerminalServer


@contextmanager
def terminal_served(terminal: SimulatedTerminal, port: int = 0) -> Iterator[int]:
    """Serve a terminal; gives its port. Afterwards it is unplugged, and remembers what it did."""
    with TerminalServer(terminal, "127.0.0.1", port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.port
        finally:
            terminal.ending.set()
            server.shutdown()
            thread.join()
