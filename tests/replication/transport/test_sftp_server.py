"""The own sftp server, tried with OpenSSH's client: what a site may do, and nothing beyond."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from replication.identity import Identity, new_private_key
from replication.transport.letters.box import down, up
from replication.transport.letters.letter import MAX_LETTER_BYTES
from replication.transport.sftp.server import SftpLimits, SftpServer
from schemas.tables.link import peer, refusal
from tests.contract.letters import own_server
from tests.peers.openssh import sftp
from tests.sites import NOON, SmallSite

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def server(hq: SmallSite, site_directory: Path) -> Iterator[SftpServer]:
    with own_server(hq, site_directory, SftpLimits(connections=4, idle=60.0)) as running:
        yield running


@pytest.fixture
def run(server: SftpServer, branch: SmallSite, tmp_path: Path) -> Run:
    """Run OpenSSH's client as the branch, or as another; its exit status and all it said."""

    def client(*commands: str, who: Identity = branch.identity) -> tuple[int, str]:
        done = sftp(server.port, who, tmp_path, list(commands))
        return done.returncode, done.stdout + done.stderr

    return client


def test_put_get_list_rename_and_remove(run: Run, site_directory: Path, tmp_path: Path) -> None:
    (tmp_path / "letter").write_bytes(b"x" * 100_000)
    status, said = run(
        "put letter up/1.part", "rename up/1.part up/1", "ls -l up", "get up/1 back",
        "put letter up/2", "rm up/2", "cd up", "pwd", "ls -l /", "df /",
    )  # fmt: skip
    assert "/up" in said
    assert (tmp_path / "back").read_bytes() == b"x" * 100_000, said
    assert [path.name for path in (site_directory / "box/N001/up").iterdir()] == ["1"]
    assert status in {0, 1}, "df is not offered"


def test_an_upload_and_a_download_go_on_where_they_stopped(
    run: Run, site_directory: Path, tmp_path: Path
) -> None:
    whole = bytes(range(256)) * 1000
    (tmp_path / "letter").write_bytes(whole)
    assert run("ls")[0] == 0
    (up(site_directory / "box", "N001").path / "1.part").write_bytes(whole[:100_000])
    status, said = run("reput letter up/1.part")
    assert (status, (site_directory / "box/N001/up/1.part").read_bytes() == whole) == (0, True), (
        said
    )
    (tmp_path / "back").write_bytes(whole[:50_000])
    status, said = run("reget up/1.part back")
    assert (status, (tmp_path / "back").read_bytes() == whole) == (0, True), said


@pytest.mark.parametrize(
    "command",
    [
        "put letter up/../../N002/up/1",
        "put letter ../N002/up/1",
        "put letter /etc/cron.d/evil",
        "put letter here",
        "put letter up/.hidden",
        "put letter up/deeper/1",
        "put letter down/1",
        "get ../../host.key stolen",
        "get /../host.key stolen",
        "get up/link stolen",
        "put letter up/link",
        "mkdir up/new",
        "mkdir new",
        "rmdir up",
        "ln -s /etc/passwd up/passwd",
        "ln up/mine up/hard",
        "rename up/mine down/mine",
        "rename up/mine ../N002/up/mine",
        "rename down/theirs up/theirs",
        "rm ../../host.key",
        "ls ..",
        "ls /etc",
        "chmod 777 down/theirs",
    ],
)
def test_nothing_outside_its_box_can_be_reached(
    run: Run, site_directory: Path, tmp_path: Path, command: str
) -> None:
    box = site_directory / "box"
    for site in ("N001", "N002"):
        up(box, site).prepare()
        down(box, site).prepare()
    (box / "N001/up/mine").write_text("mine")
    (box / "N001/down/theirs").write_text("theirs")
    (box / "N001/up/link").symlink_to(site_directory / "host.key")
    (tmp_path / "letter").write_text("evil")
    before = _everything(site_directory)
    status, said = run(command)
    assert not (tmp_path / "stolen").exists() or not (tmp_path / "stolen").read_bytes()
    assert _everything(site_directory) == before, said
    # `ls ..` shows the root again, which is as far up as there is.
    assert status != 0 or command == "ls ..", said
    assert "host.key" not in said.replace(command, "") or status != 0


def _everything(place: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_a_file_larger_than_a_letter_is_stopped(
    run: Run, site_directory: Path, tmp_path: Path
) -> None:
    (tmp_path / "large").write_bytes(bytes(MAX_LETTER_BYTES + 1))
    status, said = run("put large up/1")
    assert status != 0, said
    assert (site_directory / "box/N001/up/1").stat().st_size <= MAX_LETTER_BYTES


def test_an_unknown_and_a_revoked_key_do_not_get_in(
    run: Run, hq: SmallSite, branch: SmallSite
) -> None:
    unknown = Identity("N009", "branch", "hq", new_private_key())
    assert run("ls", who=unknown)[0] == 255
    assert run("ls", who=replace(branch.identity, private_key=new_private_key()))[0] == 255
    assert run("ls")[0] == 0
    with hq.feeds.begin() as connection:
        connection.execute(update(peer).where(peer.c.site == "N001").values(revoked=NOON))
    assert run("ls")[0] == 255
    with hq.feeds.connect() as connection:
        counted = connection.execute(select(refusal.c.site, refusal.c.code)).all()
    assert {tuple(row) for row in counted} == {
        ("N009", "unknown_site"), ("N001", "bad_signature"), ("N001", "revoked"),
    }  # fmt: skip


def test_no_shell_and_no_forwarding(server: SftpServer, branch: SmallSite, tmp_path: Path) -> None:
    import paramiko

    from replication.transport.sftp import keys

    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        ssh = paramiko.Transport(raw)
        ssh.start_client(timeout=20)
        ssh.auth_publickey("N001", keys.private(branch.identity.private_key))
        with pytest.raises(paramiko.SSHException):
            ssh.open_session().exec_command("id")
        with pytest.raises(paramiko.ChannelException):
            ssh.open_channel("direct-tcpip", ("127.0.0.1", 5432), ("127.0.0.1", 1))
        ssh.close()


def test_connections_are_limited_and_idle_ones_closed(
    hq: SmallSite, branch: SmallSite, tmp_path: Path, site_directory: Path
) -> None:
    limits = SftpLimits(connections=1, idle=0.3)
    with own_server(hq, site_directory, limits) as server:
        first = socket.create_connection(("127.0.0.1", server.port))
        assert first.recv(4) == b"SSH-"
        second = socket.create_connection(("127.0.0.1", server.port))
        assert second.recv(4) == b"", "there is one place, and it is taken"
        first.close()
        second.close()
        _until_answers(server.port)
        assert _closed_when_idle(server.port, branch)


def _until_answers(port: int) -> None:
    """Until the closed connection's place is free again."""
    while True:
        with socket.create_connection(("127.0.0.1", port)) as one:
            if one.recv(4) == b"SSH-":
                return
        time.sleep(0.05)


def _closed_when_idle(port: int, branch: SmallSite) -> bool:
    import paramiko

    from replication.transport.sftp import keys

    while True:
        raw = socket.create_connection(("127.0.0.1", port))
        ssh = paramiko.Transport(raw)
        try:
            ssh.start_client(timeout=20)
        except (paramiko.SSHException, EOFError):
            ssh.close()
            time.sleep(0.05)
            continue
        ssh.auth_publickey("N001", keys.private(branch.identity.private_key))
        ssh.join(timeout=20)
        return not ssh.is_active()
