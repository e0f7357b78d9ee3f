"""Regions: which branches are in which, and that a person of a region sees those and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from hq import catalogue_import, regions, staff
from hq.regions import NO_REGION, BranchRegion, Region, RegionError
from hq.reports.branches import known_branches
from replication.console.users import User
from schemas.tables.staff import audit
from tests.hq.conftest import NOON, Chain
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture

REGIONS = "region,name\nnorth,华北\nsouth,华南\n"
PLACES = "branch,region\nN001,north\nN002,south\n"


def of_region(chain: Chain, *named: str) -> User:
    """Let REG look after regions alone, and answer who signs in."""
    with chain.hq.engine.begin() as connection:
        held = {one.operator: one for one in staff.employees(connection)}["REG"]
        staff.save(connection, [replace(held, branches=(), regions=named)])
        found = staff.find_user(connection, "REG")
    assert found is not None
    return found


def test_a_branch_is_in_one_region_or_in_none(chain: Chain) -> None:
    chain.load("regions", REGIONS)
    chain.load("branch_regions", PLACES)
    chain.load("branch_regions", "branch,region\nN001,south\nN002,\n")
    with chain.hq.engine.begin() as connection:
        assert regions.every(connection)["north"] == Region("north", "华北")
        assert regions.of_branches(connection) == {"N001": "south"}
        regions.put(connection, "N003", "north", "ADMIN", NOON)
        regions.put(connection, "N003", "north", "ADMIN", NOON)
        assert [one.region for one in known_branches(connection)] == ["south", "", "north"]
        with pytest.raises(RegionError, match="no region west"):
            regions.put(connection, "N003", "west", "ADMIN", NOON)
        acts = select(audit.c.subject, audit.c.reason).where(audit.c.act == "region.put")
        assert [tuple(row) for row in connection.execute(acts)] == [("N003", "– → north")]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("regions", "region,name\na b,X\n", "a b is no code"),
        ("regions", "region,name\na,X\na,Y\n", "stands in line 2 already"),
        ("branch_regions", "branch,region\nN009,north\n", "no branch N009"),
        ("branch_regions", "branch,region\nN001,west\n", "no region west"),
        (
            "operators",
            "operator,name,role,branch,region,pin\nM,M,branch_manager,N001,north,123456\n",
            "a branch_manager works at branches",
        ),
        ("operators", "operator,name,role,branch,region,pin\nR,R,finance,,w,123456\n", "region w"),
    ],
)
def test_what_cannot_be_imported(chain: Chain, kind: str, text: str, said: str) -> None:
    chain.load("regions", REGIONS)
    with chain.hq.engine.connect() as connection:
        plan = catalogue_import.plan(
            connection, kind, text.encode(), member_key=chain.hq.member_key, decimals=2
        )
    assert len(plan.problems) == 1
    assert said in str(plan.problems[0])


def test_a_scope_of_regions_takes_in_later_branches_and_is_never_the_chain(chain: Chain) -> None:
    chain.load("regions", REGIONS)
    chain.load("operators", "operator,name,role,branch,region,pin\nR,R,finance,N003,north,123456\n")
    # A file without the column leaves a person's regions alone.
    chain.load("operators", "operator,name,role,branch,pin\nR,Ron,finance,N003,123456\n")
    with chain.hq.engine.begin() as connection:
        found = staff.find_user(connection, "R")
        assert found is not None
        assert (found.name, found.branches) == ("Ron", ("N003",))
        regions.place(connection, [BranchRegion("N001", "north")])
        found = staff.find_user(connection, "R")
        assert found is not None
        assert found.branches == ("N001", "N003")
    nobody = of_region(chain, "south")
    assert nobody.branches == staff.NO_BRANCH
    with chain.hq.engine.connect() as connection:
        assert known_branches(connection, nobody.branches) == ()


def test_who_looks_after_a_region_sees_its_branches_on_every_page(
    chain: Chain, open_as: Open
) -> None:
    chain.load("regions", REGIONS)
    chain.load("branch_regions", PLACES)
    of_region(chain, "north")
    regional = open_as("REG", "900003")
    for path in ("/sales", "/tickets", "/stock", "/exceptions", "/days", "/attendance",
                 "/replication", "/stock/variance", "/stock/margins", "/goods", "/goods/transit",
                 "/sales?by=item"):  # fmt: skip
        answer = regional.get(path)
        assert answer.status_code == 200, path
        assert "N002" not in answer.text, path
        assert "N003" not in answer.text, path
    assert "华北" in regional.get("/sales?region=north").text
    for refused in ("/sales?branch=N002", "/sales?region=south", "/tickets?region=south",
                    "/replication/sites/N002", "/sales?region=nowhere"):  # fmt: skip
        assert regional.get(refused).status_code == 403, refused
    assert regional.get("/sales.csv?region=north").status_code == 200


def test_a_region_narrows_a_report_and_its_links(chain: Chain, open_as: Open) -> None:
    chain.load("regions", REGIONS)
    chain.load("branch_regions", "branch,region\nN001,north\nN002,north\n")
    chain.load("operators", "operator,name,role,branch,pin\nADM,A,administrator,,900009\n")
    administrator = open_as("ADM", "900009")
    shown = administrator.get("/sales?region=north&by=day").text
    assert "region=north" in shown
    assert "branch=N001&amp;branch=N002" not in shown
    assert administrator.get("/sales?region=north&branch=N003").status_code == 422
    # The branch's own page says where it belongs, and puts it elsewhere.
    page = administrator.get("/replication/sites/N001").text
    assert "华北" in page
    said = administrator.post("/replication/sites/N001/region", region="south")
    assert "华南" in said.text
    said = administrator.post("/replication/sites/N001/region", region="west")
    assert said.status_code == 422
    assert NO_REGION % {"region": "west"} in said.text
