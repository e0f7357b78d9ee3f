"""What a branch is told about its machine: where its data lies, who its parent is, where it listens.

```toml
data = "/var/lib/chainwright/branch"   # relative to the file itself
parent = "http://10.8.0.1:8470"

[web]
host = "0.0.0.0"
port = 8480

[feeds]
keep_days = 90            # how long the feeds for the lanes remember what was deleted

[link]                    # how headquarters is reached; http unless said otherwise
transport = "sftp"

[link.sftp]
host = "10.8.0.1"
port = 8422
host_key = "ssh-ed25519 AAAA…"    # what `chainwright hq sftp host-key` prints, or OpenSSH's
```

Who the branch is stands in its database, since its enrolment; nothing here says it again. A wrong
key or value raises SettingsError, which names every mistake, before anything starts.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from replication.clock import ClockSettings
from replication.feed_floor import FeedRetention
from replication.nightly import VerifySettings
from replication.settings import load_settings
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


class LinkSettings(BaseModel):
    """How headquarters is reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    transport: Literal["http", "sftp"] = "http"
    sftp: SftpLinkSettings | None = None

    @model_validator(mode="after")
    def _is_told_where(self) -> LinkSettings:
        if self.transport == "sftp" and self.sftp is None:
            raise ValueError("link.transport is sftp: say where under [link.sftp]")
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
        if not value.startswith(("http://", "https://")):
            raise ValueError("expected the address of headquarters, such as http://10.8.0.1:8470")
        return value


def read_settings(path: Path) -> BranchSettings:
    """The settings in a file and the environment. Raises SettingsError."""
    settings = load_settings(BranchSettings, path, os.environ, PREFIX)
    return settings.model_copy(update={"data": path.absolute().parent / settings.data})
