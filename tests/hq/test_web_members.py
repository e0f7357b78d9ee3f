"""The pages of members, as a browser without scripts uses them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hq import points
from hq.catalogue_import import ImportRefusedError
from schemas.domain.ticket import PointsEarned
from schemas.tables import sales_store
from tests.hq.conftest import Chain
from tests.hq.day_builder import MONDAY, BranchDay, lanes_of, line
from tests.hq.redeeming import LANE, ask
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture

TYPED = {
    "name": "张三丰", "tier": "gold", "phone": "13800138000", "card": "", "email": "",
    "birthday": "1990-03-02",
}  # fmt: skip


def sell(chain: Chain, member: str) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    sold = day.sell(0, line("1001", 1200), member=member)
    sold = replace(sold, points=(PointsEarned("points", 12, (1,)),))
    with chain.hq.engine.begin() as connection:
        sales_store.write(connection, [*day.facts[:-1], sold])
        points.post(connection, [sold])


def test_a_member_is_registered_found_seen_and_merged(chain: Chain, open_as: Open) -> None:
    admin, regional = open_as("ADMIN", "secret1"), open_as("REG", "900003")
    assert (
        "Nothing was saved"
        in admin.post("/members/new", files=None, **TYPED | {"birthday": "x"}).text
    )
    page = admin.post("/members/new", files=None, **TYPED)
    assert "is saved" in page.text
    found = re.search(r"member=(M[0-9A-F]+)", str(page.url))
    assert found is not None
    number = found[1]
    sell(chain, number)

    masked = regional.get(f"/members/one?member={number}").text
    for shown in ("张**", "138****8000", "N001.01-000001", ">12</dd>"):
        assert shown in masked
    for hidden in ("张三丰", "13800138000", "1990", "/members/one/open", "/members/one/merge"):
        assert hidden not in masked
    answer = regional.post("/members/one/open", member=number)
    assert answer.status_code == 403
    assert "张**" in regional.post("/members", typed="+86 138 0013 8000").text
    assert "No member has this" in regional.post("/members", typed="139").text

    seen = admin.post("/members/one/open", member=number).text
    assert "张三丰" in seen
    assert "1990-03-02" in seen
    assert "saw the personal data" in seen
    assert "张三丰" not in admin.get(f"/members/one?member={number}").text

    other = re.search(
        r"member=(M[0-9A-F]+)", str(admin.post("/members/new", files=None, **TYPED).url)
    )
    assert other is not None
    assert number in admin.get(f"/members/one?member={other[1]}").text
    wrong = admin.post("/members/one/merge", member=other[1], into="M0", reason="same")
    assert "There is no member M0" in wrong.text
    merged = admin.post("/members/one/merge", member=number, into=other[1], reason="same").text
    assert f"{number} is {other[1]} from now on." in merged
    assert "N001.01-000001" in merged
    fewer = admin.post("/members/one/points", member=other[1], points="-15", reason="counted twice")
    assert "are changed" in fewer.text
    assert ">-3</dd>" in fewer.text.replace("−", "-")
    owing = regional.get("/members/owing").text.replace("−", "-")
    assert re.findall(r"member=(M[0-9A-F]+).*?>(-?[0-9]+)</td>", owing) == [(other[1], "-3")]
    assert "no whole number" in admin.post(
        "/members/one/points", member=other[1], points="1.5", reason="x"
    ).text  # fmt: skip


def test_a_member_that_is_not_there_is_told(chain: Chain, open_as: Open) -> None:
    admin = open_as("ADMIN", "secret1")
    assert admin.get("/members/one?member=M0").status_code == 404
    assert "No members yet" in admin.get("/members").text
    assert admin.post("/members/one/points", member="M0", points="1", reason="x").status_code == 404


def test_stored_value_is_imported_once_set_right_and_shown(chain: Chain, open_as: Open) -> None:
    admin, regional = open_as("ADMIN", "secret1"), open_as("REG", "900003")
    chain.load("members", "member,name,tier,phone,email\n9001,张三,,,\n")
    opening = "member,amount,reference\n9001,50.00,C-1\n"
    chain.load("stored_value", opening)
    chain.load("stored_value", opening)
    for row, said in (
        ("9001,60.00,C-1", "was loaded before, for 9001"),
        ("9009,60.00,C-2", "there is no member 9009"),
        ("9001,0,C-2", "more than nought"),
    ):
        with pytest.raises(ImportRefusedError):
            chain.load("stored_value", f"member,amount,reference\n{row}\n")
        preview = admin.post(
            "/imports",
            kind="stored_value",
            files={"file": ("a.csv", f"member,amount,reference\n{row}\n")},
        )
        assert said in preview.text
    form = {"member": "9001", "reason": "counted twice"}
    assert (
        "is changed"
        in admin.post("/members/one/stored-value", files=None, amount="-12.50", **form).text
    )
    assert (
        "no amount"
        in admin.post("/members/one/stored-value", files=None, amount="1.234", **form).text
    )
    assert (
        "Say why"
        in admin.post(
            "/members/one/stored-value", files=None, **form | {"amount": "1", "reason": " "}
        ).text
    )
    ask(chain.hq.engine, "t1", 3000, account="9001")
    page = regional.get("/members/one?member=9001").text
    for shown in (
        ">37.50</dd>",
        "C-1",
        "counted twice",
        "Reserved for tickets",
        ">30.00</td>",
        LANE,
    ):
        assert shown in page
    assert "/members/one/stored-value" not in page
    assert (
        regional.post("/members/one/stored-value", files=None, amount="1", **form).status_code
        == 403
    )
