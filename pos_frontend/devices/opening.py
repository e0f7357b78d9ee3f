"""What stands on this lane's counter beside its printer, as its settings say."""

from __future__ import annotations

from dataclasses import dataclass

from pos_frontend.devices.port import Framing, serial_opener
from pos_frontend.devices.scale import SerialScale
from pos_frontend.devices.scale_protocols import Cas, Mettler8217, ScaleProtocol
from pos_frontend.settings import FramingSettings, LaneSettings, ScaleSettings
from pos_frontend.status import Condition

#: A scale that is asked answers within a tenth of a second, and is asked again anyhow.
_SCALE_WAIT = 0.3


@dataclass(frozen=True, slots=True)
class Counter:
    """The devices of one lane; what is not configured is None."""

    scale: SerialScale | None = None

    def start(self) -> None:
        """Have them begin."""
        if self.scale is not None:
            self.scale.start()

    def stop(self) -> None:
        """Have them end."""
        if self.scale is not None:
            self.scale.stop()

    def conditions(self) -> dict[str, Condition]:
        """Return how each configured device does, by its UnifiedPOS name."""
        return {"scale": self.scale.condition()} if self.scale is not None else {}


def counter_of(settings: LaneSettings) -> Counter:
    """Return what the settings name."""
    return Counter(scale_of(settings.scale))


def scale_of(settings: ScaleSettings) -> SerialScale | None:
    """Return the scale that is configured, not yet asked."""
    protocol: ScaleProtocol
    match settings.kind:
        case "mettler_8217":
            protocol = Mettler8217()
        case "cas":
            protocol = Cas()
        case "none":
            return None
    framing = _framing(settings.framing, protocol.framing)
    return SerialScale(protocol, serial_opener(settings.port, framing, _SCALE_WAIT))


def _framing(said: FramingSettings | None, usual: Framing) -> Framing:
    return usual if said is None else Framing(said.baud, said.bits, said.parity, said.stop)
