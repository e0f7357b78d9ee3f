"""The chain's figures against the model: days, control totals, consolidated sales, what they lack.

A business day is well when branch and headquarters show it closed under the same revision, when that
revision's totals are what the model comes to, and when headquarters' own check finds nothing. A
consolidated figure is well when it is the model's and says that nothing is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from sqlalchemy import Engine

from hq.consolidation.figures import answer
from hq.consolidation.question import Question
from hq.days import day_history, verify_day
from hq.reports.branches import known_branches
from ops.soak import held
from ops.soak.compare import Site, told_days
from ops.soak.model import DayFigures, Difference, Model
from schemas.domain.day import DayTotals
from schemas.tables.base import reading


def compare_figures(model: Model, sites: Mapping[str, Site], now: datetime) -> list[Difference]:
    """What differs in the figures of every business day, and of all of them together."""
    found: list[Difference] = []
    for branch, lanes in model.branches.items():
        found += _states(sites, branch, lanes)
        for on in sorted(model.dates(branch)):
            found += day_problems(model, sites["hq"].feeds, branch, on)
    found += _consolidated(model, sites["hq"].feeds, now)
    return found


def day_problems(model: Model, hq: Engine, branch: str, on: date) -> list[Difference]:
    """What is wrong with a branch's business date at headquarters."""
    with reading(hq) as connection:
        history = day_history(connection, branch, on)
        complaints = verify_day(connection, branch, on)
    where = f"hq {branch} {on}"
    if history is None:
        return [Difference(where, "is not known")]
    due = model.figures(branch, on)
    found = [Difference(where, one) for one in complaints]
    found += _differing(f"{where} now", history.totals, due)
    if history.state != "closed" or not history.revisions:
        found.append(Difference(where, f"is {history.state}"))
        return found
    last = history.revisions[-1]
    found += _differing(f"{where} revision {last.revision}", last.totals, due)
    found += [Difference(where, one) for one in last.differences]
    return found


def _differing(where: str, here: DayTotals, due: DayFigures) -> Iterator[Difference]:
    for name, value, wanted in (
        ("tickets", here.tickets, due.tickets),
        ("gross", here.gross, due.gross),
        ("tenders", _set(here.tenders), due.tenders),
        ("over and short", _set(here.over_short), due.over_short),
    ):
        if value != wanted:
            yield Difference(where, f"{name} {value}, should be {wanted}")


def _set(amounts: Mapping[str, int]) -> dict[str, int]:
    return {kind: amount for kind, amount in sorted(amounts.items()) if amount}


def _states(sites: Mapping[str, Site], branch: str, lanes: tuple[str, ...]) -> Iterator[Difference]:
    with reading(sites["hq"].feeds) as above, reading(sites[branch].feeds) as below:
        there = {day: state for day, state in held.day_states(above).items() if day[0] == branch}
        here = held.day_states(below)
        counts = {"hq": held.last_counts(above), branch: held.last_counts(below)}
    if here != there:
        yield Difference(branch, f"its days are {here}, at headquarters they are {there}")
    for shift, counted in counts[branch].items():
        if counts["hq"].get(shift) != counted:
            other = counts["hq"].get(shift)
            yield Difference(branch, f"counts {counted} in {shift}, headquarters {other}")
    for lane in lanes:
        told = told_days(sites[lane])
        states = {on: state for (_, on), (state, _) in here.items()}
        if told != states:
            yield Difference(lane, f"was told of {told}, its branch's days are {states}")


def _consolidated(model: Model, hq: Engine, now: datetime) -> Iterator[Difference]:
    days = sorted({on for branch in model.branches for on in model.dates(branch)})
    if not days:
        return
    with reading(hq) as connection:
        asked = Question(known_branches(connection), days[0], days[-1], by=("branch",))
        report = answer(connection, asked, now)
    due = {
        branch: sum(model.figures(branch, on).gross for on in model.dates(branch))
        for branch in model.branches
    }
    rows = {row.keys[0]: row.figures.sales for row in report.rows}
    for branch, gross in due.items():
        if rows.get(branch, 0) != gross:
            what = f"consolidated sales of {branch} are {rows.get(branch, 0)}, should be {gross}"
            yield Difference("hq", what)
    if report.total.sales != sum(due.values()):
        yield Difference("hq", f"consolidated sales are {report.total.sales}, {due} are due")
    for gap in report.completeness.gaps:
        if gap.problem not in {"not_opened", "flagged", "missing"}:
            yield Difference("hq", f"the report lacks {gap}")
