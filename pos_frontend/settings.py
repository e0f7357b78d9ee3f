"""Settings of a lane: one TOML file, read once, then frozen.

    data = "var/N001.03"              relative to the file itself
    parent = "http://10.8.1.1:8480"   the branch
    language = "zh_CN"
    [web]       host, port            port 0 takes a free one, told in till.json
    [printer]   kind = "paper" | "network" | "serial" | "file" | "none", width = 80 | 58
                host, port of a network printer; device and framing of one at a port; answers
                layout = "standard" or a file, logo, values    see docs/operating.md, Receipt layouts
    [scale]     kind = "none" | "mettler_8217" | "cas", port, framing
    [display]   kind = "none" | "serial" | "file", port, framing
    [scanner]   kind = "none" | "serial", port, framing, ends_by = "terminator" | "gap"
    [terminal]  kind = "none" | "simulated", host, port   what takes cards and scanned codes
    [resume]    prices = "kept" | "current"   of a suspended basket that is gone on with (rule 11)
    [verify]    at, every_hours, spread_minutes, repair   when the lane compares itself with its branch
    [self_checkout]  enabled, bags, ages     customers sell to themselves, see `attendance`
    [keys]      a function = a key, or several, see `keymap`
    [journal]   keep_days   for how long the lane keeps what headquarters holds of its journal
    [clock]     only for demonstrations and tests

The environment overrides: `CHAINWRIGHT_LANE__WEB__PORT=8490`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pos_frontend.keymap import KeySettings
from replication.clock import ClockSettings
from replication.nightly import VerifySettings
from replication.settings import load_settings

Language = Literal["zh_CN", "en"]
PREFIX = "CHAINWRIGHT_LANE"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WebSettings(_Section):
    """Where the till's page is served; the loopback, for nobody else has business there."""

    host: Literal["127.0.0.1", "localhost"] = "127.0.0.1"
    port: int = Field(default=8490, ge=0, le=65535)


class FramingSettings(_Section):
    """How characters go over a serial line, where it is not the device's usual way."""

    baud: int = Field(default=9600, ge=300, le=921_600)
    bits: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stop: Literal[1, 2] = 1
    flow: Literal["none", "xon_xoff", "rts_cts"] = "none"


class PrinterSettings(_Section):
    """What prints receipts: the paper double (PNG files), an ESC/POS printer on the network, at a serial
    port or behind a device file, or nothing.

    `width` is the paper's, in millimetres. `answers` says that the printer tells its state when asked,
    as nearly all do. `layout` is one that is shipped, or a TOML file; `values` fill that layout's own
    fields. Files are named relative to the settings' file.
    """

    kind: Literal["paper", "network", "serial", "file", "none"] = "paper"
    host: str = ""
    port: int = Field(default=9100, ge=1, le=65535)
    device: str = ""
    framing: FramingSettings | None = None
    answers: bool = True
    width: Literal[58, 80] = 80
    layout: str = "standard"
    logo: Path | None = None
    values: dict[str, str] = {}

    @model_validator(mode="after")
    def _reachable(self) -> PrinterSettings:
        if self.kind == "network" and not self.host:
            raise ValueError("a network printer needs its host: set printer.host")
        if self.kind in {"serial", "file"} and not self.device:
            raise ValueError(
                "it needs a device: set printer.device to where it is, such as /dev/ttyUSB0 for a "
                "serial printer, /dev/usb/lp0 for a file"
            )
        return self


class _PortSettings(_Section):
    """A device at a port (`/dev/ttyUSB0`)."""

    kind: str
    port: str = ""
    framing: FramingSettings | None = None

    @model_validator(mode="after")
    def _plugged(self) -> Self:
        if self.kind != "none" and not self.port:
            raise ValueError("it needs a port: set port to where it is, such as /dev/ttyUSB0")
        return self


class ScaleSettings(_PortSettings):
    """The scale beside the till, and the protocol that it speaks."""

    kind: Literal["mettler_8217", "cas", "none"] = "none"


class DisplaySettings(_PortSettings):
    """The customer display; a `file` is a device file, or one that holds the newest picture."""

    kind: Literal["serial", "file", "none"] = "none"


class ScannerSettings(_PortSettings):
    """A scanner at a serial port, which ends its codes by CR, LF or TAB, or says nothing for a moment.

    One that acts as a keyboard needs no setting.
    """

    kind: Literal["serial", "none"] = "none"
    ends_by: Literal["terminator", "gap"] = "terminator"


class TerminalSettings(_Section):
    """The payment terminal beside the till; without one the cashier takes cards by hand."""

    kind: Literal["simulated", "none"] = "none"
    host: str = "127.0.0.1"
    port: int = Field(default=9310, ge=1, le=65535)


class SelfCheckoutSettings(_Section):
    """A lane at which customers sell to themselves: `bags` is the item code of a carrier bag, `ages`
    the years that a category of goods asks for, such as `ages = { alcohol = 18 }`.
    """

    enabled: bool = False
    bags: str = ""
    ages: dict[str, Annotated[int, Field(ge=1, le=120)]] = {}


class ResumeSettings(_Section):
    """What a suspended basket costs when it is resumed: as when it was entered, or at the prices of now."""

    prices: Literal["kept", "current"] = "kept"


class JournalSettings(_Section):
    """How much of its journal the lane keeps. Headquarters must have no older backup than that."""

    keep_days: int = Field(default=35, ge=1)


class LaneSettings(_Section):
    """A lane's settings; `data` holds its two databases, its receipts and `till.json`."""

    data: Path
    parent: str
    language: Language = "zh_CN"
    web: WebSettings = WebSettings()
    printer: PrinterSettings = PrinterSettings()
    scale: ScaleSettings = ScaleSettings()
    display: DisplaySettings = DisplaySettings()
    scanner: ScannerSettings = ScannerSettings()
    terminal: TerminalSettings = TerminalSettings()
    resume: ResumeSettings = ResumeSettings()
    verify: VerifySettings = VerifySettings()
    journal: JournalSettings = JournalSettings()
    keys: KeySettings = KeySettings()
    self_checkout: SelfCheckoutSettings = SelfCheckoutSettings()
    clock: ClockSettings | None = None

    @model_validator(mode="after")
    def _paid_without_cash(self) -> Self:
        if self.self_checkout.enabled and self.terminal.kind == "none":
            raise ValueError("a self-checkout takes no cash: set terminal.kind to its terminal's")
        return self


def read_settings(path: Path) -> LaneSettings:
    """Read the file and the environment. Raises SettingsError, which names every mistake."""
    settings = load_settings(LaneSettings, path, os.environ, PREFIX)
    home, printer = path.absolute().parent, settings.printer
    files: dict[str, object] = {"logo": printer.logo and home / printer.logo}
    if printer.layout.endswith(".toml"):
        files["layout"] = str(home / printer.layout)
    return settings.model_copy(
        update={"data": home / settings.data, "printer": printer.model_copy(update=files)}
    )
