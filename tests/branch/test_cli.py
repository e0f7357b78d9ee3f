"""The commands of a branch as processes: enrolled over http, serving its lanes, ending in order."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import uvicorn
from sqlalchemy import Engine, select
from starlette.applications import Starlette

from replication import enrolment, identity
from replication.apply import Inbound
from replication.identity import Identity
from replication.parent import Parent
from replication.streams import branch_feed
from replication.transport.http import HttpTransport
from replication.transport.http_server import LinkServer
from schemas.tables.base import open_postgres
from schemas.tables.link import peer
from tests.branch.shop import CODE, MakeDatabase

NOW = datetime.now(UTC)
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@dataclass
class Site:
    """A branch's machine: its settings file, its database, and its command line."""

    settings: Path
    dsn: str
    port: int

    @property
    def put_away(self) -> Path:
        return self.settings.parent / "put-away"

    def argv(self, *command: str) -> list[str]:
        module = [sys.executable, "-m", "tests.branch.serve_for_test", self.dsn, str(self.put_away)]
        return [*module, *command, "--settings", str(self.settings)]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(*command), cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture
def headquarters(hq_database: str) -> Iterator[tuple[str, Engine]]:
    """Give the address of a headquarters that serves its link, and its database."""
    engine = open_postgres(hq_database)
    chain = Identity("hq", "hq", None, identity.new_private_key(), secrets={"member_key": "00"})
    with engine.begin() as connection:
        identity.establish(connection, chain)
    parent = Parent(engine, chain, Inbound(lambda _connection, _arrivals: None, lambda: NOW))
    app = Starlette(routes=LinkServer(parent).routes())
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}", engine
    server.should_exit = True
    thread.join()
    engine.dispose()


@pytest.fixture
def site(headquarters: tuple[str, Engine], new_database: MakeDatabase, tmp_path: Path) -> Site:
    """Give a machine with settings and an empty database."""
    port = free_port()
    settings = tmp_path / "branch.toml"
    settings.write_text(
        f'data = "data"\nparent = "{headquarters[0]}"\n[web]\nport = {port}\n', encoding="utf-8"
    )
    return Site(settings, new_database("branch"), port)


def issue(engine: Engine, code: str = CODE) -> str:
    with engine.begin() as connection:
        return enrolment.issue(connection, code, [branch_feed(code)], NOW, timedelta(hours=1))


@contextmanager
def serving(site: Site) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        site.argv("serve"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx2.get(f"http://127.0.0.1:{site.port}/sign-in")
                break
            except httpx2.TransportError:
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_branch_is_enrolled_once_and_its_key_is_known_at_both_ends(
    site: Site, headquarters: tuple[str, Engine]
) -> None:
    token = issue(headquarters[1])
    done = site.run("enrol", "--token", token)
    assert done.returncode == 0, done.stderr
    assert CODE in done.stdout
    assert not list((site.settings.parent / "data").glob("enrolment*"))
    engine = open_postgres(site.dsn)
    with engine.connect() as connection, headquarters[1].connect() as above:
        own = identity.load(connection)
        assert above.execute(select(peer.c.public_key)).scalar_one() == own.public_key
        assert connection.execute(select(peer.c.site)).scalar_one() == "hq"
    assert (own.site, own.kind, own.parent, own.secrets) == (
        CODE,
        "branch",
        "hq",
        {"member_key": "00"},
    )
    engine.dispose()
    again = site.run("enrol", "--token", issue(headquarters[1], "N002"))
    assert again.returncode == 1
    assert f"belongs to {CODE} already" in again.stderr


def test_a_wrong_token_is_refused_in_one_line_and_the_right_one_works_afterwards(
    site: Site, headquarters: tuple[str, Engine]
) -> None:
    refused = site.run("enrol", "--token", "abc.def")
    assert refused.returncode == 1
    assert refused.stderr.strip() == "this token is not valid here: ask for a new one"
    assert site.run("enrol", "--token", issue(headquarters[1])).returncode == 0


def test_a_silent_headquarters_is_told_and_the_token_is_not_lost(
    site: Site, headquarters: tuple[str, Engine]
) -> None:
    token = issue(headquarters[1])
    silent = site.run("enrol", "--token", token, "--parent", f"http://127.0.0.1:{free_port()}")
    assert silent.returncode == 1
    assert "no answer from" in silent.stderr
    assert site.run("enrol", "--token", token).returncode == 0


def test_a_start_without_enrolment_or_with_wrong_settings_says_what_to_do(site: Site) -> None:
    bare = site.run("serve")
    assert bare.returncode == 1
    assert "belongs to no site yet" in bare.stderr
    site.settings.write_text('data = "data"\nparant = "http://hq"\n', encoding="utf-8")
    wrong = site.run("serve")
    assert wrong.returncode == 1
    assert "did you mean 'parent'" in wrong.stderr


def test_a_served_branch_admits_a_lane_by_its_token_and_ends_in_order(
    site: Site, headquarters: tuple[str, Engine]
) -> None:
    assert site.run("enrol", "--token", issue(headquarters[1])).returncode == 0
    token = site.run("token", f"{CODE}.01")
    assert token.returncode == 0, token.stderr
    wrong = site.run("token", "N002.01")
    assert wrong.returncode == 1
    assert "is no lane of N001" in wrong.stderr
    with serving(site) as process:
        transport = HttpTransport(f"http://127.0.0.1:{site.port}", None)
        key = identity.new_private_key()
        lane = Identity("", "lane", None, key)
        answer = transport.enrol(enrolment.ask(token.stdout.strip(), lane.public_key))
        admitted = enrolment.accept(token.stdout.strip(), lane.public_key, answer)
        assert (admitted.site, admitted.parent) == (f"{CODE}.01", CODE)
        assert admitted.roots == (f"feed:branch:{CODE}", f"feed:local:{CODE}")
        transport.close()
        site.put_away.unlink(missing_ok=True)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert time.monotonic() - started < 10
    assert site.put_away.exists()


def test_a_taken_port_is_named(site: Site, headquarters: tuple[str, Engine]) -> None:
    assert site.run("enrol", "--token", issue(headquarters[1])).returncode == 0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", site.port))
        taken.listen()
        refused = site.run("serve")
    assert refused.returncode == 1
    assert f"cannot listen on 127.0.0.1:{site.port}" in refused.stderr


def test_revoking_a_lane_needs_a_lane_that_is_there(
    site: Site, headquarters: tuple[str, Engine]
) -> None:
    assert site.run("enrol", "--token", issue(headquarters[1])).returncode == 0
    refused = site.run("revoke", f"{CODE}.07", "--reason", "stolen")
    assert refused.returncode == 1
    assert f"{CODE}.07 is not enrolled here" in refused.stderr
    unknown = site.run("shut-out", f"{CODE}.07", "a-copy", "--reason", "the old disk")
    assert unknown.returncode == 1
    assert "never said hello as “a-copy”" in unknown.stderr
    assert site.run("copies").stdout == ""
