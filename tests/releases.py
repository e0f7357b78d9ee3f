"""Sites as processes of this release or of an earlier one, whose code comes out of the repository."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ops.demo.processes import answers

ROOT = Path(__file__).parents[1]
#: The last revision of the first release: wire version 1.
FIRST_RELEASE = "6f59b08"


@dataclass(frozen=True)
class Release:
    """The software below a directory, run by this test's interpreter and its libraries."""

    code: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.code)}

    def run(self, directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the product to its end, however that is."""
        return subprocess.run(
            [sys.executable, "-m", "ops", *words], cwd=directory, env=self.environment,
            capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def done(self, directory: Path, *words: str) -> str:
        """Run a command that must succeed, and answer what it printed."""
        ended = self.run(directory, *words)
        assert ended.returncode == 0, f"{words}:\n{ended.stdout}{ended.stderr}"
        return ended.stdout


#: What is tested here.
PRESENT = Release(ROOT)


def unpacked(revision: str, directory: Path) -> Release:
    """The code of an earlier revision, out of the repository's history."""
    packed = subprocess.run(
        ["git", "archive", "--format=tar", revision], cwd=ROOT, capture_output=True, check=False
    )
    if packed.returncode != 0:
        pytest.fail(
            f"the code of revision {revision} is needed to run it beside the present one, and it is "
            "not here: test in a clone with its whole history (`git fetch --unshallow`); an unpacked "
            f"source archive has none. git said: {packed.stderr.decode().strip()}",
            pytrace=False,
        )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(directory, filter="data")
    return Release(directory)


@dataclass
class ServedSite:
    """A site that serves, by one release after the other; its settings are `<name>.toml`."""

    kind: str
    name: str
    directory: Path
    ready: Callable[[], bool]
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, release: Release) -> None:
        """Serve, and return when it answers."""
        with self.log.open("ab") as log:
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "ops", self.kind, "serve", "--settings", f"{self.name}.toml"],
                cwd=self.directory, env=release.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until(lambda: process.poll() is not None or self.ready(), self.log)
        assert process.poll() is None, self.log.read_text("utf-8")

    @property
    def log(self) -> Path:
        return self.directory / f"{self.name}.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """Have it end by itself."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            assert self._process.wait(60) == 0, self.log.read_text("utf-8")


def served(kind: str, name: str, directory: Path, port: int, more: str) -> ServedSite:
    """A site whose settings are written here; its pages tell that it answers."""
    text = f'data = "{name}"\n{more}\n[web]\nport = {port}\n'
    (directory / f"{name}.toml").write_text(text, "utf-8")
    return ServedSite(kind, name, directory, answers(f"http://127.0.0.1:{port}"))


def until(holds: Callable[[], bool], log: Path, seconds: float = 120.0) -> None:
    """Wait until something holds, or fail with the end of a log."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            told = "\n".join(log.read_text("utf-8").splitlines()[-30:])
            pytest.fail(f"it did not come to hold; the end of {log}:\n{told}")
        time.sleep(0.05)
