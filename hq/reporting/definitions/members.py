"""Members by recency, frequency and money, and what they buy by segment and tier."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from hq.completeness import assess
from hq.reporting.definition import Choice, Definition, Request
from hq.reporting.definitions.tills import head_of
from hq.reporting.dimensions import named, options
from hq.reporting.summed import summed
from hq.reporting.table import Answer, Drill, Figure, Row, Share, Value, columns
from hq.reports.member_value import SEGMENTS, MemberValue, member_values
from hq.web.asked import REPORT_ROLES
from replication.console.languages import msgid
from schemas.domain.money import divide
from schemas.tables.tiers import member_tier

_QUARTER = 90
_SEGMENTS = {
    "best": msgid("Best"),
    "loyal": msgid("Loyal"),
    "new": msgid("New"),
    "promising": msgid("Promising"),
    "at_risk": msgid("At risk"),
    "lost": msgid("Lost"),
}


def _ask(connection: Connection, request: Request) -> Answer:
    asked, words, by = request.asked, request.words, request.choices["by"]
    found = member_values(connection, asked.codes, asked.first, asked.last)
    if segment := request.choices["segment"]:
        found = [one for one in found if one.segment == segment]
    completeness = assess(connection, asked.branches, asked.first, asked.last, request.now)
    figures = (
        Figure(words.gettext(msgid("Members")), "count", len(found)),
        Figure(words.gettext(msgid("Sales")), "amount", sum(one.money for one in found)),
    )
    if by == "member":
        rows = [_member(request, one) for one in found]
        heads = (
            head_of(request, "member"),
            *columns(
                words, ("tier", msgid("Member tier"), "text"),
                ("segment", msgid("Segment"), "text"),
                ("recency", msgid("Days since the last purchase"), "count"),
                ("frequency", msgid("Tickets"), "count"), ("money", msgid("Sales"), "amount"),
                ("average", msgid("Average ticket"), "amount"), ("scores", msgid("Scores"), "text"),
            ),
        )  # fmt: skip
        total = ("", "", None, *_sums(found), "")
        return summed(request, heads, rows, total, completeness, figures=figures)
    groups: dict[str, list[MemberValue]] = {}
    for one in found:
        groups.setdefault(one.segment if by == "segment" else one.tier, []).append(one)
    tiers = {
        row[0]: row[1] for row in connection.execute(select(member_tier.c.tier, member_tier.c.name))
    }
    rows = [
        Row((key,), (_group(request, by, key, tiers), *_consumed(of, found)),
            Drill("/reports/members", {"by": "member", "segment": key}) if by == "segment" else None)
        for key, of in groups.items()
    ]  # fmt: skip
    head = columns(words, ("segment", msgid("Segment"), "text"))[0]
    heads = (
        head if by == "segment" else head_of(request, "tier"),
        *columns(
            words, ("members", msgid("Members"), "count"),
            ("share", msgid("Share"), "share"),
            ("frequency", msgid("Tickets"), "count"), ("money", msgid("Sales"), "amount"),
            ("average", msgid("Average ticket"), "amount"),
            ("per_member", msgid("Sales a member"), "amount"),
        ),
    )  # fmt: skip
    return summed(request, heads, rows, _consumed(found, found), completeness, figures=figures)


def _member(request: Request, one: MemberValue) -> Row:
    values: tuple[Value, ...] = (
        named(request.words, "member", one.member, ""), one.tier,
        request.words.gettext(_SEGMENTS[one.segment]), one.recency, *_sums([one]),
        "-".join(map(str, one.scores)),
    )  # fmt: skip
    return Row((one.member,), values, Drill(f"/members/{one.member}", {}))


def _group(request: Request, by: str, key: str, tiers: dict[str, str]) -> Value:
    if by == "segment":
        return request.words.gettext(_SEGMENTS[key])
    return named(request.words, "tier", key, tiers.get(key, ""))


def _sums(of: Sequence[MemberValue]) -> tuple[int, int, int | None]:
    """Receipts, money, and money a receipt."""
    frequency, money = sum(one.frequency for one in of), sum(one.money for one in of)
    return frequency, money, divide(money, frequency) if frequency else None


def _consumed(of: Sequence[MemberValue], every: Sequence[MemberValue]) -> tuple[Value, ...]:
    money = sum(one.money for one in of)
    each = divide(money, len(of)) if of else None
    return len(of), Share(len(of), len(every)), *_sums(of), each


MEMBERS = Definition(
    code="members",
    group=msgid("Members"),
    title=msgid("Members by recency, frequency and money"),
    about=msgid("Who buys how lately, how often and for how much, by segment, tier or member."),
    roles=REPORT_ROLES,
    ask=_ask,
    measure="money",
    choices=(
        Choice("by", msgid("Rows by"), (("segment", msgid("Segment")), *options("tier", "member"))),
        Choice("segment", msgid("Segment"), (
            ("", msgid("All segments")), *((one, _SEGMENTS[one]) for one in SEGMENTS),
        )),
    ),
    days=_QUARTER,
    compared=("money",),
)  # fmt: skip
