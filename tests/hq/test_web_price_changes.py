"""The pages of price changes and imports, as a browser without scripts uses them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from httpx2 import Response
from sqlalchemy import func, select
from starlette.testclient import TestClient

from hq import price_changes
from hq.web.app import application
from schemas.tables.catalogue import item
from schemas.tables.headquarters import price_document
from tests.hq.conftest import ITEMS, NOON, OPERATORS, Chain

ORIGIN = "http://testserver"
TYPED = "1001,piece,,3.50\n1001,piece,gold,3.20"


Files = dict[str, tuple[str, str | bytes]]


@dataclass
class Browser:
    """One person's browser."""

    client: TestClient
    csrf: str = ""

    def get(self, path: str) -> Response:
        answer = self.client.get(path)
        if found := re.search(r'name="csrf" value="([^"]+)"', answer.text):
            self.csrf = found[1]
        return answer

    def post(self, path: str, *, files: Files | None = None, **fields: str) -> Response:
        self.get("/")
        return self.client.post(
            path, data={"csrf": self.csrf, **fields}, files=files, headers={"Origin": ORIGIN}
        )

    def draft(self, **fields: str) -> Response:
        usual = {
            "title": "Midday", "audience": "feed:group:north", "zone": "Asia/Shanghai",
            "starts": "", "ends": "", "typed": TYPED,
        }  # fmt: skip
        return self.post("/price-changes/new", files=None, **(usual | fields))


Open = Callable[..., Browser]


@pytest.fixture
def open_as(chain: Chain) -> Iterator[Open]:
    """Give a browser in which somebody has signed in."""
    clients: list[TestClient] = []
    app = application(chain.hq)

    def make(operator: str, password: str, language: str = "en") -> Browser:
        client = TestClient(app, headers={"Accept-Language": language})
        clients.append(client)
        answer = client.post(
            "/sign-in",
            data={"operator": operator, "password": password, "next": "/"},
            headers={"Origin": ORIGIN},
        )
        assert answer.status_code == 200
        return Browser(client)

    yield make
    for client in clients:
        client.close()


def count(chain: Chain) -> int:
    with chain.hq.engine.connect() as connection:
        query = select(func.count()).select_from(price_document)
        return int(connection.execute(query).scalar_one())


def test_from_draft_to_the_grid(chain: Chain, open_as: Open) -> None:
    buyer, approver = open_as("BUY", "900001"), open_as("APP", "900002")
    drafted = buyer.draft(starts="2026-03-02T15:00")
    assert "Drafted as price change P000001" in drafted.text
    assert "2 Mar 2026, 15:00:00" in drafted.text
    assert "You drafted this one" in drafted.text
    assert "/approve" not in drafted.text
    path = "/price-changes/P000001"
    assert "P000001 is approved" in approver.post(f"{path}/approve").text
    published = approver.post(f"{path}/publish").text
    assert "P000001 is published" in published
    assert 'hx-get="/price-changes/P000001/grid" hx-trigger="every 2s"' in published
    grid = buyer.client.get(f"{path}/grid").text
    assert "never heard of" in grid
    assert "0 / 2" in grid
    assert "<html" not in grid
    withdrawn = buyer.post(f"{path}/withdraw", reason="wrong list").text
    assert "P000001 is withdrawn" in withdrawn
    assert "P000001" in buyer.get("/price-changes").text
    with chain.hq.engine.connect() as connection:
        held = price_changes.find(connection, "P000001")
    assert (held.starts.isoformat(), held.reason) == ("2026-03-02T07:00:00+00:00", "wrong list")


def test_the_drafter_is_refused_and_told_in_their_language(chain: Chain, open_as: Open) -> None:
    admin = open_as("ADMIN", "secret1", "zh-CN")
    assert "须由他人审批" in admin.draft().text
    refused = admin.post("/price-changes/P000001/approve")
    assert refused.status_code == 422
    assert "P000001 由 ADMIN 起草，不能由本人审批" in refused.text
    with chain.hq.engine.connect() as connection:
        assert price_changes.find(connection, "P000001").state == "draft"


