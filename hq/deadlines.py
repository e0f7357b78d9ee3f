"""How long each state of a link may last before it is an alarm; none waits silently for ever.

    [replication]                 default   what has lasted too long
    silent_minutes                1440      a token or a key was issued, and the site never spoke
    offline_minutes               10        a branch was not heard
    lane_offline_minutes          2880      a lane was not heard: tills are switched off at night
    on_demand_minutes             10080     a branch whose way is used on demand was not heard
    behind_minutes                15        an entry waits to be sent, a record to be applied
    loading_minutes               30        a feed that is being loaded made no progress
    unsecured_minutes             60        an entry of a lane is not known at headquarters
    quarantine_minutes            1440      an entry set aside waits for a person
    refused_minutes               60        for so long a refusal counts as recent
    skew_seconds                  60        a branch's clock differs by more
    backup_days                   30        headquarters may be put back from a backup of that age: a
                                            site that keeps its journal for no longer than that is named
    [replication.branches.N017]             the same keys, for one branch and its lanes

A branch that exchanges every so often or each night says when it will speak next; that silence is
added to its deadlines (`hq.agreed_silence`).

What needs a person at once has no deadline: a fork, a broken chain, a link in trouble.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

_Positive = Field(default=None, gt=0)


class _Overrides(BaseModel):
    """What is different for one branch and its lanes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    silent_minutes: int | None = _Positive
    offline_minutes: int | None = _Positive
    lane_offline_minutes: int | None = _Positive
    on_demand_minutes: int | None = _Positive
    behind_minutes: int | None = _Positive
    loading_minutes: int | None = _Positive
    unsecured_minutes: int | None = _Positive
    quarantine_minutes: int | None = _Positive
    refused_minutes: int | None = _Positive
    skew_seconds: int | None = _Positive
    backup_days: int | None = _Positive


class Deadlines(BaseModel):
    """The deadlines that hold for one site."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    silent_minutes: int = Field(default=1440, gt=0)
    offline_minutes: int = Field(default=10, gt=0)
    lane_offline_minutes: int = Field(default=2880, gt=0)
    on_demand_minutes: int = Field(default=7 * 1440, gt=0)
    behind_minutes: int = Field(default=15, gt=0)
    loading_minutes: int = Field(default=30, gt=0)
    unsecured_minutes: int = Field(default=60, gt=0)
    quarantine_minutes: int = Field(default=1440, gt=0)
    refused_minutes: int = Field(default=60, gt=0)
    skew_seconds: int = Field(default=60, gt=0)
    backup_days: int = Field(default=30, gt=0)

    def after(self, name: str) -> timedelta:
        """The deadline `<name>_minutes` as a length of time."""
        return timedelta(minutes=getattr(self, f"{name}_minutes"))

    @property
    def skew(self) -> timedelta:
        """How far a clock may differ."""
        return timedelta(seconds=self.skew_seconds)


class ReplicationSettings(Deadlines):
    """The deadlines of the chain, and what is different for some branches."""

    branches: Mapping[str, _Overrides] = {}

    def of(self, branch: str) -> Deadlines:
        """The deadlines for one branch and its lanes."""
        common = self.model_dump(exclude={"branches"})
        own = self.branches.get(branch)
        return Deadlines(**common | (own.model_dump(exclude_none=True) if own else {}))
