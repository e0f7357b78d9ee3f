"""Proposals on the pages and in a terminal, as a person meets them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from hq import cli, price_changes, surplus
from hq.settings import HeadquartersSettings
from hq.web.app import application
from replication.streams import CHAIN_FEED, branch_feed
from schemas.domain.promotion.effect import PercentOff
from schemas.domain.promotion.promotion import Promotion
from schemas.wire.promotion_rule import encode_rule
from schemas.wire.records import Operator, Price, PriceChange, RecordBody, Tax
from schemas.wire.records import Promotion as PromotionRecord
from schemas.wire.surplus import FeedSurplus, surplus_of
from tests.hq.conftest import NOON, Chain
from tests.hq.promotion_scene import offer
from tests.hq.test_proposals import HASH, record

ORIGIN = "http://testserver"


def promotion_of(given: Promotion) -> PromotionRecord:
    """The record of a promotion that was published."""
    return PromotionRecord(promotion=given.id, ends=None, published=7, rule=encode_rule(given))


LOST: dict[str, tuple[RecordBody, ...]] = {
    CHAIN_FEED: (
        Price(document="P000007", item="1001", unit="piece", tier="", price=350),
        PriceChange(
            document="P000007", title="中秋调价", starts=NOON, ends=None, published=7, rows=1
        ),
        Tax(tax_code="full", rate=1300),
        Tax(tax_code="half", rate=600),
        promotion_of(replace(offer(PercentOff(1500), "1001", title="国庆八五折"), id="S000009")),
    ),
    branch_feed("N001"): (
        Operator(operator="N001-C9", name="新人", role="cashier", pin_hash=HASH),
    ),
}


def tell_all(chain: Chain) -> None:
    """What a branch told after headquarters was put back."""
    with chain.hq.engine.begin() as connection:
        number = 1000
        for feed, bodies in LOST.items():
            told = []
            for body in bodies:
                number += 1
                told.append(surplus_of("C1", record(number, body)))
            surplus.take(connection, [FeedSurplus("N001", feed, tuple(told), NOON)])


@dataclass
class Browser:
    """One person's browser."""

    client: TestClient

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def decide(self, number: str, decision: str, **fields: str | list[str]) -> tuple[int, str]:
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.get("/replication/proposals"))
        assert csrf is not None
        answer = self.client.post(
            f"/replication/proposals/{number}",
            data={"csrf": csrf[1], "decision": decision, "reason": "", **fields},
            headers={"Origin": ORIGIN},
        )
        return answer.status_code, answer.text


@pytest.fixture
def open_as(chain: Chain) -> Iterator[Callable[[str, str], Browser]]:
    """Give a browser in which somebody has signed in."""
    tell_all(chain)
    app = application(chain.hq)
    clients: list[TestClient] = []

    def make(operator: str, password: str) -> Browser:
        client = TestClient(app, headers={"Accept-Language": "en"})
        clients.append(client)
        fields = {"operator": operator, "password": password, "next": "/"}
        answer = client.post("/sign-in", data=fields, headers={"Origin": ORIGIN})
        assert answer.status_code == 200
        return Browser(client)

    yield make
    for client in clients:
        client.close()


def number_of(text: str, what: str) -> str:
    """The number of the proposal whose row says so."""
    found = re.search(rf'proposals/(\d+)">{re.escape(what)}<', text)
    assert found is not None, what
    return found[1]