def test_roles_without_the_right_are_refused(chain: Chain, open_as: Open) -> None:
    buyer, approver, region = (
        open_as("BUY", "900001"), open_as("APP", "900002"), open_as("REG", "900003"),
    )  # fmt: skip
    buyer.draft()
    assert buyer.post("/price-changes/P000001/approve").status_code == 403
    assert approver.client.get("/price-changes/new").status_code == 403
    assert region.post("/price-changes/P000001/publish").status_code == 403
    assert region.client.get("/price-changes/P000001").status_code == 200
    assert approver.client.get("/imports").status_code == 403
    text = buyer.post("/imports", kind="operators", files={"file": ("o.csv", OPERATORS)})
    assert text.status_code == 403
    assert "Only an administrator imports Operators" in text.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"typed": ""}, "Choose a file, or type at least one price."),
        ({"typed": "1001,piece,,3.50\n1009,piece,,x"}, "Line 2, item: there is no item 1009"),
        ({"typed": "1001,piece,,3.50\nfoo"}, "Line 2 has 1 cells, the header has 4: foo"),
        ({"starts": "tomorrow"}, "“tomorrow” is no date and time"),
        ({"starts": "2026-03-02T15:00", "zone": "Mars/Base"}, "is the zone of no branch"),
        ({"starts": "2026-03-02T15:00", "ends": "2026-03-02T14:00"}, "comes after its start"),
        ({"audience": "feed:group:none"}, "There is no branch or group"),
        ({"title": " "}, "needs a title"),
    ],
)
def test_a_draft_that_cannot_be_keeps_what_was_typed(
    chain: Chain, open_as: Open, fields: dict[str, str], said: str
) -> None:
    answer = open_as("BUY", "900001").draft(**fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert fields.get("typed", TYPED).splitlines()[:1] == re.findall(
        r'<textarea id="typed"[^>]*>([^<\n]*)', answer.text
    ) or not fields.get("typed", TYPED)
    assert count(chain) == 0


def test_prices_come_from_a_file_as_well(chain: Chain, open_as: Open) -> None:
    buyer = open_as("BUY", "900001")
    file: Files = {"file": ("p.csv", "item,unit,tier,price\n1002,piece,,4.20\n")}
    both = buyer.post("/price-changes/new", files=file, title="x", audience="feed:chain",
                      zone="UTC", starts="", ends="", typed=TYPED)  # fmt: skip
    assert "use one of the two" in both.text
    one = buyer.post("/price-changes/new", files=file, title="x", audience="feed:chain",
                     zone="UTC", starts="", ends="", typed="")  # fmt: skip
    assert "Drafted as price change P000001" in one.text
    assert "梨" in one.text


def test_the_price_before_stands_beside_the_new_one(chain: Chain, open_as: Open) -> None:
    buyer, approver = open_as("BUY", "900001"), open_as("APP", "900002")
    buyer.draft(audience="feed:chain", typed="1001,piece,,2.95")
    approver.post("/price-changes/P000001/approve")
    approver.post("/price-changes/P000001/publish")
    assert "2.95" in buyer.draft(typed="1001,piece,,3.50").text


def test_an_unknown_price_change_is_not_found(open_as: Open) -> None:
    answer = open_as("BUY", "900001").get("/price-changes/P9")
    assert answer.status_code == 404
    assert "There is no price change P9." in answer.text


def test_an_import_is_previewed_then_applied(chain: Chain, open_as: Open) -> None:
    buyer = open_as("BUY", "900001")
    text = ITEMS.replace("苹果", "红苹果") + "2001,新品,01,piece,none\n"
    shown = buyer.post("/imports", kind="items", files={"file": ("i.csv", text)}).text
    assert "新品" in shown
    upload = re.search(r'name="upload" value="([0-9a-f]{64})"', shown)
    assert upload is not None
    done = buyer.post("/imports/apply", kind="items", upload=upload[1])
    assert "Imported: 1 new, 1 changed." in done.text
    with chain.hq.engine.connect() as connection:
        names = select(item.c.name).where(item.c.item.in_(["1001", "2001"]))
        assert set(connection.execute(names).scalars()) == {"红苹果", "新品"}
    again = buyer.post("/imports/apply", kind="items", upload=upload[1])
    assert (again.status_code, "no longer here" in again.text) == (422, True)
    outside = buyer.post("/imports/apply", kind="items", upload="../../etc/passwd")
    assert (outside.status_code, "no longer here" in outside.text) == (422, True)


def test_problems_of_an_import_stand_by_line_in_the_persons_language(
    chain: Chain, open_as: Open
) -> None:
    admin = open_as("ADMIN", "secret1", "zh-CN")
    bad = ITEMS + "2001,新品,99,piece,none\n"
    shown = admin.post("/imports", kind="items", files={"file": ("i.csv", bad)})
    assert shown.status_code == 422
    assert "没有分类 99，请先导入分类" in shown.text
    assert 'name="upload"' not in shown.text
    broken = admin.post("/imports", kind="items", files={"file": ("i.csv", bad.encode("gbk"))})
    assert broken.status_code == 422
    assert "文件不是 UTF-8 编码" in broken.text
    assert not list((chain.hq.settings.data).glob("uploads/*"))


def test_imported_prices_become_a_draft(chain: Chain, open_as: Open) -> None:
    buyer = open_as("BUY", "900001")
    text = "item,unit,tier,price\n1001,piece,,3.50\n"
    shown = buyer.post("/imports", kind="prices", files={"file": ("p.csv", text)}).text
    upload = re.search(r'name="upload" value="([0-9a-f]{64})"', shown)
    assert upload is not None
    done = buyer.post("/imports/apply", kind="prices", upload=upload[1])
    assert "Drafted as price change P000001" in done.text
    with chain.hq.engine.connect() as connection:
        assert price_changes.find(connection, "P000001").starts == NOON


def test_signing_in_leads_to_ones_own_first_page(open_as: Open) -> None:
    for operator, password in (("BUY", "900001"), ("REG", "900003")):
        page = open_as(operator, password).client.get("/")
        assert page.url.path == "/price-changes"
