"""What a manager does on the pages, and what the pages refuse."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from replication import incarnation
from replication.errors import RefusedError
from schemas.tables.days import business_day, day_revision
from tests.branch.shop import DAY, LaneTill, Shop
from tests.branch.web.conftest import send, sign_in
from tests.papers import papers

PAGES = ("/", "/monitor", "/tills", "/day", "/days", "/lanes")


def texts(html: str) -> str:
    """The text of a page, without its marks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def sold_out(shop: Shop) -> LaneTill:
    """A day with one lane that sold for 3.50 in cash and ended its shift."""
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.sell()
    lane.end_shift()
    lane.push()
    return lane


def state(shop: Shop) -> tuple[str, int]:
    with shop.engine.connect() as connection:
        row = connection.execute(select(business_day)).one()
        return row.state, row.revision


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_a_page_without_signing_in(client: TestClient, path: str) -> None:
    response = client.get(path, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("path", PAGES)
def test_a_cashier_is_refused_by_name_of_the_role(client: TestClient, path: str) -> None:
    sign_in(client, "C1")
    response = client.get(path)
    assert response.status_code == 403
    assert "branch manager" in texts(response.text)


@pytest.mark.parametrize("path", PAGES)
def test_an_empty_branch_says_what_to_do(manager: TestClient, path: str) -> None:
    assert manager.get(path).status_code == 200


def test_the_count_is_blind_until_it_is_kept(shop: Shop, manager: TestClient) -> None:
    lane = sold_out(shop)
    page = texts(manager.get(f"/tills/{lane.shift}").text)
    assert "103.50" not in page
    assert "3.50" not in page
    status, page = send(
        manager, f"/tills/{lane.shift}", cash="103,5", card="", coupon="0", qr="0", voucher="0"
    )
    assert status == 200
    assert texts(page).count("Write an amount such as 1234.50") == 2
    status, page = send(
        manager, f"/tills/{lane.shift}", cash="103", card="0", coupon="0", qr="0", voucher="0"
    )
    assert "$103.50" in texts(page)
    assert "short $0.50" in texts(page)


def test_a_till_is_counted_by_denomination(shop: Shop, manager: TestClient) -> None:
    lane = sold_out(shop)
    pieces = {"cash-10000": "1", "cash-100": "3", "cash-25": "2", "card": "0", "coupon": "0"}
    typed = {**pieces, "qr": "0", "voucher": "0"}
    _, page = send(manager, f"/tills/{lane.shift}", **typed, cash="103")
    assert "The pieces come to $103.50" in texts(page)
    _, page = send(manager, f"/tills/{lane.shift}", **(typed | {"cash-25": "2.5"}))
    assert "a whole number" in texts(page)
    _, page = send(manager, f"/tills/{lane.shift}", **typed)
    assert "exact" in texts(page)
    assert "$0.25 × 2" in texts(page)
    assert manager.get(f"/tills/{lane.shift}/z.pdf").content.startswith(b"%PDF")


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_till_names_what_went_through_its_drawer(
    shop: Shop, manager: TestClient, language: str
) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    lane.move_cash("pickup", 9_000)
    lane.move_cash("no_sale", 0)
    lane.push()
    manager.cookies.set("language", language)
    manager.headers["Accept-Language"] = language.replace("_", "-")
    page = texts(manager.get(f"/tills/{lane.shift}").text)
    words = {"en": ("Pickup to the safe", "Opened without a sale"), "zh_CN": ("缴款", "仅开钱箱")}
    assert all(word in page for word in words[language])
    assert "90.00" in page
    assert manager.get(f"/tills/{lane.shift}/x.pdf").content.startswith(b"%PDF")


def test_a_day_is_closed_reopened_and_closed_again_by_its_forms(
    shop: Shop, manager: TestClient
) -> None:
    lane = sold_out(shop)
    status, page = send(manager, "/day", date=DAY.isoformat())
    assert status == 409
    assert "was not counted" in texts(page)
    send(manager, f"/tills/{lane.shift}", cash="103", card="0", coupon="0", qr="0", voucher="0")
    status, page = send(manager, "/day", date=DAY.isoformat())
    assert status == 409
    key = re.findall(r'name="accept" value="([^"]+)"', page)
    assert state(shop) == ("open", 0)
    status, page = send(manager, "/day", date=DAY.isoformat(), accept=key)
    assert "is closed as revision 1" in texts(page)
    status, page = send(manager, f"/days/{DAY}/reopen", reason="a coin was stuck")
    assert "is reopened for corrections" in texts(page)
    status, page = send(
        manager,
        f"/tills/{lane.shift}",
        cash="103.5",
        card="0",
        coupon="0",
        qr="0",
        voucher="0",
        reason="a coin",
    )
    assert "exact" in texts(page)
    status, page = send(manager, "/day", date=DAY.isoformat())
    assert state(shop) == ("closed", 2)
    shown = texts(page)
    assert "Revision 1 Revision 2" in shown
    assert "a coin was stuck" in shown
    assert "changed by $0.50" in shown
    with shop.engine.connect() as connection:
        assert len(connection.execute(select(day_revision)).all()) == 2


def test_a_day_is_opened_by_its_form_and_a_second_one_is_refused(
    shop: Shop, manager: TestClient
) -> None:
    assert 'value="2026-03-02"' in manager.get("/").text
    status, page = send(manager, "/days/open", date="2026-03-02")
    assert "is open. The lanes are told." in texts(page)
    assert manager.get("/days/2026-03-02").status_code == 200
    status, page = send(manager, "/days/open", date="2026-03-03")
    assert status == 409
    assert "2 Mar 2026 is still open: close it first, or end its sales" in texts(page)
    status, page = send(manager, "/days/open", date="yesterday")
    assert status == 422
    assert "“yesterday” is no date" in texts(page)


def test_a_refusal_speaks_the_persons_language(shop: Shop, manager: TestClient) -> None:
    manager.headers["Accept-Language"] = "zh-CN"
    send(manager, "/days/open", date="2026-03-02")
    _, page = send(manager, "/days/open", date="2026-03-03")
    assert "2026-03-02 尚未日结，请先日结" in texts(page)


def test_a_lanes_token_is_shown_once(shop: Shop, manager: TestClient) -> None:
    _, page = send(manager, "/lanes/token", lane="N001.07")
    assert "Token for N001.07" in texts(page)
    assert "chainwright lane enrol --parent http://testserver --token" in texts(page)
    assert "Token for" not in texts(manager.get("/lanes").text)
    status, page = send(manager, "/lanes/token", lane="N002.07")
    assert status == 409
    assert "is no lane of N001" in texts(page)


def test_a_lane_is_retired_with_a_reason_and_leaves_the_list(
    shop: Shop, manager: TestClient
) -> None:
    shop.lane(1)
    status, _ = send(manager, "/lanes/N001.01/retire", reason=" ")
    assert status == 409
    _, page = send(manager, "/lanes/N001.01/retire", reason="sold")
    assert "N001.01 is retired. Its receipts stay." in texts(page)
    assert "Shut out or retired: 1" in texts(page)
    page = texts(manager.get("/lanes/N001.01").text)
    assert "Revoked" in page
    assert "sold" in page
    assert manager.get("/lanes/N001.09").status_code == 404


def test_a_lane_gets_another_machine_by_a_token_that_ends_the_old_one(
    shop: Shop, manager: TestClient
) -> None:
    lane = shop.lane(1)
    lane.push()
    lane.open_shift()
    lane.runner.report_once()
    status, page = send(manager, "/lanes/N001.01/replace", reason="its disk clicks")
    assert status == 409
    assert "N001.01 had not sent 1 entries" in texts(page)
    _, page = send(manager, "/lanes/N001.01/replace", reason="its disk clicks", may_stay="yes")
    assert "chainwright lane enrol --parent http://testserver --token" in texts(page)
    assert "Machine replaced" in texts(page)
    with pytest.raises(RefusedError, match="was revoked"):
        lane.push()


def test_two_copies_of_a_lane_are_shown_and_one_is_shut_out(
    shop: Shop, manager: TestClient
) -> None:
    shop.lane(1)
    with shop.engine.begin() as connection:
        for name in ("first-copy", "second-copy", "first-copy"):
            incarnation.heard(connection, "N001.01", name, "", shop.clock())
    page = texts(manager.get("/lanes").text)
    assert "Two copies of N001.01 are alive" in page
    assert "second-copy" in page
    path = "/lanes/N001.01/copies/{}/shut-out"
    assert send(manager, path.format("second-copy"), reason="")[0] == 409
    assert send(manager, path.format("third-copy"), reason="no idea")[0] == 409
    _, page = send(manager, path.format("second-copy"), reason="the old disk")
    assert "The copy second-c… of N001.01 is shut out." in texts(page)
    assert "are alive" not in texts(page)


def test_a_parked_entry_is_shown_with_both_ways_out(shop: Shop, manager: TestClient) -> None:
    lane = sold_out(shop)
    lane.state(lane.sold[0])
    lane.push()
    page = texts(manager.get("/lanes").text)
    assert "N001.01 #4 · ticket" in page
    status, page = send(manager, "/parked/N001.01/4", decision="retry")
    assert status == 409
    assert "cannot be applied" in texts(page)
    status, page = send(manager, "/parked/N001.01/4", decision="release", reason="sent twice")
    assert status == 200
    assert "N001.01 #4 is set down" in texts(page)
    assert send(manager, "/parked/N001.01/four", decision="retry")[0] == 404


def test_what_does_not_exist_is_said(shop: Shop, manager: TestClient) -> None:
    for path in (
        "/days/2026-01-01",
        "/tills/nowhere",
        "/tills/nowhere/x.pdf",
        "/days/2026-01-01/z.pdf",
    ):
        assert manager.get(path).status_code == 404, path
    assert manager.get("/days/soon").status_code == 422


def test_reports_are_files(shop: Shop, manager: TestClient) -> None:
    lane = sold_out(shop)
    assert manager.get(f"/tills/{lane.shift}/z.pdf").status_code == 404
    assert manager.get(f"/days/{DAY}/z.pdf").status_code == 404
    shop.count(lane.shift, cash=10_350)
    shop.close_day()
    for path, name in (
        (f"/tills/{lane.shift}/x.pdf", "till-x"),
        (f"/tills/{lane.shift}/z.pdf", "till-z"),
        (f"/days/{DAY}/z.pdf?revision=1", "day-z"),
        (f"/days/{DAY}/report.pdf", "day"),
    ):
        papers(manager, path, name)
    assert manager.get(f"/days/{DAY}/z.pdf?revision=2").status_code == 404


def test_the_line_to_headquarters_is_told(shop: Shop, manager: TestClient) -> None:
    assert "Calling headquarters." in texts(manager.get("/").text)
