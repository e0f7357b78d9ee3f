"""Importing members, and what earns them points.

    members        member,name,tier,phone,email and, if the file has them, birthday and card
    points_rules   category,amount,points and, if the file has it, unpaid

A column that a file has not leaves what is held; a member's personal fields are sealed before they are
anywhere but in the file. `category` is `*` for all goods without a rule of their own; `unpaid` are the
kinds of tender that earn nothing, coupons and points unless said otherwise.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, get_args

from sqlalchemy import Connection, Select, select

from hq import members
from hq.import_kinds import Reading, compare, known_tier
from hq.members import HeldMember, Personal
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.domain.points import EVERYTHING
from schemas.domain.ticket import TenderKind
from schemas.tables.catalogue import member
from schemas.tables.catalogue import points_rule as rule_table
from schemas.wire.records import PointsRule, RecordBody

MEMBER_COLUMNS = ("member", "name", "tier", "phone", "email")
OPTIONAL_OF_MEMBERS = ("birthday", "card")
POINTS_COLUMNS = ("category", "amount", "points")
OPTIONAL_OF_POINTS = ("unpaid",)

_BIRTHDAY = msgid("%(value)s is no birthday; write it like 1990-05-17")
_NO_CATEGORY = msgid("there is no category %(value)s; * stands for everything")
_AMOUNT = msgid("points are earned for an amount of more than nought")
_POINTS = msgid("points are nought or more")
_NO_TENDER = msgid("%(value)s is no kind of tender; there are %(kinds)s")
_TENDERS = frozenset({*get_args(TenderKind), "points"})


def read_members(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Members."""
    held = {row.member: HeldMember(*row) for row in connection.execute(_held_members())}

    def make(row: Row) -> RecordBody:
        number = row.code("member")
        before = held.get(number)
        tier = _tier(row, known, before)
        personal = _personal(row, members.opened(known.member_key, before) if before else None)
        if personal.birthday and not members.is_birthday(personal.birthday):
            row.refuse("birthday", _BIRTHDAY, value=personal.birthday)
        return members.record(known.member_key, number, tier, personal, before)

    return compare(connection, rows, make, known)


def read_points_rules(connection: Connection, rows: list[Row], known: References) -> Reading:
    """What goods of which categories earn."""
    usual = {row.category: row.unpaid for row in connection.execute(select(rule_table))}

    def make(row: Row) -> RecordBody:
        category = row.code("category")
        if category not in known.categories and category != EVERYTHING:
            row.refuse("category", _NO_CATEGORY, value=category)
        amount, points = row.number("amount", known.decimals), row.number("points", 0)
        if amount <= 0 and not row.problems:
            row.refuse("amount", _AMOUNT)
        if points < 0:
            row.refuse("points", _POINTS)
        rule = PointsRule(category=category, amount=amount, points=points)
        if "unpaid" not in row.cells:
            return rule.model_copy(update={"unpaid": usual.get(category, rule.unpaid)})
        kinds = row.text("unpaid", required=False).split()
        for kind in kinds:
            if kind not in _TENDERS:
                row.refuse("unpaid", _NO_TENDER, value=kind, kinds=", ".join(sorted(_TENDERS)))
        return rule.model_copy(update={"unpaid": " ".join(sorted(set(kinds)))})

    return compare(connection, rows, make, known)


def _personal(row: Row, before: Personal | None) -> Personal:
    """What a row says; of columns that the file has not, what was held."""
    said = Personal(
        row.text("name"), row.text("phone", required=False), row.text("email", required=False)
    )
    for name in OPTIONAL_OF_MEMBERS:
        if name in row.cells:
            said = replace(said, **{name: row.text(name, required=False)})
        elif before is not None:
            said = replace(said, **{name: getattr(before, name)})
    return said


def _tier(row: Row, known: References, before: HeldMember | None) -> str:
    """A row's tier; one that the member has already is no new one, whatever the table has."""
    tier = row.code("tier", required=False)
    return tier if before is not None and before.tier == tier else known_tier(row, known)


def _held_members() -> Select[Any]:
    return select(*(member.c[one.name] for one in fields(HeldMember)))
