"""Managers: they open the day, count the tills, close the day, re-close it, decide what was set aside.

Operations at headquarters decides what was set aside there. Whatever a person does is one transaction
of the site. If the site dies in it, nothing was done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from branch import days, parked, tills
from branch.day_state import DayError, unfinished
from branch.days import ChecksError
from hq import parked as hq_parked
from hq import proposals
from ops.soak.chain import ADMIN, BRANCHES
from ops.soak.scene import Scene
from replication import quarantine


@dataclass(frozen=True)
class Managers:
    """The managers of all branches, and operations at headquarters."""

    scene: Scene

    def open_day(self, branch: str) -> str:
        """Open today's date, as a manager does in the morning."""
        site = self.scene.chain.sites[branch]
        with site.disk.feeds.begin() as connection:
            now = site.clock()
            on = days.next_date(connection, branch, now)
            fact = days.open_day(connection, branch, on, f"{branch}-M", now)
        self.scene.state("day.opened", fact, branch)
        return on.isoformat()

    def count_tills(self, branch: str) -> int:
        """Count every till of the unfinished days that was ended and not counted; how many."""
        site = self.scene.chain.sites[branch]
        counted = 0
        with site.disk.feeds.connect() as connection:
            wanted = [
                till
                for day in unfinished(connection, branch)
                for till in tills.tills(connection, branch, day.business_date)
                if till.state == "to_count"
            ]
        for till in wanted:
            drawer = self.scene.model.drawer(branch, till.shift)
            if self.scene.random.random() < 0.15:
                drawer["cash"] = max(0, drawer["cash"] + self.scene.random.choice((-500, 100)))
            self._count(branch, till.shift, drawer, "")
            counted += 1
        return counted

    def recount(self, branch: str, on: date) -> int:
        """Count the tills of a reopened day again, now to the cent; how many."""
        site = self.scene.chain.sites[branch]
        with site.disk.feeds.connect() as connection:
            held = [one for one in tills.tills(connection, branch, on) if one.ended is not None]
        for till in held:
            reason = "counted again" if till.counts else ""
            self._count(branch, till.shift, self.scene.model.drawer(branch, till.shift), reason)
        return len(held)

    def _count(self, branch: str, shift: str, counted: Mapping[str, int], reason: str) -> None:
        site = self.scene.chain.sites[branch]
        with site.disk.feeds.begin() as connection:
            now = site.clock()
            fact = tills.count(connection, branch, shift, counted, f"{branch}-M", now, reason)
        self.scene.state("till.counted", fact, branch)

    def close_day(self, branch: str, on: date) -> str:
        """Close a date, accepting every warning; or what stands in the way."""
        site = self.scene.chain.sites[branch]
        accepted: set[str] = set()
        for _ in range(2):
            try:
                with site.disk.feeds.begin() as connection:
                    now = site.clock()
                    fact = days.close_day(connection, branch, on, f"{branch}-M", now, accepted)
            except ChecksError as error:
                blocking = [str(one) for one in error.checks if one.blocking]
                if blocking:
                    return "; ".join(blocking)
                accepted = {one.key for one in error.checks}
            except DayError as error:
                return str(error)
            else:
                self.scene.state("day.closed", fact, branch)
                return ""
        return "the warnings change while they are read"

    def reopen_day(self, branch: str, on: date, reason: str) -> str:
        """Open a closed date for corrections; or why not."""
        site = self.scene.chain.sites[branch]
        try:
            with site.disk.feeds.begin() as connection:
                now = site.clock()
                fact = days.reopen_day(connection, branch, on, f"{branch}-M", reason, now)
        except DayError as error:
            return str(error)
        self.scene.state("day.reopened", fact, branch)
        return ""

    def retry(self, name: str) -> int:
        """Try again what was set aside at a branch or headquarters; how much is applied now."""
        return sum(self._each_waiting(name, self._retry))

    def release(self, name: str) -> int:
        """Set down for good what still waits there; how much that is."""
        return sum(self._each_waiting(name, self._release))

    def dismiss_lost(self) -> int:
        """Set down for good what headquarters lost and branches told it; how many records."""
        site = self.scene.chain.hq
        with site.disk.feeds.begin() as connection:
            return sum(
                proposals.dismiss(connection, one, (), ADMIN, "not wanted again", site.clock())
                for one in proposals.bundles(connection)
            )

    def _each_waiting(
        self, name: str, act: Callable[[Connection, str, quarantine.Held, datetime], bool]
    ) -> list[bool]:
        site = self.scene.chain.sites[name]
        relayed = site.kind == "branch"
        with site.disk.feeds.connect() as connection:
            waiting = quarantine.search(connection, quarantine.WAITING, relayed=relayed)
        done: list[bool] = []
        for one in waiting:
            with site.disk.feeds.begin() as connection:
                done.append(act(connection, name, one, site.clock()))
        return done

    @staticmethod
    def _retry(connection: Connection, name: str, one: quarantine.Held, now: datetime) -> bool:
        if not one.may_be_applied:
            return False
        if name in BRANCHES:
            return parked.retry(connection, name, one, f"{name}-M", now) is None
        return hq_parked.retry(connection, one, ADMIN, now) is None

    @staticmethod
    def _release(connection: Connection, name: str, one: quarantine.Held, now: datetime) -> bool:
        if name in BRANCHES:
            parked.release(connection, one, f"{name}-M", "nobody can apply it", now)
        else:
            hq_parked.release(connection, one, ADMIN, "nobody can apply it", now)
        return True
