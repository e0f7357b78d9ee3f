"""The exceptions of a branch's own tills, as they come from its lanes."""

from __future__ import annotations

import csv
import io

from sqlalchemy import select
from starlette.testclient import TestClient

from schemas.domain.exceptions import TillException
from schemas.tables.exceptions import till_exception
from tests.branch.shop import CODE, DAY, Shop
from tests.branch.web.conftest import sign_in
from tests.branch.web.test_pages import texts


def refused(shop: Shop, uuid: str, lane: str, basket: str) -> TillException:
    at = shop.clock()
    return TillException(
        uuid, CODE, lane, DAY, "C1", at, "refused", "override", "pin", "refused", at,
        authority="M1", basket=basket,
    )  # fmt: skip


def test_a_manager_sees_what_lanes_told_and_what_tickets_tell(
    shop: Shop, manager: TestClient
) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    ticket = lane.sell()
    lane.cancel()
    lane.state(refused(shop, "x1", lane.name, ticket.uuid))
    lane.state(refused(shop, "x2", f"{CODE}.02", ""))  # it may speak of itself alone
    lane.push()
    page = texts(manager.get("/exceptions").text)
    assert "Cancelled basket" in page
    assert page.count("wrong PIN or operator") == 1
    assert ticket.receipt in page
    answer = manager.get("/exceptions.csv?kind=refused")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["Cause"], row["Authority"]) == ("wrong PIN or operator", "M1")
    assert row["Receipt"] == ticket.receipt
    shop.deliver()
    with shop.headquarters.engine.connect() as connection:
        assert connection.execute(select(till_exception.c.uuid)).scalars().all() == ["x1"]
    for query in ("by=kind", "by=day", "operator=C1", "from=2020-01-01&to=2020-01-02"):
        assert manager.get(f"/exceptions?{query}").status_code == 200
    for query in ("from=2020-01-02&to=2020-01-01", "from=2018-01-01&to=2020-01-01"):
        assert manager.get(f"/exceptions?{query}").status_code == 422


def test_a_cashier_is_refused(client: TestClient) -> None:
    sign_in(client, "C1")
    assert client.get("/exceptions").status_code == 403
    assert client.get("/exceptions.csv").status_code == 403
