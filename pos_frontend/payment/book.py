"""The attempts that are not settled, in `payments.json` beside the databases.

It is written durably before the terminal is asked and after every answer that changes something, so a
till that was killed knows what it asked for. One that does not read is set aside, loudly: what it
held is seen on the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from pos_frontend.payment.attempt import Attempt
from replication.durable import replace_file

_log = structlog.get_logger(__name__)
_NAME = "payments.json"
_DECODER = msgspec.json.Decoder(tuple[Attempt, ...])


class PaymentBook:
    """The file of one till, whose files lie in `data`."""

    def __init__(self, data: Path) -> None:
        self._path = data / _NAME

    def read(self) -> tuple[Attempt, ...]:
        """What was not settled when the till ended. Raises OSError."""
        try:
            return _DECODER.decode(self._path.read_bytes())
        except FileNotFoundError:
            return ()
        except (ValueError, msgspec.DecodeError) as error:
            aside = self._path.with_name(f"{_NAME}.unread")
            _log.error(
                "the open payments do not read: compare the terminal's journal with the tickets",
                error=str(error), kept_as=str(aside),
            )  # fmt: skip
            self._path.replace(aside)
            return ()

    def write(self, attempts: Sequence[Attempt]) -> None:
        """Write what is not settled. Raises OSError."""
        replace_file(self._path, msgspec.json.encode(attempts))
