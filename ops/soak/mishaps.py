"""What befalls the sites besides bad lines, and what the model is told of it.

mishap                 what is done
killed                 the process ends between two steps, and is started again
killed mid-step        it ends at some statement or commit of what it does next
database error         the same, and the process lives on
down for hours         it ends, and is started in the evening
line dead, line flaps  no call gets through until the evening; every other one
… restored             the disk holds an older backup; the mark beside it stays
image restored         the mark is as old as the backup
… replaced             the disk holds nothing, and the site is enrolled on it with a new key
poison                 a lane writes an entry that nobody can apply
clock jump             until the evening a clock is wrong, by hours or by years
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ops.soak.cashiers import Cashiers
from ops.soak.chain import BASE, BRANCHES, HQ
from ops.soak.compare import Site, take_stock
from ops.soak.faults import Mishap, MishapKind
from ops.soak.model import FactId
from ops.soak.prices import Master
from ops.soak.scene import Scene

_MOST_BACKUPS = 2
_WITHIN = 60
_LANE_JUMPS = (
    timedelta(hours=-3), timedelta(hours=5), timedelta(days=-9), timedelta(days=365 * 3),
)  # fmt: skip
_BRANCH_JUMPS = (timedelta(hours=1), timedelta(hours=3))
_LONG = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup of a site's disk: its name, what it holds, what headquarters said then, and whether a lane
    had yet to load it.
    """

    name: str
    facts: frozenset[FactId]
    mark: Path
    master: Master | None
    loading: bool = False


