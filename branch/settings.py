"""What a branch is told about its machine: where its data lies, who its parent is, where it listens.

```toml
data = "/var/lib/chainwright/branch"   # relative to the file itself
parent = "http://10.8.0.1:8470"

[web]
host = "0.0.0.0"
port = 8480

[feeds]
keep_days = 90            # how long the feeds for the lanes remember what was deleted

[link]                    # how headquarters is reached; in real time over http unless said otherwise
fall_back_minutes = 5     # a way that is down for so long: the next one is used
return_minutes = 15       # so often the ways before the one in use are tried again

[[link.ways]]             # the first choice
transport = "http"

[[link.ways]]             # the second, and so on
name = "at night"         # how pages and commands call it; its transport unless said otherwise
transport = "sftp"
schedule = { mode = "nightly", at = "02:30", spread_minutes = 60 }
rate = { "08:00-22:00" = 4000 }   # bytes a second each way, by the branch's clock; no cap at other hours

[link.ways.sftp]
host = "10.8.0.1"
port = 8422
host_key = "ssh-ed25519 AAAA…"    # what `chainwright hq sftp host-key` prints, or OpenSSH's
```

A schedule's mode is `real_time`, `interval` (with `minutes`), `nightly` or `on_demand`; see
`replication.schedule`. A way by http may have an `address` other than `parent`.

Who the branch is stands in its database, since its enrolment; nothing here says it again. A wrong
key or value raises SettingsError, which names every mistake, before anything starts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from replication.clock import ClockSettings
from replication.feed_floor import FeedRetention
from replication.nightly import VerifySettings
from replication.schedule import Schedule
from replication.settings import load_settings
from replication.transport.line_rate import Hours
from replication.transport.sftp.pinning import pinned

#: What the names of overriding environment variables begin with.
PREFIX = "CHAINWRIGHT_BRANCH"


class WebSettings(BaseModel):
    """Where the back office and the link for the lanes are served, on one port.

    The lanes reach it over the shop's network, so a shop sets `host` to an address of that network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str = "127.0.0.1"
    port: int = Field(default=8480, ge=1, le=65_535)


class SftpLinkSettings(BaseModel):
    """An SSH server with headquarters' letter box. `user` is the branch's code unless given;
    `directory` the branch's own there; `timeout` and `look` (for what is new) are in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str
    port: int = Field(default=22, ge=1, le=65_535)
    host_key: str
    user: str | None = None
    directory: str = "."
    timeout: float = Field(default=60.0, gt=0)
    look: float = Field(default=5.0, gt=0)

    @field_validator("host_key")
    @classmethod
    def _is_host_key(cls, value: str) -> str:
        pinned(value)
        return value


class WaySettings(BaseModel):
    """One way to headquarters: by what, when, and how many bytes a second by the hour of day."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    transport: Literal["http", "sftp"] = "http"
    name: str = ""
    address: str | None = None
    sftp: SftpLinkSettings | None = None
    schedule: Schedule = Schedule()
    rate: Mapping[str, Annotated[int, Field(ge=100)]] = {}

    @property
    def called(self) -> str:
        """Its name on pages and in commands."""
        return self.name or self.transport

    @field_validator("address")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        return value if value is None else _address(value)

    @field_validator("rate")
    @classmethod
    def _is_table(cls, value: Mapping[str, int]) -> Mapping[str, int]:
        Hours(value)
        return value

    @model_validator(mode="after")
    def _is_told_where(self) -> WaySettings:
        if self.transport == "sftp" and self.sftp is None:
            raise ValueError("this way's transport is sftp: say where under [link.ways.sftp]")
        return self


class LinkSettings(BaseModel):
    """The ways to headquarters, the preferred first, and when one gives place to another."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    ways: tuple[WaySettings, ...] = Field(default=(WaySettings(),), min_length=1)
    fall_back_minutes: float = Field(default=5.0, gt=0)
    return_minutes: float = Field(default=15.0, gt=0)

    @model_validator(mode="after")
    def _are_told_apart(self) -> LinkSettings:
        names = [way.called for way in self.ways]
        if len(set(names)) < len(names):
            raise ValueError(
                "two of [[link.ways]] have the same name: give each a `name` of its own"
            )
        return self


class BranchSettings(BaseModel):
    """The settings of one branch, frozen.

    `parent` is where it enrols, and its way by http. Without `dsn` the branch gets a private PostgreSQL under `data`. `clock` is set in trials only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    data: Path
    dsn: str | None = None
    parent: str
    web: WebSettings = WebSettings()
    link: LinkSettings = LinkSettings()
    verify: VerifySettings = VerifySettings()
    feeds: FeedRetention = FeedRetention()
    clock: ClockSettings | None = None

    @field_validator("parent")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return _address(value)


def _address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("expected the address of headquarters, such as http://10.8.0.1:8470")
    return value


def read_settings(path: Path) -> BranchSettings:
    """The settings in a file and the environment. Raises SettingsError."""
    settings = load_settings(BranchSettings, path, os.environ, PREFIX)
    return settings.model_copy(update={"data": path.absolute().parent / settings.data})
