"""A chain of three real processes on this machine: headquarters, one branch, one lane.

They are founded and enrolled by the product's own code and served by its command, over loopback.
Headquarters and branch have a database each in one private PostgreSQL, which waits for its disk at
every commit; the lane has its two files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from branch import enrolment as branch_enrolment
from branch import lanes
from hq import founding, sites
from ops.demo.processes import SiteProcess, answers, free_port
from ops.embedded_postgres import EmbeddedPostgres
from pos_frontend import enrol as lane_enrolment
from replication.clock import system_clock
from replication.transport.http import HttpTransport
from schemas.tables.base import open_postgres
from schemas.wire.records import Branch

BRANCH, LANE = "B001", "B001.01"
_ADMINISTRATOR = "ADMIN"


@dataclass(frozen=True, slots=True)
class Chain:
    """The databases, the addresses by site, and where the lane keeps its files."""

    hq: Engine
    branch: Engine
    addresses: Mapping[str, str]
    lane_data: Path


@contextmanager
def running(place: Path) -> Iterator[Chain]:
    """A chain in `place` that is up; it is stopped from the lane upward."""
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedPostgres(place / "postgres"))
        engines = {name: database(stack, server, name) for name in ("hq", "branch")}
        ports = {name: free_port(0) for name in ("hq", "branch")}
        addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        for name, parent in (("hq", ""), ("branch", addresses["hq"])):
            write_settings(place, name, parent, ports[name], server.dsn(name))
        write_settings(place, "lane", addresses["branch"], 0, None)
        found(engines["hq"], [BRANCH])
        serve(stack, place, "hq", answers(addresses["hq"]))
        enrol_branch(engines["hq"], engines["branch"], addresses["hq"], place / "branch", BRANCH)
        serve(stack, place, "branch", answers(addresses["branch"]))
        _enrol_lane(engines["branch"], addresses["branch"], place / "lane")
        serve(stack, place, "lane", (place / "lane" / "till.json").exists)
        yield Chain(engines["hq"], engines["branch"], addresses, place / "lane")


def database(stack: ExitStack, server: EmbeddedPostgres, name: str) -> Engine:
    """A database of the server, made if need be, and an engine on it until the stack is left."""
    server.ensure_database(name)
    engine = open_postgres(server.dsn(name), pool_size=2)
    stack.callback(engine.dispose)
    return engine


def write_settings(place: Path, name: str, parent: str, port: int, dsn: str | None) -> None:
    """Write a site's settings; a JSON string is a TOML string as well."""
    lines = [f"data = {json.dumps(name)}"]
    lines += [f"dsn = {json.dumps(dsn)}"] if dsn else []
    lines += [f"parent = {json.dumps(parent)}"] if parent else []
    lines += ["[web]", f"port = {port}"]
    lines += ["[printer]", 'kind = "none"'] if name == "lane" else []
    (place / f"{name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def serve(stack: ExitStack, place: Path, name: str, ready: Callable[[], bool]) -> SiteProcess:
    """Serve a site until the stack is left."""
    site = SiteProcess(name, [name, "serve", "--settings", f"{name}.toml"], place, ready)
    site.start()
    stack.callback(site.wait_stopped)
    stack.callback(site.ask_to_stop)
    site.wait_ready()
    return site


def found(engine: Engine, branches: Sequence[str]) -> None:
    """Found headquarters with these branches."""
    founding.found(engine, _ADMINISTRATOR, "Administrator", "900004", system_clock())
    with engine.begin() as connection:
        for code in branches:
            record = Branch(
                branch=code, name=f"Branch {code}", zone="America/New_York", currency="USD"
            )
            sites.save_branch(connection, record, [])


def enrol_branch(hq: Engine, engine: Engine, address: str, data: Path, branch: str) -> None:
    """Enrol a branch that headquarters knows, over its address."""
    now = system_clock()
    with hq.begin() as connection:
        token = sites.issue_token(connection, branch, _ADMINISTRATOR, now)
    transport = HttpTransport(address, None)
    try:
        branch_enrolment.enrol(engine, transport, token, data, now)
    finally:
        transport.close()


def _enrol_lane(branch: Engine, address: str, data: Path) -> None:
    with branch.begin() as connection:
        token = lanes.issue_token(connection, BRANCH, LANE, _ADMINISTRATOR, system_clock())
    lane_enrolment.enrol(data, partial(HttpTransport, address), token, system_clock)
