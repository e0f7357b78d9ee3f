"""Saved reports that are sent: by mail and into the folder, with what they are missing; failures are tried again."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, select, update
from starlette.testclient import TestClient

from hq.reporting import saved, schedules
from hq.reporting.mail import MailSettings
from hq.reporting.schedules import Rhythm, Run
from hq.reporting.sending import Delivery, ReportSender
from replication.console.users import User
from schemas.tables.reporting import report_run, report_schedule
from schemas.tables.staff import staff
from tests.hq.reporting.smtp_server import Mailbox, mail_server
from tests.hq.reporting_site import NOW

SCOPED = User("scoped", "赵敏", "regional_ops", ("N001",))
pytestmark = pytest.mark.usefixtures("application")
MORNING = Rhythm("day", 0, "06:30", "Asia/Shanghai")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


class Office:
    """Headquarters' sender on a clock that is moved by hand."""

    def __init__(self, engine: Engine, folder: Path, mail: MailSettings | None) -> None:
        self.engine = engine
        self.now = NOW
        delivery = Delivery(folder, mail, "CNY")
        self.sender = ReportSender(engine, lambda: self.now, delivery)

    def plan(self, rhythm: Rhythm, form: str, *to: str, asked: dict[str, list[str]]) -> int:
        with self.engine.begin() as connection:
            connection.execute(update(report_schedule).values(active=False))
            connection.execute(update(report_run).values(state="done"))
            number = saved.save(
                connection, SCOPED, f"每日 {form}/{len(to)}", "sales", asked, NOW, shared=False
            )
            report = saved.find(connection, SCOPED, number)
            schedules.add(connection, report, "scoped", rhythm, form, to, "zh_CN", NOW)
        return number

    def runs(self, number: int) -> list[Run]:
        with self.engine.connect() as connection:
            return schedules.runs_of(connection, number, 10)


def mailing(box: Mailbox) -> MailSettings:
    return MailSettings(host="127.0.0.1", port=box.port, sender="hq@chain.example", security="none")


@pytest.mark.parametrize(
    ("rhythm", "after", "following"),
    [
        (MORNING, "2026-03-04T14:30", "2026-03-04T22:30"),
        (MORNING, "2026-03-04T22:30", "2026-03-05T22:30"),
        (Rhythm("week", 1, "07:00", "UTC"), "2026-03-04T14:30", "2026-03-09T07:00"),
        (Rhythm("month", 1, "07:00", "UTC"), "2026-03-04T14:30", "2026-04-01T07:00"),
        (Rhythm("month", 31, "07:00", "UTC"), "2026-02-04T14:30", "2026-02-28T07:00"),
        (Rhythm("day", 0, "02:30", "Europe/Berlin"), "2026-03-28T12:00", "2026-03-29T00:30"),
    ],
)
def test_when_a_report_is_due(rhythm: Rhythm, after: str, following: str) -> None:
    read = datetime.fromisoformat(after).replace(tzinfo=UTC)
    due = rhythm.following(read)
    expected = datetime.fromisoformat(following).replace(tzinfo=UTC)
    # A time of day that is left out comes as much later as the clocks were moved.
    assert due in {expected, expected + timedelta(hours=1)}


def test_a_report_is_mailed_as_its_owner_sees_it(
    engine: Engine, mailbox: Mailbox, tmp_path: Path
) -> None:
    office = Office(engine, tmp_path, mailing(mailbox))
    asked = {"by": ["branch"], "range": ["last_7_days"]}
    number = office.plan(MORNING, "xlsx", "a@chain.example", "b@chain.example", asked=asked)
    assert office.sender.tick() == 0
    office.now = NOW + timedelta(days=1)
    assert office.sender.tick() == 1
    assert office.sender.tick() == 0
    (letter,) = mailbox.letters
    assert mailbox.recipients == ["a@chain.example", "b@chain.example"]
    assert letter["From"] == "hq@chain.example"
    body = letter.get_body()
    assert body is not None
    text = body.get_content()
    assert "不完整" in text
    (file,) = letter.iter_attachments()
    figures, missing = load_workbook(io.BytesIO(file.get_content())).worksheets
    rows = list(figures.iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in rows] == ["门店 N001", "合计"]
    # Due on the morning of the 5th by the branch's clock: the week through the 4th.
    assert missing["B2"].value == "2026-02-26 – 2026-03-04"
    (run,) = office.runs(number)
    assert (run.state, run.attempts, run.complete) == ("done", 1, False)
    assert run.sent_to == ("a@chain.example", "b@chain.example")
    assert run.bytes == len(file.get_content())
    assert "不完整" in run.said


