"""The basket in the making, kept beside the databases so that a power cut does not empty it.

    act at the till ──keep──▶ the newest waits ──▶ basket.json, durably, on a thread of its own

    at the next start                                    the till begins with
    a basket of the open shift's date, not committed     that basket, its payments too
    committed, of another date, or no shift is open      none: it was sold, or settled otherwise
    a file that does not read                            none; it is set aside as basket.json.unread

A scan never waits for this: what is keyed in the last moments before the cut may be missing from
the basket that comes back, and the customer's goods are still on the belt. Where the disk refuses,
the sale goes on and the log says so.
"""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import structlog

from pos_frontend.basket import Sale
from replication.durable import replace_file

_log = structlog.get_logger(__name__)
_NAME = "basket.json"
_DECODER = msgspec.json.Decoder(Sale)


class KeptBasket:
    """Keeps the basket of the till whose files lie in `data`, from `start` to `stop`."""

    def __init__(self, data: Path) -> None:
        self._path = data / _NAME
        self._changed = threading.Condition()
        self._newest: Sale | None = None
        self._waits = False
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="basket", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join()

    def keep(self, sale: Sale | None) -> None:
        """Have this basket kept instead of the one before; None when there is none."""
        with self._changed:
            self._newest, self._waits = sale, True
            self._changed.notify()

    def kept(self) -> Sale | None:
        """The basket that was in the making when the till ended, if there was one."""
        try:
            return _DECODER.decode(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, msgspec.DecodeError) as error:
            _log.warning("the kept basket does not read, it is set aside", error=str(error))
            self._set_aside()
            return None

    def _set_aside(self) -> None:
        try:
            self._path.replace(self._path.with_name(f"{_NAME}.unread"))
        except OSError as error:
            _log.warning("the kept basket cannot be set aside", error=str(error))

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waits or self._ending)
                if not self._waits:
                    return
                sale, self._waits = self._newest, False
            try:
                self._write(sale)
            except OSError as error:
                _log.warning("the basket is not kept", error=str(error))

    def _write(self, sale: Sale | None) -> None:
        if sale is None:
            self._path.unlink(missing_ok=True)
        else:
            replace_file(self._path, msgspec.json.encode(sale))
