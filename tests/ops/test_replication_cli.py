"""`chainwright replication verify`: over a real line, at a branch, a lane and headquarters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update
from starlette.applications import Starlette
from typer.testing import CliRunner, Result

from hq import publication
from hq.day_answers import ANSWERS
from ops import replication_cli
from pos_frontend import databases
from replication import identity
from replication.apply import Inbound
from replication.parent import Parent
from replication.streams import CHAIN_FEED, branch_feed, journal_of
from replication.transport.http import HttpTransport
from replication.transport.http_server import LinkServer
from schemas.tables.base import open_sqlite
from schemas.tables.catalogue import OFFICE_KINDS, tax
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.journal import journal_entry
from schemas.wire.records import Subscription, Tax
from tests.serving import served
from tests.sites import NOON, Books, SmallSite, Town, introduce


@contextmanager
def line_to(site: SmallSite) -> Iterator[str]:
    links = LinkServer(site.serving())
    links.listener.start()
    try:
        with served(Starlette(routes=links.routes())) as address:
            yield address
    finally:
        links.listener.stop()


@dataclass
class Machines:
    """A headquarters, a branch and a lane, each with its settings file, linked over http."""

    hq: SmallSite
    branch: SmallSite
    lane: SmallSite
    directory: Path

    def run(self, *arguments: str) -> Result:
        @contextmanager
        def provide(settings: object) -> Iterator[str]:
            yield settings.dsn  # type: ignore[attr-defined]

        return CliRunner().invoke(replication_cli.build(provide), ["verify", *arguments])

    def file(self, name: str) -> str:
        return str(self.directory / f"{name}.toml")


def dsn_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def machines(town: Town, tmp_path: Path) -> Iterator[Machines]:
    hq = town.headquarters()
    inbound = Inbound(hq.books.project, lambda: NOON, answers=ANSWERS)
    hq.parent = Parent(hq.journals, hq.identity, inbound)
    roots = (branch_feed("N001"),)
    branch = town.branch("N001", hq, roots)
    lane = make_lane(tmp_path / "lane", branch, roots)
    with hq.feeds.begin() as connection:
        taxes = [Tax(tax_code=f"t{n}", rate=n) for n in range(100)]
        follows = {branch_feed("N001"): [Subscription(followed=CHAIN_FEED)]}
        publication.publish(connection, {**follows, CHAIN_FEED: taxes})
    lane.write(b"1", b"2")
    with line_to(hq) as above, line_to(branch) as address:
        for site, to in ((lane, address), (branch, above), (lane, address)):
            settle(site, to)
        write(tmp_path / "hq.toml", dsn=dsn_of(hq.journals))
        write(tmp_path / "branch.toml", data="data", dsn=dsn_of(branch.journals), parent=above)
        write(tmp_path / "lane.toml", data="lane", parent=address)
        yield Machines(hq, branch, lane, tmp_path)
    lane.journals.dispose()
    lane.feeds.dispose()


def make_lane(data: Path, above: SmallSite, roots: tuple[str, ...]) -> SmallSite:
    databases.create(data)
    who = identity.Identity("N001.01", "lane", above.name, identity.new_private_key(), roots)
    journals, feeds = (open_sqlite(str(data / f"{one}.db")) for one in ("journal", "catalogue"))
    with journals.begin() as connection:
        identity.establish(connection, who)
    store = CatalogueStore(OFFICE_KINDS)
    lane = SmallSite(who, journals, feeds, Books(), data, store=store)
    introduce(lane, above)
    return lane


def settle(site: SmallSite, address: str) -> None:
    transport = HttpTransport(address, site.identity)
    runner = site.link(transport)
    object.__setattr__(runner._pace, "wait", 0.0)
    runner.push_once()
    for _ in range(6):
        runner.fetch_once()
    transport.close()


def write(path: Path, **values: str) -> None:
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in values.items()), "utf-8")


def damage(site: SmallSite) -> None:
    with site.feeds.begin() as connection:
        connection.execute(delete(tax).where(tax.c.key == "t7"))
        connection.execute(update(tax).where(tax.c.key == "t8").values(rate=9999))


@pytest.mark.parametrize("name", ["branch", "lane"])
def test_differences_are_told_then_repaired(machines: Machines, name: str) -> None:
    site = machines.branch if name == "branch" else machines.lane
    option = f"--{name}", machines.file(name)
    well = machines.run(*option)
    assert (well.exit_code, well.output.splitlines()[-1]) == (
        0, "0 differences, 0 repaired, 0 remain",
    )  # fmt: skip
    assert "compared 2 journal entries" in well.output
    damage(site)
    told = machines.run(*option, "--stream", CHAIN_FEED)
    assert told.exit_code == 1
    assert "DIFFERS   feed:chain tax  t7: missing in the table in use" in told.output
    assert "t8: changed" in told.output
    repaired = json.loads(machines.run(*option, "--repair", "--json").output)
    assert repaired["equal"]
    assert [one["repaired"] for one in repaired["found"]] == [True, True]
    assert machines.run(*option).exit_code == 0


def test_a_break_in_a_journal_remains_for_a_person(machines: Machines) -> None:
    for name, site in (("hq", machines.hq), ("lane", machines.lane)):
        assert machines.run(f"--{name}", machines.file(name)).exit_code == 0
        with site.journals.begin() as connection:
            connection.execute(
                update(journal_entry).where(journal_entry.c.sequence == 2).values(body=b"x")
            )
        told = machines.run(f"--{name}", machines.file(name), "--repair")
        assert told.exit_code == 1
        stream = journal_of("N001.01" if name == "lane" else "N001")
        assert f"{stream} entry 2" in told.output


def test_a_day_is_compared_alone(machines: Machines) -> None:
    told = machines.run("--branch", machines.file("branch"), "--day", "2026-03-01")
    assert told.exit_code == 0
    assert told.output.startswith("compared 1 business days")


@pytest.mark.parametrize(
    "wrong",
    [(), ("--branch", "a", "--lane", "b"), ("--hq", "a", "--stream", "x"),
     ("--lane", "a", "--day", "2026-03-01")],
)  # fmt: skip
def test_what_makes_no_sense_together_is_refused(
    machines: Machines, wrong: tuple[str, ...]
) -> None:
    assert machines.run(*wrong).exit_code == 2


def test_a_dead_line_ends_with_one_sentence(machines: Machines) -> None:
    write(machines.directory / "lane.toml", data="lane", parent="http://127.0.0.1:9")
    told = machines.run("--lane", machines.file("lane"))
    assert told.exit_code == 1
    assert "no answer from http://127.0.0.1:9" in told.output


def test_a_running_link_and_the_command_do_not_shut_each_other_out(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process of the site says hello between two questions: the first greets again."""
    transport = machines_line(machines)
    asked: list[object] = []
    ask: Callable[..., bytes] = HttpTransport.ask

    def interrupted(self: HttpTransport, question: object) -> bytes:
        asked.append(question)
        if len(asked) % 2 == 1:
            machines.lane.link(transport).push_once()
        return ask(self, question)

    monkeypatch.setattr(HttpTransport, "ask", interrupted)
    assert machines.run("--lane", machines.file("lane")).exit_code == 0
    assert len(asked) == 4
    transport.close()


def machines_line(machines: Machines) -> HttpTransport:
    text = Path(machines.file("lane")).read_text("utf-8")
    address = text.rpartition('parent = "')[2].partition('"')[0]
    return HttpTransport(address, machines.lane.identity)