def test_a_server_that_refuses_is_asked_again_until_it_is_given_up(
    engine: Engine, mailbox: Mailbox, tmp_path: Path
) -> None:
    office = Office(engine, tmp_path, mailing(mailbox))
    number = office.plan(MORNING, "csv", "a@chain.example", asked={"by": ["day"]})
    mailbox.busy = True
    office.now = NOW + timedelta(hours=9)
    office.sender.tick()
    (run,) = office.runs(number)
    assert (run.state, run.again) == ("failed", office.now + timedelta(minutes=10))
    assert "the disk is full" in run.error
    assert office.sender.tick() == 0
    for minutes in (10, 20, 30):
        office.now += timedelta(minutes=minutes)
        assert office.sender.tick() == 1
    (run,) = office.runs(number)
    assert (run.state, run.attempts, run.again) == ("given_up", 4, None)
    with engine.connect() as connection:
        assert schedules.troubled(connection)[number].error == run.error
    mailbox.busy = False
    office.now += timedelta(days=1)
    assert office.sender.tick() == 1
    assert [run.state for run in office.runs(number)] == ["done", "given_up"]
    with engine.connect() as connection:
        assert number not in schedules.troubled(connection)


def test_a_file_is_dropped_whole_and_one_left_in_the_middle_is_made_again(
    engine: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "reports"
    office = Office(engine, folder, None)
    number = office.plan(MORNING, "pdf", asked={"range": ["yesterday"]})
    office.now = NOW + timedelta(hours=9)
    office.sender.tick()
    (file,) = folder.iterdir()
    assert file.read_bytes().startswith(b"%PDF")
    assert re.fullmatch(r"每日 pdf_0 .*2026-03-04_2026-03-04\.pdf", file.name)
    file.unlink()
    with engine.begin() as connection:
        connection.execute(update(report_run).values(state="running", ended=None))
    assert office.sender.tick() == 0, "the other process may still be at it"
    office.now += timedelta(minutes=31)
    assert office.sender.tick() >= 1
    assert file.exists(), "for the day before it was due, however late"
    assert office.runs(number)[0].attempts == 2


def test_what_only_a_person_can_mend_is_given_up_at_once(engine: Engine, tmp_path: Path) -> None:
    office = Office(engine, tmp_path, None)
    number = office.plan(MORNING, "csv", "a@chain.example", asked={})
    office.now = NOW + timedelta(hours=9)
    office.sender.tick()
    assert "[mail]" in office.runs(number)[0].error
    number = office.plan(MORNING, "csv", asked={"branch": ["N002"]})
    office.now += timedelta(days=1)
    office.sender.tick()
    assert "N002" in office.runs(number)[0].error, "the owner sees N001 alone"
    is_owner = staff.c.operator == "scoped"
    number = office.plan(MORNING, "csv", asked={})
    office.now += timedelta(days=1)
    with engine.begin() as connection:
        connection.execute(update(staff).where(is_owner).values(active=False))
    try:
        office.sender.tick()
    finally:
        with engine.begin() as connection:
            connection.execute(update(staff).where(is_owner).values(active=True))
    run = office.runs(number)[0]
    assert (run.state, run.attempts) == ("given_up", 1)
    assert "scoped" in run.error


def test_saving_scheduling_and_deleting_by_the_pages(
    sign_in: Callable[[str], TestClient], engine: Engine
) -> None:
    regional, scoped, buyer = sign_in("regional_ops"), sign_in("scoped"), sign_in("buyer")

    def post(client: TestClient, path: str, **fields: str) -> str:
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/reports/sales").text)
        assert token
        answer = client.post(path, data=fields | {"csrf": token[1]})
        return answer.headers.get("location", f"{answer.status_code} {answer.text}")

    asked = "from=2026-03-02&to=2026-03-02&by=item&compare=week&after=x"
    at = post(regional, "/reports/saved", report="sales", asked=asked, name=" 周报 ", range="last_week", shared="yes")  # fmt: skip
    page = regional.get(at).text
    link = re.search(r'href="/reports/sales\?([^"]+)"', page)
    assert link
    assert set(link[1].split("&amp;")) == {"by=item", "compare=week", "range=last_week"}
    assert "周报" in buyer.get("/reports").text
    opened = regional.get("/reports/sales?by=item&compare=week&range=last_week").text
    assert "23 Feb 2026 – 1 Mar 2026" in opened
    assert post(buyer, f"{at}/delete").startswith("403")
    assert post(regional, "/reports/saved", report="sales", asked="", name=" ").startswith("422")
    wrong = {"every": "week", "weekday": "9", "at": "06:30", "zone": "UTC", "form": "csv"}
    for change, said in (
        ({}, "Choose a day"), ({"weekday": "1", "at": "noon"}, "06:30"),
        ({"weekday": "1", "recipients": "me"}, "no mail address"),
    ):  # fmt: skip
        assert said in post(regional, f"{at}/schedules", **wrong | change)
    assert post(regional, f"{at}/schedules", **wrong | {"weekday": "7"}) == at
    page = regional.get(at).text
    assert "Every Sunday at 06:30" in page
    with engine.connect() as connection:
        (schedule,) = schedules.of_report(connection, int(at.rpartition("/")[2]))
    assert post(regional, f"{at}/send", schedule=str(schedule.id)) == at
    assert post(regional, f"{at}/stop", schedule=str(schedule.id)) == at
    assert post(regional, f"{at}/stop", schedule=str(schedule.id)).startswith("404")
    own = post(scoped, "/reports/saved", report="sales", asked="by=day", name="mine")
    assert buyer.get(own).status_code == 404
    assert post(regional, f"{at}/delete") == "/reports"
    with engine.connect() as connection:
        assert connection.execute(select(report_schedule.c.active)).scalars().all().count(True) <= 1