def test_a_person_looks_accepts_and_dismisses(
    chain: Chain, open_as: Callable[[str, str], Browser]
) -> None:
    admin = open_as("ADMIN", "secret1")
    assert "records that it lost and branches hold wait: 6" in admin.get("/replication")
    listed = admin.get("/replication/proposals")
    document, taxes, cashier, promotion = (
        number_of(listed, what)
        for what in (
            "Price change P000007", "Tax rates", "Operator N001-C9", "Promotion S000009",
        )
    )  # fmt: skip
    shown = admin.get(f"/replication/proposals/{document}")
    assert "puts this price change in force again for Whole chain" in shown
    assert "中秋调价" in shown
    assert "苹果" in shown
    hired = admin.get(f"/replication/proposals/{cashier}")
    assert "lets this person work at Branch N001 again, as cashier" in hired
    assert HASH not in hired
    assert "•••" in hired

    offered = admin.get(f"/replication/proposals/{promotion}")
    for said in ("puts this promotion in force again for Whole", "国庆八五折", "15% off each unit"):
        assert said in offered
    assert "percent_off" not in offered
    assert admin.decide(promotion, "accept")[0] == 200
    taken = admin.get("/promotions/S000009")
    assert "taken back from branches" in taken
    assert 'id="delivery"' in taken

    assert admin.decide(document, "dismiss")[0] == 409
    assert admin.decide(document, "accept")[0] == 200
    ticked = re.findall(
        r'name="record" value="(\d+)"', admin.get(f"/replication/proposals/{taxes}")
    )
    assert len(ticked) == 2
    status, text = admin.decide(taxes, "accept", some="yes")
    assert (status, "Nothing is chosen" in text) == (422, True)
    assert admin.decide(taxes, "accept", some="yes", record=[ticked[0]])[0] == 200
    rest = number_of(admin.get("/replication/proposals"), "Tax rates")
    status, text = admin.decide(rest, "dismiss", some="yes", record=[ticked[1]], reason="a mistake")
    assert (status, "Dismissed: 1." in text, "a mistake" in text) == (200, True, True)
    assert admin.decide(rest, "dismiss", reason="twice")[0] == 404
    assert admin.decide("12x", "accept")[0] == 404
    with chain.hq.engine.connect() as connection:
        assert price_changes.find(connection, "P000007").published_by == "ADMIN"


def test_who_looks_after_some_branches_sees_their_feeds_alone_and_decides_nothing(
    open_as: Callable[[str, str], Browser],
) -> None:
    region = open_as("REG", "900003")
    assert "records that it lost" not in region.get("/replication")
    listed = region.get("/replication/proposals")
    assert "P000007" not in listed
    cashier = number_of(listed, "Operator N001-C9")
    assert "Somebody with the right" in region.get(f"/replication/proposals/{cashier}")
    assert region.decide(cashier, "accept")[0] == 409


def test_the_same_in_a_terminal(chain: Chain) -> None:
    tell_all(chain)

    @contextmanager
    def provide(settings: HeadquartersSettings) -> Iterator[str]:
        assert settings.dsn is not None
        yield settings.dsn

    file = chain.hq.settings.data / "hq.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'data = "."\ndsn = "{chain.hq.settings.dsn}"\n', encoding="utf-8")

    def run(*words: str) -> tuple[int, str]:
        command = ["proposals", *words, "--settings", str(file)]
        done = CliRunner().invoke(cli.build(provide), command)
        return done.exit_code, done.output

    status, listed = run("list")
    lines = listed.splitlines()
    assert (status, len(lines), lines[-1]) == (0, 5, "4 waiting")
    numbers = {line.split()[1]: line.split()[0].removeprefix("#") for line in lines[:-1]}
    document, taxes, cashier = (
        numbers[name] for name in ("document:P000007", "tax", "operator:N001-C9")
    )
    status, shown = run("show", cashier, "--operator", "ADMIN")
    assert (status, "pin_hash: – → •••" in shown, HASH in shown) == (0, True, False)
    assert run("accept", document, "--operator", "APP") == (
        0, f"proposal {document}: 2 accepted and published again\n",
    )  # fmt: skip
    status, said = run("accept", cashier, "--operator", "APP")
    assert (status, "ask an administrator" in said) == (1, True)
    assert run("dismiss", taxes, "--record", taxes, "--operator", "APP", "--reason", "old")[0] == 0
    assert run("list")[1].splitlines()[-1] == "3 waiting"
