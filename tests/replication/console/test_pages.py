"""What a signed-in person may do, and what every failure of a page tells them."""

from __future__ import annotations

import pytest
from psycopg import sql
from sqlalchemy import Engine
from starlette.testclient import TestClient

from ops.embedded_postgres import EmbeddedPostgres
from tests.replication.console.conftest import ADDRESS, csrf, sign_in

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def test_home_is_the_first_page(buyer: TestClient) -> None:
    assert buyer.get("/").headers["location"] == "/report"


def test_the_menu_shows_what_the_person_may_open(buyer: TestClient) -> None:
    assert '<a href="/report" aria-current="page">销售报表</a>' in buyer.get("/report").text
    assert '<a href="/prices">' in buyer.get("/report").text
    sign_in(buyer, "u2")
    assert '<a href="/prices">' not in buyer.get("/report").text


def test_parts_of_an_entry_lead_to_one_another(buyer: TestClient) -> None:
    shown = buyer.get("/report").text
    parts = shown[shown.index('class="actions parts"') :].partition("</nav>")[0]
    assert 'href="/report" aria-current="page"' in parts
    assert 'href="/echo"' in parts
    assert 'class="actions parts"' not in buyer.get("/prices").text


def test_whoever_may_open_one_part_alone_sees_no_row_of_parts(client: TestClient) -> None:
    sign_in(client, "u2")
    assert 'class="actions parts"' not in client.get("/report").text


def test_a_role_without_the_right_is_told_which_one_it_takes(client: TestClient) -> None:
    sign_in(client, "u2")
    refused = client.get("/prices")
    assert refused.status_code == 403
    assert "本页仅供以下角色使用：采购员。您当前的角色是：审批人。" in refused.text


def test_a_form_of_the_session_is_taken_and_its_message_shown_once(buyer: TestClient) -> None:
    response = buyer.post("/prices", data={"price": "12.50", "csrf": csrf(buyer)})
    assert (response.status_code, response.headers["location"]) == (303, "/prices")
    assert '<p class="message" role="status">已保存 12.50。</p>' in buyer.get("/prices").text
    assert "已保存" not in buyer.get("/prices").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://testserver:8080"},
    ],
)
def test_a_form_from_elsewhere_does_nothing(buyer: TestClient, headers: dict[str, str]) -> None:
    form = {"price": "1", "csrf": csrf(buyer)}
    refused = buyer.post("/prices", data=form, headers=headers)
    assert refused.status_code == 403
    assert "此表单不是从本站点的页面提交的" in refused.text


def test_a_form_that_does_not_say_where_it_came_from_does_nothing(buyer: TestClient) -> None:
    form = {"price": "1", "csrf": csrf(buyer)}
    del buyer.headers["Origin"]
    assert buyer.post("/prices", data=form).status_code == 403


def test_a_form_of_another_session_does_nothing(buyer: TestClient) -> None:
    before = csrf(buyer)
    sign_in(buyer, "u1")
    assert buyer.post("/prices", data={"price": "1", "csrf": before}).status_code == 403
    assert buyer.post("/prices", data={"price": "1"}).status_code == 403


def test_htmx_carries_the_token_in_a_header_and_gets_a_part(buyer: TestClient) -> None:
    headers = HTMX | {"X-CSRF-Token": csrf(buyer)}
    assert buyer.post("/touch", headers=headers).text == '<p class="touched">收银员一</p>'
    response = buyer.post("/prices", headers=headers, data={"price": "1"})
    assert response.headers["hx-redirect"] == "/prices"


def test_uploads_and_repeated_fields_arrive(buyer: TestClient) -> None:
    files = {"items": ("items.csv", b"a,b\n"), "none": ("", b"")}
    form = {"csrf": csrf(buyer), "branch": ["B001", "B002"]}
    response = buyer.post("/upload", data=form, files=files)
    assert response.text == "{'items': 4} ['B001', 'B002']"


def test_an_upload_without_end_is_refused(buyer: TestClient) -> None:
    files = {"items": ("items.csv", b"x" * (66 * 1024 * 1024))}
    response = buyer.post("/upload", data={"csrf": csrf(buyer)}, files=files)
    assert response.status_code == 413


def test_a_missing_field_is_named(buyer: TestClient) -> None:
    response = buyer.post("/prices", data={"csrf": csrf(buyer)})
    assert response.status_code == 400
    assert "缺少字段“price”。" in response.text


def test_paths_and_queries_arrive(buyer: TestClient) -> None:
    assert buyer.get("/echo/7?b=1&b=2").text == "7 ['1', '2'] 2"
    assert buyer.get("/echo/7").status_code == 400


def test_a_refusal_is_a_page_or_a_part_and_never_markup(buyer: TestClient) -> None:
    page = buyer.get("/refuse")
    assert page.status_code == 409
    assert "&lt;b&gt;" in page.text
    assert "<html" in page.text
    part = buyer.get("/refuse", headers=HTMX)
    assert part.status_code == 409
    assert part.text.startswith('<section class="banner bad" role="alert">')


def test_our_own_mistake_has_a_number_that_stands_in_the_log(
    buyer: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    response = buyer.get("/fail")
    assert response.status_code == 500
    number = response.text.split("按编号 ")[1].split(" ")[0]
    logged = capsys.readouterr().out
    assert number in logged
    assert "RuntimeError" in logged
    assert "RuntimeError" not in response.text


def test_a_database_that_is_away_is_no_mistake_of_ours(
    buyer: TestClient, engine: Engine, hq_database_server: EmbeddedPostgres
) -> None:
    name = sql.Identifier(engine.url.database or "")
    with hq_database_server.administration() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
    engine.dispose()
    response = buyer.get("/report")
    assert response.status_code == 503
    assert "会自行恢复" in response.text
    with hq_database_server.administration() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
    assert buyer.get("/report").status_code == 200


def test_what_is_not_there_says_so_and_keeps_the_menu(buyer: TestClient) -> None:
    response = buyer.get("/nowhere")
    assert response.status_code == 404
    assert "没有此页" in response.text
    assert 'href="/prices"' in response.text
    assert buyer.post("/report").status_code == 405


def test_every_answer_is_guarded(client: TestClient) -> None:
    for path in ("/sign-in", "/report", "/nowhere", "/static/console.css"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_pages_are_not_kept_and_versioned_files_are(buyer: TestClient) -> None:
    page = buyer.get("/report")
    assert page.headers["cache-control"] == "no-store"
    address = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in buyer.get(address).headers["cache-control"]
    assert buyer.get("/static/console.css").headers["cache-control"] == "no-cache"


def test_two_sites_on_one_machine_do_not_share_a_sign_in(buyer: TestClient) -> None:
    assert buyer.get("/report").status_code == 200
    assert buyer.get(f"{ADDRESS}:8081/report").status_code == 303
