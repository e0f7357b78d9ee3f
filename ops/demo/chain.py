"""The demo's chain: one headquarters, three branches, five lanes each, provisioned as a person would.

Everything goes through the product's own command: founding, one-time tokens, enrolment, `serve`.
Nothing here touches a database. All of it lives below one directory and ends with the demo.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ops.demo.processes import (
    DemoError,
    SiteProcess,
    answers,
    chainwright,
    free_port,
    stop_left_over,
    wait_until,
)
from ops.demo.staff import staff
from ops.demo.stores import BRANCHES, LANES
from ops.soak.line import Line
from pos_frontend.screen.client import TillClient

ADMINISTRATOR = "HQ-ADMIN"
NEAR, FAR = "near", "far"
#: The branch group that the mid-day change goes to, and the branches outside it.
GROUPS = {branch: FAR if branch == BRANCHES[-1] else NEAR for branch in BRANCHES}
#: The branch whose line can be cut.
CUT = BRANCHES[1]
PINS = {one.operator: one.pin for one in staff()}


def lane_name(branch: str, lane: int) -> str:
    """The site name of a branch's lane."""
    return f"{branch}.{lane:02d}"


@dataclass
class Chain:
    """The processes of the chain, their addresses, and the lines that can be cut.

    A `line` lies between the branch CUT and headquarters; with `all_lines`, one between every site
    and its parent: they are in `lines` by the site.
    """

    directory: Path
    clock: Path
    lanes_each: int = LANES
    branches: tuple[str, ...] = BRANCHES
    all_lines: bool = False
    sites: dict[str, SiteProcess] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    line: Line | None = None
    lines: dict[str, Line] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _closing: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self._closing.callback(self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    @property
    def lanes(self) -> list[str]:
        """The names of all lanes."""
        return [
            lane_name(branch, lane)
            for branch in self.branches
            for lane in range(1, self.lanes_each + 1)
        ]

    def found_headquarters(self) -> None:
        """Found headquarters and serve it."""
        port = free_port(8470)
        self._settings("hq", port, 'currency = "USD"\ntitle = "Chainwright demo"\n')
        who = ["--operator", ADMINISTRATOR, "--password", PINS[ADMINISTRATOR]]
        self.hq("init", *who)
        self._serve("hq", "hq", port)
        if not self.all_lines:
            self.line = self._closing.enter_context(Line("127.0.0.1", port))

    def hq(self, *arguments: str) -> str:
        """Run `chainwright hq …` and answer what it printed."""
        return chainwright(["hq", *arguments, "--settings", "hq.toml"], self.directory)

    def introduce_branch(self, branch: str) -> None:
        """Make a branch known at headquarters."""
        self.hq(
            "branch", branch, "--name", f"Branch {branch}", "--zone", "America/New_York",
            "--group", GROUPS[branch], "--operator", ADMINISTRATOR,
        )  # fmt: skip

    def enrol_branch(self, branch: str) -> None:
        """Enrol a branch's server, serve it, and have it issue its lanes' tokens."""
        token = self.hq("token", branch, "--operator", ADMINISTRATOR).split()[-1]
        port = free_port(8480 + int(branch[-1]))
        parent = self.line.address if branch == CUT and self.line else self._parent(branch, "hq")
        self._settings(branch, port, f'parent = "{parent}"\n')
        settings = ["--settings", f"{branch}.toml"]
        chainwright(["branch", "enrol", "--token", token, *settings], self.directory)
        self._serve(branch, "branch", port)
        lanes = [lane for lane in self.lanes if lane.startswith(f"{branch}.")]
        issued = chainwright(["branch", "token", *lanes, *settings], self.directory)
        self._tokens.update(zip(lanes, issued.split(), strict=True))

    def enrol_lane(self, lane: str) -> None:
        """Enrol a lane at its branch and serve it."""
        branch = lane.partition(".")[0]
        port = free_port(8500 + 10 * int(branch[-1]) + int(lane[-1]))
        parent = self._parent(lane, branch)
        self._settings(lane, port, f'parent = "{parent}"\nlanguage = "en"\n')
        token = ["--token", self._tokens[lane], "--settings", f"{lane}.toml"]
        chainwright(["lane", "enrol", *token], self.directory)
        self._serve(lane, "lane", port, self._till_answers(lane))

    def till(self, lane: str) -> Path:
        """Where a lane tells how its till is reached."""
        return self.directory / lane / "till.json"

    def wait_sent(self, lane: str) -> None:
        """Return when a lane's branch has everything that the lane committed."""

        def sent() -> bool:
            known = json.loads(self.till(lane).read_text(encoding="utf-8"))
            with TillClient(known["url"], known["token"]) as till:
                return bool(till.state["status"]["unsent"] == 0)

        wait_until(f"{lane} has sent everything", sent)

    def restart(self, name: str) -> None:
        """Start a site again after it was killed."""
        self.sites[name].start()
        self.sites[name].wait_ready()

    def in_parallel(self, act: Callable[[str], None], names: Iterable[str]) -> None:
        """Do the same at several sites at once; the first failure is raised."""
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(act, names))

    def _parent(self, site: str, parent: str) -> str:
        """Where a site finds its parent."""
        if not self.all_lines:
            return self.addresses[parent]
        port = int(self.addresses[parent].rpartition(":")[2])
        self.lines[site] = self._closing.enter_context(Line("127.0.0.1", port, seed=port))
        return self.lines[site].address

    def _settings(self, name: str, port: int, more: str) -> None:
        # Nights pass in seconds here: let the sites verify themselves once a week.
        night = "" if name == "hq" else "\n[verify]\nevery_hours = 168\n"
        text = f'data = "{name}"\n{more}\n[web]\nport = {port}\n\n[clock]\nfile = "{self.clock}"\n{night}'
        (self.directory / f"{name}.toml").write_text(text, encoding="utf-8")
        self.addresses[name] = f"http://127.0.0.1:{port}"

    def _serve(
        self, name: str, kind: str, port: int, ready: Callable[[], bool] | None = None
    ) -> None:
        arguments: Sequence[str] = [kind, "serve", "--settings", f"{name}.toml"]
        look = ready or answers(f"http://127.0.0.1:{port}")
        site = SiteProcess(name, arguments, self.directory, look)
        self.sites[name] = site
        site.start()
        site.wait_ready()

    def _till_answers(self, lane: str) -> Callable[[], bool]:
        def look() -> bool:
            try:
                known = json.loads(self.till(lane).read_text(encoding="utf-8"))
            except (FileNotFoundError, json.JSONDecodeError):
                return False
            return bool(known["pid"] == self.sites[lane].pid) and answers(known["url"])()

        return look

    def _stop(self) -> None:
        """Stop lanes, then branches, then headquarters, and make sure that nothing is left."""
        failures: list[DemoError] = []
        for tier in (self.lanes, list(self.branches), ["hq"]):
            sites = [self.sites[name] for name in tier if name in self.sites]
            for site in sites:
                site.ask_to_stop()
            for site in sites:
                try:
                    site.wait_stopped()
                except DemoError as error:
                    failures.append(error)
        if left := stop_left_over(self.directory):
            names = ", ".join(left)
            failures.append(DemoError(f"these processes were left and had to be killed: {names}"))
        if failures:
            raise failures[0]
