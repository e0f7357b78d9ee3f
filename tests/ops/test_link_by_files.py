"""A chain whose branch has no http to headquarters: over sftp, then with a stick, as it is typed."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from typer.testing import CliRunner, Result

from ops.cli import app
from schemas.tables.kinds import DatabaseKind
from schemas.tables.link import position, site_status
from tests.hq.test_cli import free_port

Run = Callable[..., Result]


@pytest.fixture
def files(new_database: Callable[[DatabaseKind], str], tmp_path: Path) -> dict[str, Path]:
    """Give the settings files of both sites, the branch's still with http."""
    hq_port = free_port()
    hq = tmp_path / "hq.toml"
    hq.write_text(
        f'data = "hq"\ndsn = "{new_database("hq")}"\n[web]\nport = {hq_port}\n'
        f"[sftp]\nport = {free_port()}\n"
    )
    branch = tmp_path / "branch.toml"
    branch.write_text(
        f'data = "branch"\ndsn = "{new_database("branch")}"\n'
        f'parent = "http://127.0.0.1:{hq_port}"\n[web]\nport = {free_port()}\n'
    )
    return {"hq": hq, "branch": branch}


@pytest.fixture
def run(files: dict[str, Path]) -> Run:
    def call(site: str, *words: str) -> Result:
        return CliRunner().invoke(app, [site, *words, "--settings", str(files[site])])

    return call


@contextmanager
def serving(site: str, settings: Path) -> Iterator[None]:
    """The site as a process."""
    code = "from ops.cli import main; main()"
    command = [sys.executable, "-c", code, site, "serve", "--settings", str(settings)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert b"serves http" in process.stdout.readline()
        yield
        process.terminate()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_branch_lives_over_sftp_and_goes_on_by_stick(
    run: Run, files: dict[str, Path], tmp_path: Path
) -> None:
    assert run("hq", "init", "--operator", "ADMIN", "--password", "secret1").exit_code == 0
    words = ("branch", "N001", "--name", "First", "--zone", "Asia/Shanghai")
    assert run("hq", *words, "--operator", "ADMIN").exit_code == 0
    token = run("hq", "token", "N001", "--operator", "ADMIN").stdout.strip()
    with serving("hq", files["hq"]):
        assert run("branch", "enrol", "--token", token).exit_code == 0
        host_key = run("hq", "sftp", "host-key").stdout.strip()
        port = files["hq"].read_text().rsplit("=", 1)[1].strip()
        with files["branch"].open("a") as settings:
            settings.write(
                '[[link.ways]]\ntransport = "sftp"\n'
                f'[link.ways.sftp]\nhost = "127.0.0.1"\nport = {port}\n'
                f'host_key = "{host_key}"\nlook = 0.2\n'
            )
        with serving("branch", files["branch"]):
            _until(files["hq"], lambda rows: rows == ["N001"])
            _until(files["branch"], lambda rows: len(rows) > 0, of="position")
        exchanged = run("branch", "exchange", "--way", "sftp")
        assert (exchanged.exit_code, "exchanged by sftp" in exchanged.stdout) == (0, True)
        unknown = run("branch", "exchange", "--way", "pigeon")
        assert (unknown.exit_code, "there are sftp" in unknown.stderr) == (1, True)
    assert run("hq", "sftp", "authorized-key", "N001").stdout.startswith("ssh-ed25519 AAAA")
    assert run("hq", "sftp", "authorized-key", "N009").exit_code == 1
    stick = tmp_path / "stick"
    stick.mkdir()
    early = run("hq", "courier", "exchange", str(stick))
    assert (early.exit_code, "carries no letters" in early.stderr) == (1, True)
    packed = run("branch", "courier", "pack", str(stick))
    assert (packed.exit_code, "3 letters" in packed.stdout) == (0, True), packed.output
    taken = run("hq", "courier", "exchange", str(stick))
    assert (taken.exit_code, "N001: 3 letters taken" in taken.stdout) == (0, True), taken.output
    twice = run("hq", "courier", "exchange", str(stick))
    assert (twice.exit_code, "were taken before" in twice.stderr) == (1, True)
    back = run("branch", "courier", "unpack", str(stick))
    assert (back.exit_code, "batches of feeds applied" in back.stdout) == (0, True), back.output
    again = run("branch", "courier", "unpack", str(stick))
    assert (again.exit_code, "was unpacked before" in again.stdout) == (0, True)


def _until(settings: Path, holds: Callable[[list[str]], bool], of: str = "status") -> None:
    """Wait until what came over the link shows in a site's database."""
    engine = create_engine(settings.read_text().split('dsn = "')[1].split('"')[0])
    query = select(site_status.c.site) if of == "status" else select(position.c.stream)
    while True:
        with engine.connect() as connection:
            if holds(list(connection.execute(query).scalars())):
                break
        time.sleep(0.1)
    engine.dispose()


def test_a_branch_over_sftp_must_be_told_where(run: Run, files: dict[str, Path]) -> None:
    kept = files["branch"].read_text()
    files["branch"].write_text(f'{kept}[[link.ways]]\ntransport = "sftp"\n')
    told = run("branch", "serve")
    assert told.exit_code == 1
    assert "say where under [link.ways.sftp]" in told.stderr
    files["branch"].write_text(
        f'{kept}[[link.ways]]\ntransport = "sftp"\n'
        '[link.ways.sftp]\nhost = "10.8.0.1"\nhost_key = "AAAA"\n'
    )
    told = run("branch", "serve")
    assert "a line of known_hosts, or SHA256:" in told.stderr


def test_an_sftp_port_that_is_taken_is_told_as_such(run: Run, files: dict[str, Path]) -> None:
    assert run("hq", "init", "--operator", "ADMIN", "--password", "secret1").exit_code == 0
    port = int(files["hq"].read_text().rsplit("=", 1)[1])
    with socket.create_server(("127.0.0.1", port)):
        refused = run("hq", "serve")
    assert refused.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in refused.stderr


def test_headquarters_without_a_letter_box_needs_none(
    run: Run, files: dict[str, Path], tmp_path: Path
) -> None:
    text = files["hq"].read_text()
    files["hq"].write_text(text[: text.index("[sftp]")])
    assert run("hq", "init", "--operator", "ADMIN", "--password", "secret1").exit_code == 0
    with serving("hq", files["hq"]):
        assert not (tmp_path / "hq" / "letters").exists()
