"""The settings of headquarters: one file, `hq.toml`, overridden by `CHAINWRIGHT_HQ__…`.

    data = "var/hq"             # relative to this file: uploads on their way, the private database
    dsn = "postgresql://…"      # a PostgreSQL of your own; without it headquarters runs a private one
    title = "Chainwright"       # the chain's name on every page
    currency = "CNY"            # of new branches, and of what is typed or imported here

    [web]                       # the console and /link, on one port
    host = "127.0.0.1"
    port = 8470

    [letters]                   # a letter box for branches that come by sftp
    box = "letters"             # relative to `data`

    [sftp]                      # a small sftp server of its own in front of the box; OpenSSH does too
    host = "127.0.0.1"
    port = 8422
    [feeds]                     # for how long feeds remember what was deleted
    keep_days = 90
    [replication]               # when a state of the link becomes an alarm: see `hq.deadlines`
    behind_minutes = 15
    [replication.branches.N017] # and for one branch and its lanes
    offline_minutes = 1560

    [shop]                      # online shops, at /shop/v1
    requests_per_minute = 600   # of each shop
    [reports]                   # saved reports that are not mailed are dropped in this folder
    folder = "reports"          # relative to `data`
    [mail]                      # the server that takes the reports which are mailed
    host = "mail.example.org"
    port = 587
    sender = "reports@example.org"
    security = "starttls"       # or "tls", or "none" inside a network of your own
    user = "reports"            # without one nobody signs in there
    password = "…"

    [metrics]                   # Prometheus may read /metrics with this bearer token
    token = "…"                 # without one there is no /metrics

`read` raises SettingsError, which lists every mistake with its key and what was expected.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hq.deadlines import ReplicationSettings
from hq.reporting.mail import MailSettings
from replication.clock import ClockSettings
from replication.console.formats import decimals_of
from replication.feed_floor import FeedRetention
from replication.settings import load_settings

PREFIX = "CHAINWRIGHT_HQ"


class WebSettings(BaseModel):
    """Where the console and the link listen."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str = "127.0.0.1"
    port: int = Field(default=8470, ge=1, le=65535)


class LettersSettings(BaseModel):
    """Where the letter box is: the directory in which each branch has one with `up` and `down`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    box: Path = Path("letters")


class SftpSettings(BaseModel):
    """Where the own sftp server listens; `idle` is in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str = "127.0.0.1"
    port: int = Field(default=8422, ge=1, le=65535)
    connections: int = Field(default=64, ge=1)
    idle: float = Field(default=120.0, gt=0)


class ReportSettings(BaseModel):
    """Where saved reports are dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    folder: Path = Path("reports")


class MetricsSettings(BaseModel):
    """Who may read the metrics: whoever sends this bearer token, nobody while there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    token: SecretStr | None = Field(default=None, min_length=16)


class ShopSettings(BaseModel):
    """How often an online shop may ask."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    requests_per_minute: int = Field(default=600, ge=1)


class HeadquartersSettings(BaseModel):
    """What a person decides about headquarters; read once, then frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    data: Path = Path("var/hq")
    dsn: str | None = None
    title: str = "Chainwright"
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    web: WebSettings = WebSettings()
    letters: LettersSettings | None = None
    sftp: SftpSettings | None = None
    feeds: FeedRetention = FeedRetention()
    replication: ReplicationSettings = ReplicationSettings()
    reports: ReportSettings = ReportSettings()
    mail: MailSettings | None = None
    metrics: MetricsSettings = MetricsSettings()
    shop: ShopSettings = ShopSettings()
    clock: ClockSettings | None = None

    @property
    def decimals(self) -> int:
        """How many decimals the currency's amounts are written with."""
        return decimals_of(self.currency)


def read(path: Path) -> HeadquartersSettings:
    """The settings in a file and the environment. Raises SettingsError."""
    settings = load_settings(HeadquartersSettings, path, os.environ, PREFIX)
    return settings.model_copy(update={"data": (path.parent / settings.data).resolve()})
