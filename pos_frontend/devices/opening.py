"""What stands on this lane's counter, as its settings say."""

from __future__ import annotations

from dataclasses import dataclass

from pos_frontend.devices.descriptor_port import file_opener, network_opener
from pos_frontend.devices.line_display import LineDisplay
from pos_frontend.devices.paper import PaperPrinter
from pos_frontend.devices.port import FileSink, Framing, serial_opener
from pos_frontend.devices.printer import EscposPrinter, Printer
from pos_frontend.devices.scale import SerialScale
from pos_frontend.devices.scale_protocols import Cas, Mettler8217, ScaleProtocol
from pos_frontend.devices.scanner import SerialScanner
from pos_frontend.devices.terminal_link import TerminalLink
from pos_frontend.payment.book import PaymentBook
from pos_frontend.payment.payments import Payments
from pos_frontend.settings import (
    DisplaySettings,
    FramingSettings,
    LaneSettings,
    ScaleSettings,
    ScannerSettings,
)
from pos_frontend.status import Condition

#: A scale that is asked answers within a tenth of a second, and is asked again anyhow.
_SCALE_WAIT = 0.3
#: Long enough for forty characters at 1200 bits a second.
_DISPLAY_WAIT = 1.0
#: A scanner sends a code in one piece; half a second of nothing, and half a code is none.
_SCANNER_WAIT = 0.1
#: A printer tells its state at once, and takes its next few bytes before that.
_PRINTER_WAIT = 1.0


@dataclass(frozen=True, slots=True)
class Counter:
    """The devices of one lane; what is not configured is None."""

    scale: SerialScale | None = None
    display: LineDisplay | None = None
    payments: Payments | None = None
    scanner: SerialScanner | None = None

    def start(self) -> None:
        """Have them begin."""
        for device in self._devices().values():
            device.start()

    def stop(self) -> None:
        """Have them end."""
        for device in self._devices().values():
            device.stop()

    def conditions(self) -> dict[str, Condition]:
        """Return how each configured device does, by its UnifiedPOS name."""
        return {name: device.condition() for name, device in self._devices().items()}

    def _devices(self) -> dict[str, SerialScale | LineDisplay | Payments | SerialScanner]:
        named = {
            "scale": self.scale, "line_display": self.display, "payment_terminal": self.payments,
            "scanner": self.scanner,
        }  # fmt: skip
        return {name: device for name, device in named.items() if device is not None}


def counter_of(settings: LaneSettings) -> Counter:
    """Return what the settings name."""
    return Counter(
        scale_of(settings.scale),
        display_of(settings.display),
        payments_of(settings),
        scanner_of(settings.scanner),
    )


def printer_of(settings: LaneSettings) -> Printer | None:
    """Return what receipts are printed on, if anything."""
    said = settings.printer
    match said.kind:
        case "paper":
            return PaperPrinter(settings.data / "receipts", said.width)
        case "network":
            opener = network_opener(said.host, said.port, _PRINTER_WAIT)
            return EscposPrinter(f"{said.host}:{said.port}", opener, answers=said.answers)
        case "serial":
            framing = _framing(said.framing, Framing())
            opener = serial_opener(said.device, framing, _PRINTER_WAIT)
            return EscposPrinter(said.device, opener, answers=said.answers)
        case "file":
            opener = file_opener(said.device, _PRINTER_WAIT, answers=said.answers)
            return EscposPrinter(said.device, opener, answers=said.answers)
        case "none":
            return None


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


def display_of(settings: DisplaySettings) -> LineDisplay | None:
    """Return the customer display that is configured, still dark."""
    path = settings.port
    match settings.kind:
        case "serial":
            framing = _framing(settings.framing, Framing())
            return LineDisplay(serial_opener(path, framing, _DISPLAY_WAIT))
        case "file":
            return LineDisplay(lambda: FileSink(path))
        case "none":
            return None


def scanner_of(settings: ScannerSettings) -> SerialScanner | None:
    """Return the scanner that is configured, not yet listened to."""
    match settings.kind:
        case "serial":
            framing = _framing(settings.framing, Framing())
            return SerialScanner(
                serial_opener(settings.port, framing, _SCANNER_WAIT), settings.ends_by
            )
        case "none":
            return None


def payments_of(settings: LaneSettings) -> Payments | None:
    """Return what talks to the payment terminal that is configured, with what it left unsettled."""
    match settings.terminal.kind:
        case "simulated":
            terminal = TerminalLink(settings.terminal.host, settings.terminal.port)
            return Payments(PaymentBook(settings.data), terminal)
        case "none":
            return None


def _framing(said: FramingSettings | None, usual: Framing) -> Framing:
    if said is None:
        return usual
    return Framing(said.baud, said.bits, said.parity, said.stop, said.flow)
