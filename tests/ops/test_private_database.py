"""Commands of one site share its private server: none loses it while it works."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from ops.embedded_postgres import EmbeddedPostgres
from ops.embedded_postgres.guests import Guests
from ops.private_database import provide

OWNER = """
import sys
from dataclasses import dataclass
from pathlib import Path
from ops.private_database import provide

@dataclass
class Site:
    data: Path
    dsn: None = None

with provide(Site(Path(sys.argv[1]))):
    print("ready", flush=True)
    sys.stdin.readline()
"""


@dataclass
class Site:
    data: Path
    dsn: str | None = None


@pytest.fixture
def site() -> Iterator[Site]:
    made = Path(tempfile.mkdtemp(prefix="cw-"))
    yield Site(made)
    EmbeddedPostgres(made / "postgres").stop()
    shutil.rmtree(made)


def test_a_command_keeps_the_server_that_another_starts_and_stops(site: Site) -> None:
    server = EmbeddedPostgres(site.data / "postgres")
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(site.data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout
        while not server.is_owned():
            time.sleep(0.01)
        # It is only starting yet.
        with provide(site) as dsn, psycopg.connect(dsn.replace("+psycopg", "")) as connection:
            assert owner.stdout.readline() == "ready\n"
            with pytest.raises(subprocess.TimeoutExpired):
                owner.communicate("end\n", timeout=1.0)
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert owner.wait(30) == 0


def test_whoever_comes_while_a_server_is_stopped_waits(tmp_path: Path) -> None:
    guests = Guests(tmp_path)
    came = threading.Event()

    def come() -> None:
        with guests.staying():
            came.set()

    with guests.gone():
        late = threading.Thread(target=come)
        late.start()
        assert not came.wait(0.2)
    late.join(10)
    assert came.is_set()


def test_a_guest_that_stays_too_long_is_told_of_and_not_waited_for(tmp_path: Path) -> None:
    guests = Guests(tmp_path)
    begun = time.monotonic()
    with capture_logs() as logs, guests.staying(), guests.gone(patience=0.1):
        assert time.monotonic() - begun >= 0.1
    assert [one["event"] for one in logs] == ["postgres.stopped_under_guests"]
