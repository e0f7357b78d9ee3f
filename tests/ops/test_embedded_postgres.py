"""The private PostgreSQL: each row of the module's table, on real servers and real signals."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil
import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from ops.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

T = TypeVar("T")

OWNER = """
import sys, time
from pathlib import Path
from ops.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    """Give a directory of its own, whose server is stopped and whose files are gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix="cw-"))
    yield made / "site"
    EmbeddedPostgres(made / "site").stop()
    shutil.rmtree(made)


def query(server: EmbeddedPostgres, statement: str) -> str:
    with server.administration() as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return str(row[0])


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def eventually(look: Callable[[], T | None], seconds: float = 10.0) -> T:
    limit = time.monotonic() + seconds
    while True:
        try:
            if (seen := look()) is not None:
                return seen
        except (psycopg.OperationalError, OSError, IndexError):
            pass
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.02)


def recovered_from(server: EmbeddedPostgres, killed: int) -> int | None:
    new = postmaster(server)
    query(server, "SELECT 1")
    return new if new != killed else None


def test_first_start_is_quick_private_and_durable(directory: Path) -> None:
    began = time.monotonic()
    with EmbeddedPostgres(directory) as server:
        # Generous for a busy machine; a quiet one needs half a second.
        assert time.monotonic() - began < 10
        assert server.is_running()
        shown = {
            name: query(server, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "listen_addresses", "server_encoding")
        }
        assert shown == {
            "fsync": "on",
            "synchronous_commit": "on",
            "listen_addresses": "",
            "server_encoding": "UTF8",
        }
        assert query(server, "SHOW server_version").startswith("18.")
        assert server.socket_directory.stat().st_mode & 0o077 == 0
        assert server.data.stat().st_mode & 0o077 == 0
        collation = (
            "SELECT concat(datlocprovider, datlocale) FROM pg_database WHERE datname = 'template1'"
        )
        assert query(server, collation) == "bC.UTF-8"
    assert not server.is_running()


def test_data_survives_a_stop_and_the_url_is_for_sqlalchemy(directory: Path) -> None:
    for visit in (1, 2):
        with EmbeddedPostgres(directory) as server:
            server.ensure_database("总部 100%")
            server.ensure_database("总部 100%")
            engine = create_engine(server.dsn("总部 100%"))
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE IF NOT EXISTS visits (n int)"))
                connection.execute(text("INSERT INTO visits VALUES (:n)"), {"n": visit})
                seen = connection.execute(text("SELECT array_agg(n) FROM visits")).scalar_one()
            engine.dispose()
    assert seen == [1, 2]


def test_nothing_is_left_after_stop(directory: Path) -> None:
    server = EmbeddedPostgres(directory)
    server.start()
    server.start()  # the second asks for what is there
    family = psutil.Process(postmaster(server)).children(recursive=True)
    assert family
    server.stop()
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family)
    assert list(server.socket_directory.iterdir()) == []
    server.stop()


def test_a_long_path_gets_a_short_socket(directory: Path) -> None:
    deep = directory / ("深" * 40) / "site"
    server = EmbeddedPostgres(deep)
    assert len(os.fsencode(server.socket_directory / ".s.PGSQL.5432")) < 100
    assert server.socket_directory == EmbeddedPostgres(deep).socket_directory
    try:
        with server:
            assert query(server, "SELECT 1") == "1"
    finally:
        shutil.rmtree(server.socket_directory, ignore_errors=True)


def test_a_socket_directory_that_somebody_else_made_is_refused(directory: Path) -> None:
    server = EmbeddedPostgres(directory)
    directory.mkdir()
    elsewhere = directory / "elsewhere"
    elsewhere.mkdir()
    server.socket_directory.symlink_to(elsewhere)
    with pytest.raises(EmbeddedPostgresError, match="not a directory of this user"):
        server.start()
    server.socket_directory.unlink()


def test_a_killed_postmaster_is_restarted_and_the_pool_reconnects(directory: Path) -> None:
    with EmbeddedPostgres(directory) as server:
        engine = create_engine(server.dsn("postgres"), pool_pre_ping=True)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 42 AS n"))
        killed = postmaster(server)
        began = time.monotonic()
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: recovered_from(server, killed))
        assert time.monotonic() - began < 5
        with engine.begin() as connection:
            assert connection.execute(text("SELECT n FROM kept")).scalar_one() == 42
        engine.dispose()


def test_an_orphan_in_a_long_query_does_not_block_the_restart(directory: Path) -> None:
    with EmbeddedPostgres(directory) as server:
        # Computes without ever waiting, so that it does not notice its postmaster's end.
        busy = "SELECT count(*) FROM generate_series(1, 20000) a, generate_series(1, 1000000) b"
        ended: list[Exception] = []

        def compute() -> None:
            try:
                query(server, busy)
            except psycopg.OperationalError as error:
                ended.append(error)

        client = threading.Thread(target=compute)
        client.start()
        active = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%generate_series(1, 20000)%'"
        )
        active += " AND pid <> pg_backend_pid()"
        eventually(lambda: query(server, active) != "0" or None)
        killed = postmaster(server)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: recovered_from(server, killed))
        client.join(10)
        assert len(ended) == 1


def test_postmaster_killed_again_and_again(directory: Path) -> None:
    with EmbeddedPostgres(directory) as server:
        for _ in range(5):
            killed = postmaster(server)
            os.kill(killed, signal.SIGKILL)
            eventually(lambda killed=killed: recovered_from(server, killed))  # type: ignore[misc]


@pytest.mark.parametrize("server_too", [False, True], ids=["server lives on", "both killed"])
def test_the_next_start_after_a_killed_site(directory: Path, server_too: bool) -> None:
    command = [sys.executable, "-c", OWNER, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        next_owner = EmbeddedPostgres(directory)
        assert next_owner.is_running()
        before = postmaster(next_owner)
        query(next_owner, "SELECT 1")
        owner.kill()
    if server_too:
        os.kill(before, signal.SIGKILL)
    with next_owner:
        assert query(next_owner, "SELECT 1") == "1"
        assert (postmaster(next_owner) == before) is not server_too
        # Adopted or not, it is watched.
        killed = postmaster(next_owner)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: recovered_from(next_owner, killed))
    assert not next_owner.is_running()


def test_a_second_owner_is_told_who_the_first_is(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.embedded_postgres.owner._WAIT", 0.2)
    with EmbeddedPostgres(directory) as server:
        for act in (EmbeddedPostgres(directory).start, EmbeddedPostgres(directory).stop):
            with pytest.raises(EmbeddedPostgresError, match=f"belongs to process {os.getpid()}"):
                act()
        assert server.is_running()


def test_a_lock_file_with_a_strangers_process_number_is_no_server(directory: Path) -> None:
    with EmbeddedPostgres(directory) as server:
        lines = (server.data / "postmaster.pid").read_text().splitlines()
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert not server.is_running()
    with server:
        assert query(server, "SELECT 1") == "1"


def test_a_half_made_cluster_is_made_again(directory: Path) -> None:
    (directory / "data.new" / "base").mkdir(parents=True)
    with EmbeddedPostgres(directory) as server:
        assert query(server, "SELECT 1") == "1"


def test_a_failure_shows_the_log_and_its_path(directory: Path) -> None:
    server = EmbeddedPostgres(directory, {"shared_buffers": "a lot"})
    with pytest.raises(EmbeddedPostgresError) as caught:
        server.start()
    assert str(server.log_file) in str(caught.value)
    assert "shared_buffers" in str(caught.value)


def test_the_supervisor_keeps_trying(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedPostgres(directory) as server:
        killed = postmaster(server)
        os.kill(killed, signal.SIGKILL)
        broken = server.data / "global" / "pg_control"
        content = broken.read_bytes()
        owner = broken.stat()
        broken.unlink()
        time.sleep(0.8)
        broken.write_bytes(content)
        os.chown(broken, owner.st_uid, owner.st_gid)
        eventually(lambda: recovered_from(server, killed))


def test_private_options_are_not_for_sale(directory: Path) -> None:
    with pytest.raises(ValueError, match="listen_addresses"):
        EmbeddedPostgres(directory, {"listen_addresses": "*"})


def test_the_server_away_is_an_operational_error(directory: Path) -> None:
    with EmbeddedPostgres(directory) as server:
        pass
    with pytest.raises(OperationalError):
        create_engine(server.dsn("postgres")).connect()