class Mishaps:
    """Befalls the chain, and keeps its backups."""

    def __init__(self, scene: Scene, cashiers: Cashiers, counts: Counter[str]) -> None:
        self._scene = scene
        self._cashiers = cashiers
        self._counts = counts
        self._backups: dict[str, list[Backup]] = {
            name: [self._base(name)] for name in scene.chain.sites
        }
        self._made = 0
        self._flapping: set[str] = set()
        self._unheard_since: dict[str, datetime] = {}
        #: Sites that stay down until the evening.
        self.down: set[str] = set()
        #: Lanes on a new disk, which cannot sell before they have loaded it.
        self.loading: set[str] = set()

    def befall(self, mishap: Mishap) -> str:
        """Let it happen; in words, what it did."""
        self._counts[mishap.kind] += 1
        with self._scene.chain.untouched():
            return self._ACTS[mishap.kind](self, mishap.site)

    def step(self) -> None:
        """A quarter of an hour of lines that flap."""
        for name in sorted(self._flapping):
            self._cut(name, dead=self._scene.random.random() < 0.5)

    def end_of_day(self) -> None:
        """In the evening lines and machines are mended, and clocks set."""
        for name in self._scene.chain.children:
            self._cut(name, dead=False)
        self._flapping.clear()
        self.down.clear()
        self._unheard_since.clear()
        self._scene.chain.time.wrong.clear()

    def heal(self) -> None:
        """Nothing more happens from here on."""
        self.end_of_day()
        for site in self._scene.chain.sites.values():
            site.tripwire.disarm()

    def unheard_all_day(self) -> list[str]:
        """Branches that headquarters could not hear for an hour and more."""
        now = self._scene.chain.time.now
        return [name for name, since in sorted(self._unheard_since.items())
                if name in BRANCHES and now - since > _LONG]  # fmt: skip

    def make_backups(self) -> None:
        """Back some of the sites up, as every night."""
        for name in self._scene.chain.sites:
            if self._scene.random.random() < 0.4 and name not in self._scene.chain.outside:
                self.back_up(name)

    def back_up(self, name: str) -> Backup:
        """Make a backup of a site's disk; the oldest is dropped."""
        self._made += 1
        site = self._scene.chain.sites[name]
        kept = self._backups[name]
        while len(kept) >= _MOST_BACKUPS:
            oldest = kept.pop(0)
            if oldest.name != BASE:
                site.disk.forget(oldest.name)
        backup = f"b{self._made}"
        disk = Site(name, site.disk.journals, site.disk.feeds)
        self._scene.differences += take_stock(self._scene.model, [disk])
        site.disk.keep(backup)
        marks = site.disk.mark.parent / "marks"
        marks.mkdir(exist_ok=True)
        mark = marks / backup
        shutil.copyfile(site.disk.mark, mark)
        master = self._scene.model.master.copy() if name == HQ else None
        facts = frozenset(self._scene.model.disks[name])
        made = Backup(backup, facts, mark, master, loading=name in self.loading)
        kept.append(made)
        return made

    def set_back(
        self, name: str, backup: Backup, *, journal_only: bool = False, image: bool = False
    ) -> str:
        """Put a backup in the place of a site's disk."""
        lost = self._lose(name, backup.facts)
        site = self._scene.chain.sites[name]
        self._scene.chain.outside.discard(name)
        if backup.loading:
            self.loading.add(name)
        site.disk.put_back(backup.name, journal_only=journal_only)
        if image:
            shutil.copyfile(backup.mark, site.disk.mark)
        if backup.master is not None:
            self._scene.model.master = backup.master.copy()
        self._scene.chain.acquaint(name)
        return f"to {backup.name}, lost with it: {sorted(lost)}"

    def replace(self, name: str) -> str:
        """Put an empty disk in the place of a site's, which is enrolled as soon as its parent lets it in."""
        lost = self._lose(name, frozenset())
        self._scene.chain.take_away(name)
        self._scene.model.renewed.add(name)
        if "." in name:
            self.loading.add(name)
        return f"lost with it: {sorted(lost)}"

    def _lose(self, name: str, to: frozenset[FactId]) -> set[FactId]:
        """What the model thinks of a disk that is gone; every disk is looked at before."""
        sites = [
            Site(one, site.disk.journals, site.disk.feeds)
            for one, site in self._scene.chain.sites.items()
        ]
        self._scene.chain.fall(name)
        self._scene.differences += take_stock(self._scene.model, sites)
        return self._scene.model.set_back(name, to)

    def _base(self, name: str) -> Backup:
        site = self._scene.chain.sites[name]
        master = self._scene.model.master.copy() if name == HQ else None
        return Backup(BASE, frozenset(), self._scene.chain.base_mark(site.name), master)

    def _cut(self, name: str, *, dead: bool) -> None:
        line = self._scene.chain.sites[name].line
        if line is not None:
            line.down = dead

    # --- one method for each ---

    def _kill(self, name: str) -> str:
        self._scene.chain.fall(name)
        return "between two steps"

    def _kill_mid_step(self, name: str) -> str:
        after = self._scene.random.randrange(_WITHIN)
        self._scene.chain.sites[name].tripwire.arm("kill", after)
        return f"at statement {after} from now"

    def _fail_database(self, name: str) -> str:
        after = self._scene.random.randrange(_WITHIN)
        self._scene.chain.sites[name].tripwire.arm("error", after)
        return f"at statement {after} from now"

    def _keep_down(self, name: str) -> str:
        self._scene.chain.fall(name)
        self.down.add(name)
        if name in BRANCHES:
            self._unheard_since.setdefault(name, self._scene.chain.time.now)
        return "until the evening"

    def _cut_line(self, name: str) -> str:
        self._cut(name, dead=True)
        self._flapping.discard(name)
        self._unheard_since.setdefault(name, self._scene.chain.time.now)
        return "until the evening"

    def _flap(self, name: str) -> str:
        if name not in self._unheard_since:
            self._flapping.add(name)
        return "until the evening"

    def _restore(self, name: str) -> str:
        return self.set_back(name, self._scene.random.choice(self._backups[name]))

    def _restore_journal(self, name: str) -> str:
        return self.set_back(
            name, self._scene.random.choice(self._backups[name]), journal_only=True
        )

    def _restore_image(self, name: str) -> str:
        return self.set_back(name, self._scene.random.choice(self._backups[name]), image=True)

    def _poison(self, lane: str) -> str:
        self._made += 1
        if lane in self._scene.chain.outside:
            return "not before it is enrolled"
        return self._cashiers.poison(lane, self._made)

    def _jump(self, name: str) -> str:
        by = self._scene.random.choice(_BRANCH_JUMPS if name in BRANCHES else _LANE_JUMPS)
        self._scene.chain.time.wrong[name] = by
        return f"by {by}"

    _ACTS: dict[MishapKind, Callable[[Mishaps, str], str]] = {  # noqa: RUF012 - never changed
        "killed": _kill,
        "killed mid-step": _kill_mid_step,
        "database error": _fail_database,
        "down for hours": _keep_down,
        "line dead": _cut_line,
        "line flaps": _flap,
        "lane restored": _restore,
        "lane journal restored": _restore_journal,
        "lane replaced": replace,
        "branch restored": _restore,
        "branch replaced": replace,
        "image restored": _restore_image,
        "headquarters restored": _restore,
        "poison": _poison,
        "clock jump": _jump,
    }
