"""Trying the devices of a lane, as UnifiedPOS' CheckHealth does, by somebody who looks at them.

    device             what is tried                        the result
    printer            a test receipt is queued             queued; whether it came out is seen on paper
    line_display       a test text takes the glass          shown; until the till has something to show
    scale              the weight is read                   the state of the weight, see `weighing`
    payment_terminal   it is asked about no payment         asked; its condition tells what it said

Nothing here waits for a device: what is wrong with one is in its condition, see `status`. The scanner
is tried by scanning, and the drawer by its key at the till, which needs a reason and leaves an entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from pos_frontend.day import Terms
from pos_frontend.devices.line_display import justified
from pos_frontend.devices.opening import Counter
from pos_frontend.devices.self_test import SelfTest
from pos_frontend.devices.spool import Spool
from pos_frontend.errors import TillError
from pos_frontend.lane import Lane
from pos_frontend.language import text
from pos_frontend.settings import Language
from pos_frontend.weighing import WeightState

Device = Literal["printer", "line_display", "scale", "payment_terminal"]
#: One for each of the glass' twenty columns.
_COLUMNS = "12345678901234567890"


@dataclass(frozen=True, slots=True)
class Health:
    """What came of trying a device; `weight` in thousandths of a kilogram, of a scale alone."""

    device: Device
    result: Literal["queued", "shown", "asked"] | WeightState
    weight: int = 0


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Tries what stands on the counter of a lane."""

    lane: Lane
    spool: Spool
    counter: Counter

    def check(self, device: Device, language: Language, terms: Terms | None) -> Health:
        """Try one device. Raises TillError `no_device` when none is configured."""
        match device:
            case "printer" if self.spool.state().configured:
                zone = ZoneInfo(terms.zone) if terms else None
                now = self.lane.clock().astimezone(zone)
                self.spool.submit_test(SelfTest(self.lane.site, f"{now:%Y-%m-%d %H:%M:%S}"))
                return Health(device, "queued")
            case "line_display" if self.counter.display is not None:
                words = justified(text(language, "customer.test"))
                self.counter.display.show(words, _COLUMNS)
                return Health(device, "shown")
            case "scale" if self.counter.scale is not None:
                said = self.counter.scale.read_weight()
                return Health(device, said.state, said.weight)
            case "payment_terminal" if self.counter.payments is not None:
                self.counter.payments.check()
                return Health(device, "asked")
            case _:
                raise TillError("no_device")
