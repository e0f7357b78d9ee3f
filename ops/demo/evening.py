"""The tills are counted, the days closed, one re-closed; the report is compared and written."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy import Connection, select

from hq.days import verify_day
from ops.demo import buyer
from ops.demo.cashier import takings
from ops.demo.chain import PINS, lane_name
from ops.demo.comparison import Comparison, compare
from ops.demo.expected import expected
from ops.demo.person import Person
from ops.demo.selling import Lanes, manager
from ops.demo.stage import Stage
from ops.demo.stores import BRANCHES, LANES
from schemas.tables.days import business_day, day_revision

CORRECTED = BRANCHES[-1]
SHORT_BY = 500


def close_days(stage: Stage, lanes: Lanes) -> None:
    """Shifts end, tills are counted blind (one is short), every day is closed."""
    on = stage.material.day.on
    for cashier in lanes.cashiers.values():
        cashier.end()
    for branch in BRANCHES:
        with manager(stage, branch) as person:
            for lane in range(1, LANES + 1):
                person.count(_shift(lanes, branch, lane), _held(stage, branch, lane, short=True))
            wait_for_lanes(stage, branch)
            person.close_day(on)
    stage.wait("every day is closed at headquarters", lambda c: _revisions(c, stage) == [1, 1, 1])
    stage.teller.note(f"{CORRECTED}'s first till is {SHORT_BY / 100:.2f} short")


def re_close(stage: Stage, lanes: Lanes) -> None:
    """The money was found: the day is reopened with a reason, the count corrected, closed again."""
    on = stage.material.day.on
    reason = "the missing note lay under the drawer"
    with manager(stage, CORRECTED) as person:
        person.reopen(on, reason)
        person.count(_shift(lanes, CORRECTED, 1), _held(stage, CORRECTED, 1, short=False), reason)
        person.close_day(on)
    stage.wait(
        "the second revision is at headquarters", lambda c: _revisions(c, stage) == [1, 1, 2]
    )
    with stage.at_headquarters() as connection:
        rows = connection.execute(
            select(day_revision)
            .where(day_revision.c.branch == CORRECTED)
            .order_by(day_revision.c.revision)
        ).all()
    first, second = (row.totals["over_short"]["cash"] for row in rows)
    stage.check(
        f"headquarters has both revisions of {CORRECTED}: cash over/short {first / 100:.2f},"
        f" then {second / 100:.2f}",
        held=(first, second) == (-SHORT_BY, 0),
    )


def compare_with_the_data(stage: Stage, lanes: Lanes, baskets: int | None) -> Comparison:
    """The consolidated report against the file, and every day's control totals at headquarters."""
    day = stage.material.day
    wanted = expected(day.on, day.branch_of_store, baskets)
    with stage.at_headquarters() as connection:
        result = compare(connection, wanted, lanes.sold(), stage.now())
        found = [words for branch in BRANCHES for words in verify_day(connection, branch, day.on)]
    for branch, figures in sorted(result.reported.items()):
        stage.teller.note(
            f"{branch}: {figures.tickets} tickets, {figures.lines} lines,"
            f" {figures.sales / 100:,.2f} sold, {figures.coupons / 100:.2f} by coupon"
        )
    for words in (*result.differences, *found):
        stage.teller.bad(words)
    stage.check("the consolidated report equals the data file to the cent", held=result.equal)
    stage.check("every lane's own counts agree with what headquarters holds", held=not found)
    stage.measured["comparison"] = {
        "expected": {branch: asdict(one) for branch, one in result.expected.items()},
        "reported": {branch: asdict(one) for branch, one in result.reported.items()},
        "differences": [*result.differences, *found],
    }
    return result


def write_reports(stage: Stage, lanes: Lanes) -> None:
    """The files a person would take along: sales as CSV and PDF, day reports, receipts."""
    on = stage.material.day.on.isoformat()
    directory = stage.chain.directory / "reports"
    directory.mkdir(exist_ok=True)
    asked = f"from={on}&to={on}"
    with Person(stage.chain.addresses["hq"], buyer.REGION, PINS[buyer.REGION]) as region:
        for by in ("branch", "hour", "category"):
            for form in ("csv", "pdf"):
                answer = region.get(f"/reports/sales.{form}?{asked}&by={by}")
                (directory / f"sales-by-{by}.{form}").write_bytes(answer.content)
    for branch in BRANCHES:
        with manager(stage, branch) as person:
            report = person.get(f"/days/{on}/report.pdf").content
            (directory / f"day-{branch}.pdf").write_bytes(report)
    (directory / "tickets.json").write_text(json.dumps(lanes.sold()), encoding="utf-8")
    # A copy counts for the receipt that a killed till did not print any more.
    receipts = len(
        {
            path.name.removesuffix(".png").removesuffix(".copy")
            for lane in stage.chain.lanes
            for path in (stage.chain.directory / lane / "receipts").glob("*.png")
        }
    )
    stage.measured["receipts"] = receipts
    stage.teller.note(f"{receipts} receipts beside their lanes, reports in {directory}")
    stage.check("every ticket has its receipt", held=receipts >= len(stage.material.day.baskets))


def wait_for_lanes(stage: Stage, branch: str) -> None:
    """A manager looks at the lanes before closing: all must have sent everything."""
    for lane in range(1, LANES + 1):
        stage.chain.wait_sent(lane_name(branch, lane))


def _shift(lanes: Lanes, branch: str, lane: int) -> str:
    return lanes.cashiers[lane_name(branch, lane)].sold.shift


def _held(stage: Stage, branch: str, lane: int, *, short: bool) -> dict[str, int]:
    counted = takings(stage.material.of_lane(branch, lane))
    if short and (branch, lane) == (CORRECTED, 1):
        counted["cash"] -= SHORT_BY
    return counted


def _revisions(connection: Connection, stage: Stage) -> list[int]:
    """The revision of each branch's closed day, by branch; 0 while it is not closed."""
    rows = connection.execute(
        select(business_day)
        .where(business_day.c.business_date == stage.material.day.on)
        .order_by(business_day.c.branch)
    )
    return [row.revision if row.state == "closed" else 0 for row in rows]
