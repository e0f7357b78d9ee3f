"""The commands of headquarters, as a person types them."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, make_url, text
from typer.testing import CliRunner, Result

from hq import cli, import_work
from hq.settings import HeadquartersSettings
from ops import replication_cli
from ops.embedded_postgres import EmbeddedPostgres
from replication import journal as journals
from replication import quarantine
from schemas.tables.link import peer
from schemas.wire.entry import Entry
from tests.hq.conftest import CATEGORIES

Run = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path, hq_database: str) -> Path:
    file = tmp_path / "hq.toml"
    file.write_text(f'dsn = "{hq_database}"\n[web]\nport = {free_port()}\n', encoding="utf-8")
    return file


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


@contextmanager
def provide(settings: HeadquartersSettings) -> Iterator[str]:
    assert settings.dsn is not None
    yield settings.dsn


@pytest.fixture
def run(settings: Path) -> Run:
    def call(*words: str, answer: str | None = None) -> Result:
        command = [*words, "--settings", str(settings)]
        return CliRunner().invoke(cli.build(provide), command, input=answer)

    return call


@pytest.fixture
def founded(run: Run) -> Run:
    assert run("init", "--operator", "ADMIN", "--password", "secret1").exit_code == 0
    return run


def test_a_chain_is_founded_once(run: Run) -> None:
    first = run("init", answer="ADMIN\nsecret1\nsecret1\n")
    assert (first.exit_code, "ADMIN may sign in" in first.stdout) == (0, True)
    second = run("init", "--operator", "ADMIN", "--password", "secret1")
    assert (second.exit_code, "belongs to hq already" in second.stderr) == (1, True)


def test_a_short_password_is_refused(run: Run) -> None:
    refused = run("init", "--operator", "ADMIN", "--password", "short")
    assert (refused.exit_code, "use at least 6 characters" in refused.stderr) == (1, True)


def test_an_empty_database_is_migrated_by_init_and_refused_by_the_rest(
    run: Run, settings: Path, hq_database_server: EmbeddedPostgres
) -> None:
    url = make_url(HeadquartersSettings(dsn=settings.read_text().split('"')[1]).dsn or "")
    name = f"empty_{url.database}"
    hq_database_server.ensure_database(name)
    dsn = hq_database_server.dsn(name)
    settings.write_text(f'dsn = "{dsn}"\n', encoding="utf-8")
    refused = run("token", "N001", "--operator", "ADMIN")
    assert refused.exit_code == 1
    assert "run `chainwright hq migrate` first" in refused.stderr
    assert run("init", "--operator", "ADMIN", "--password", "secret1").exit_code == 0
    assert run("migrate").exit_code == 0
    with hq_database_server.administration() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_settings_are_told_wrong_in_one_go(run: Run, settings: Path) -> None:
    settings.write_text('titel = "x"\n[web]\nport = 0\n', encoding="utf-8")
    wrong = run("migrate")
    assert wrong.exit_code == 2
    assert "did you mean 'title'?" in wrong.stderr
    assert "web.port" in wrong.stderr


def test_a_branch_and_its_token(founded: Run) -> None:
    unknown = founded("token", "N001", "--operator", "ADMIN")
    assert (unknown.exit_code, "no branch N001" in unknown.stderr) == (1, True)
    words = ("branch", "N001", "--name", "First", "--zone", "Asia/Shanghai", "--group", "north")
    assert founded(*words, "--operator", "ADMIN").exit_code == 0
    nowhere = founded(*words, "--operator", "ADMIN", "--region", "west")
    assert (nowhere.exit_code, "no region west" in nowhere.stderr) == (1, True)
    assert founded(*words, "--operator", "ADMIN", "--region", "").exit_code == 0
    issued = founded("token", "N001", "--operator", "ADMIN")
    assert (issued.exit_code, issued.stdout.count(".")) == (0, 1)
    nobody = founded("token", "N001", "--operator", "NOBODY")
    assert (nobody.exit_code, "no active operator NOBODY" in nobody.stderr) == (1, True)
    never = founded("revoke", "N001", "--operator", "ADMIN", "--reason", "lost")
    assert (never.exit_code, "has no key here" in never.stderr) == (1, True)


def test_a_branch_is_closed_and_taken_back(founded: Run) -> None:
    who = ("--operator", "ADMIN", "--reason", "the lease")
    assert founded("close", "N001", *who).exit_code == 1
    words = ("branch", "N001", "--name", "First", "--zone", "Asia/Shanghai", "--operator", "ADMIN")
    assert founded(*words).exit_code == 0
    closed = founded("close", "N001", *who)
    assert (closed.exit_code, "N001 is closed" in closed.stdout) == (0, True)
    refused = founded("token", "N001", "--operator", "ADMIN")
    assert (refused.exit_code, "hq reopen" in refused.stderr) == (1, True)
    assert founded("reopen", "N001", *who).exit_code == 0
    assert founded("token", "N001", "--operator", "ADMIN").exit_code == 0


def test_an_import_is_shown_then_applied_when_asked(founded: Run, tmp_path: Path) -> None:
    file = tmp_path / "categories.csv"
    file.write_text(CATEGORIES, encoding="utf-8")
    words = ("import", "categories", str(file), "--operator", "ADMIN")
    kept = founded(*words, answer="n\n")
    assert (kept.exit_code, "2 new" in kept.stdout) == (1, True)
    done = founded(*words, "--yes")
    assert (done.exit_code, "2 new" in done.stdout) == (0, True)
    assert "2 unchanged" in founded(*words, "--yes").stdout


def test_what_branches_need_is_proposed_by_command(founded: Run) -> None:
    assert founded("replenish", "--operator", "NOBODY").exit_code == 1
    said = founded("replenish", "--operator", "ADMIN").stdout
    assert "items: 0 proposals open, 0 approved by rule" in said


def test_members_get_their_tiers_by_command(founded: Run, tmp_path: Path) -> None:
    for kind, rows in (
        ("tiers", "tier,name,rank,spend,months\nall,All,1,0,12\n"),
        ("members", "member,name,tier,phone,email\nM1,Ann,,,\n"),
    ):
        file = tmp_path / f"{kind}.csv"
        file.write_text(rows, encoding="utf-8")
        assert founded("import", kind, str(file), "--yes", "--operator", "ADMIN").exit_code == 0
    assert founded("tiers", "--operator", "NOBODY").exit_code == 1
    assert "1 members, 1 raised, 0 lowered" in founded("tiers", "--operator", "ADMIN").stdout
    assert "1 members, 0 raised" in founded("tiers", "--operator", "ADMIN").stdout


def test_an_import_with_problems_names_them(founded: Run, tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text("item,name,category,unit,tax_code\n1,a,9,piece,\n", encoding="utf-8")
    refused = founded("import", "items", str(file), "--yes", "--operator", "ADMIN")
    assert refused.exit_code == 1
    assert "line 2, category: there is no category 9" in refused.stderr
    assert "nothing of it was imported" in refused.stderr


def test_a_large_file_is_imported_in_slices_without_its_wrong_rows(
    founded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_work, "SLICE", 2)
    (tmp_path / "categories.csv").write_text(CATEGORIES, encoding="utf-8")
    who = ("--operator", "ADMIN", "--yes")
    assert founded("import", "categories", str(tmp_path / "categories.csv"), *who).exit_code == 0
    file = tmp_path / "items.csv"
    rows = "".join(f"{number},a,{'9' if number == 3 else '01'},piece,\n" for number in range(1, 6))
    file.write_text(f"item,name,category,unit,tax_code\n{rows}", encoding="utf-8")
    refused = founded("import", "items", str(file), *who)
    assert refused.exit_code == 1
    assert "line 4, category: there is no category 9" in refused.stderr
    assert "1 rows of the file are wrong" in refused.stderr
    done = founded("import", "items", str(file), *who, "--leave-out")
    assert "imported: 4 new, 0 changed, 1 left out" in done.stdout
    assert "4 of 5 rows imported, 1 wrong" in done.stderr


def test_a_database_that_is_away_is_told_as_such(run: Run, settings: Path) -> None:
    settings.write_text('dsn = "postgresql+psycopg://x@/x?host=/nowhere"\n', encoding="utf-8")
    away = run("migrate")
    assert (away.exit_code, "the database does not answer" in away.stderr) == (1, True)


def test_a_port_that_is_taken_is_told_as_such(founded: Run, settings: Path) -> None:
    port = int(settings.read_text().rsplit("=", 1)[1])
    with socket.create_server(("127.0.0.1", port)):
        refused = founded("serve")
    assert (refused.exit_code, f"cannot listen on 127.0.0.1:{port}" in refused.stderr) == (1, True)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serving_ends_in_order(founded: Run, settings: Path, ending: signal.Signals) -> None:
    port = int(settings.read_text().rsplit("=", 1)[1])
    code = "from ops.cli import main; main()"
    command = [sys.executable, "-c", code, "hq", "serve", "--settings", str(settings)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        assert f"http://127.0.0.1:{port}".encode() in server.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=20) as answer:
            assert answer.status == 200
        server.send_signal(ending)
        begun = time.monotonic()
        assert server.wait(timeout=20) == 0
        assert time.monotonic() - begun < 10
    finally:
        server.kill()
        server.communicate()


def test_another_release_of_the_database_is_refused(founded: Run, settings: Path) -> None:
    engine = create_engine(settings.read_text().split('"')[1])
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    engine.dispose()
    refused = founded("serve")
    assert (refused.exit_code, "is at revision older" in refused.stderr) == (1, True)


def test_the_links_status_ends_with_1_when_there_is_an_alarm(
    founded: Run, settings: Path, hq_database: str
) -> None:
    words = ("branch", "N001", "--name", "First", "--zone", "Asia/Shanghai")
    assert founded(*words, "--operator", "ADMIN").exit_code == 0

    def status(*options: str) -> Result:
        command = ["status", *options, "--settings", str(settings)]
        links = replication_cli.build(provide)
        cli.add_status(links, provide)
        return CliRunner().invoke(links, command)

    calm = status()
    assert (calm.exit_code, "no alarm" in calm.stdout, "N001  silent" in calm.stdout) == (
        0,
        True,
        True,
    )
    engine = create_engine(make_url(hq_database))
    with engine.begin() as connection:
        enrolled = datetime.now(UTC) - timedelta(days=3)
        row = {"site": "N001", "public_key": b"", "enrolled": enrolled, "revoked": None}
        connection.execute(insert(peer).values(**row))
    engine.dispose()
    alarmed = status("--json")
    told = json.loads(alarmed.stdout)
    assert (alarmed.exit_code, [one["alarm"] for one in told["alarms"]]) == (1, ["silent"])
    assert "ALARM  N001 silent for 3d (deadline 24h)" in status().stdout
    assert status("--branch", "N002").exit_code == 0


def test_quarantine_is_decided_from_the_command_line(founded: Run, hq_database: str) -> None:
    engine = create_engine(make_url(hq_database))
    entry = Entry("journal:N001", "e", 7, "loyalty.earned", 1, "", b"", b"{}", b"")
    with engine.begin() as connection:
        journals.store(connection, [entry], ["first"])
        quarantine.park(
            connection, entry, "unknown: upgrade this site, then retry", datetime.now(UTC)
        )
    engine.dispose()
    listed = founded("quarantine", "list")
    assert (listed.exit_code, "N001 #7" in listed.stdout) == (0, True)
    assert "body      {}" in founded("quarantine", "show", "N001", "7").stdout
    absent = founded("quarantine", "show", "N001", "8")
    assert (absent.exit_code, "does not wait here" in absent.stderr) == (1, True)
    act = ("N001", "7", "--operator")
    refused = founded("quarantine", "retry", *act, "ADMIN")
    assert (refused.exit_code, "does not know entries of kind" in refused.stderr) == (1, True)
    nobody = founded("quarantine", "release", *act, "NOBODY", "--reason", "tried out")
    assert (nobody.exit_code, "no active operator NOBODY" in nobody.stderr) == (1, True)
    done = founded("quarantine", "release", *act, "ADMIN", "--reason", "tried out")
    assert (done.exit_code, done.stdout) == (0, "N001 #7 is set down\n")
    assert founded("quarantine", "list").stdout == "nothing waits\n"


def test_an_online_shop_gets_its_secret_once(founded: Run) -> None:
    who = ("--operator", "ADMIN")
    founded("branch", "N001", "--name", "Shop", "--zone", "Asia/Shanghai", *who)
    made = founded(
        "shop", "make", "web", "--name", "Web", "--branch", "N001", "--buffer", "2", *who
    )
    assert made.stdout.startswith("cw_web_")
    assert founded("shop", "rotate", "web", *who).stdout != made.stdout
    assert founded("shop", "change", "web", "--buffer", "0.5", *who).exit_code == 0
    assert "in use branches=all buffer=0.5 Web" in founded("shop", "list").stdout
    assert founded("shop", "revoke", "web", "--reason", "leaked", *who).exit_code == 0
    assert "web revoked" in founded("shop", "list").stdout
    wrong = founded("shop", "make", "web2", "--name", "Web", "--buffer", "two", *who)
    assert (wrong.exit_code, "is no quantity" in wrong.stderr) == (1, True)
