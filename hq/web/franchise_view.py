"""A franchise statement as it is shown, whether it is open or locked, and the words for what stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from sqlalchemy import Connection

from hq.completeness import Completeness
from hq.franchise import ledger
from hq.franchise.ledger import ChangedDay, DaySeen, Locked
from hq.franchise.statement import GRAVE, LACKS, Lack, Statement
from hq.goods import lines
from hq.reports.branches import KnownBranch
from replication.console.formats import plain_amount, quantity
from replication.console.languages import msgid
from replication.console.page import Page
from schemas.domain.franchise.charges import Period
from schemas.domain.franchise.difference import Cause, Difference
from schemas.domain.franchise.rule import RuleKind
from schemas.domain.franchise.term import GOODS, Kind, Term, subtotals
from schemas.domain.money import format_amount

KINDS: Mapping[Kind, str] = {
    "delivery": msgid("Delivered"),
    "over": msgid("Came beyond the note"),
    "short": msgid("Short"),
    "damaged": msgid("Damaged"),
    "returned": msgid("Sent back"),
    "royalty": msgid("Royalty"),
    "levy": msgid("Levy"),
    "minimum": msgid("Made up to the minimum"),
    "fee": msgid("Fee"),
    "goods_tax": msgid("Tax on goods"),
    "tax": msgid("Tax on royalties and fees"),
}
RULES: Mapping[RuleKind, str] = {
    "royalty": msgid("Royalty"),
    "levy": msgid("Levy"),
    "minimum": msgid("Minimum of royalties"),
    "fee": msgid("Fee"),
    "short": msgid("Credit for what is short"),
    "damaged": msgid("Credit for what is damaged"),
    "returned": msgid("Credit for what is sent back"),
    "goods_tax": msgid("Tax on goods"),
}
CAUSES: Mapping[Cause, str] = {
    "sales": msgid("sales changed"),
    "goods": msgid("goods or their price changed"),
    "rule": msgid("a rule changed"),
}
_LACKS: Mapping[Lack, str] = {
    "days": msgid("Days that are not settled: %(number)s"),
    "unpriced": msgid("Lines without a delivery price, which count nothing: %(number)s"),
    "earlier": msgid(
        "Days and notes before the first statement, which no statement holds: %(number)s"
    ),
    "on_the_way": msgid(
        "Notes not received finally; what is short comes with a later statement: %(number)s"
    ),
    "unlocked": msgid(
        "Days that finance has not locked; a change comes with a later statement: %(number)s"
    ),
}
_OPEN = msgid("Not locked yet")
_NUMBER = msgid("Statement %(number)s")
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class SoldDay:
    """What was sold on a day, with the tax in it."""

    on: date
    sales: int
    tax: int


@dataclass(frozen=True, slots=True)
class View:
    """A statement and the names of what it is of. `locked` and `completeness`: the one or the other."""

    branch: KnownBranch
    period: Period
    terms: tuple[Term, ...]
    carried: tuple[Difference, ...]
    changed: tuple[ChangedDay, ...]
    days: tuple[SoldDay, ...]
    lacks: Mapping[Lack, int]
    due: int
    currency: str
    items: Mapping[str, str]
    locked: Locked | None = None
    completeness: Completeness | None = None

    @property
    def goods(self) -> list[Term]:
        """What was delivered and what came of it."""
        return [one for one in self.terms if one.kind in GOODS]

    @property
    def charges(self) -> list[Term]:
        """The rest of its own terms."""
        return [one for one in self.terms if one.kind not in GOODS]

    @property
    def carried_due(self) -> int:
        """What the differences come to."""
        return sum(one.term.amount for one in self.carried)

    @property
    def sums(self) -> Mapping[Kind, int]:
        """Its own terms by kind."""
        return subtotals(self.terms)

    @property
    def complete(self) -> bool:
        """Whether it lacks nothing grave."""
        return not GRAVE & set(self.lacks)

    @property
    def address(self) -> str:
        """The page of it, with what a file's kind comes behind."""
        if self.locked is not None:
            return f"/franchise/statements/{self.locked.number}"
        return f"/franchise/open/{self.branch.branch}"

    def file(self, kind: str) -> str:
        """The address of the statement as a file."""
        if self.locked is not None:
            return f"{self.address}.{kind}"
        asked = {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        return f"{self.address}.{kind}?{urlencode(asked)}"

    def tickets(self, on: date | None = None) -> str:
        """The tickets of a day, or the days of the whole period."""
        first, last = on or self.period.first, on or self.period.last
        asked = {"from": first.isoformat(), "to": last.isoformat(), "branch": self.branch.branch}
        return (
            f"/tickets?{urlencode(asked)}" if on else f"/sales?{urlencode(asked | {'by': 'day'})}"
        )

    def name(self, page: Page) -> str:
        """What it is called."""
        number = "" if self.locked is None else numbered(self.locked.number)
        return page.gettext(_NUMBER, number=number) if number else page.gettext(_OPEN)


def numbered(number: int) -> str:
    """The number as it is written."""
    return f"F{number:06}"


def of_open(connection: Connection, made: Statement, currency: str) -> View:
    """An open statement."""
    own = [one for one in made.days if one.on >= made.period.first]
    carried = _telling(made.carried)
    return View(
        made.branch, made.period, made.terms, carried, made.changed, _by_day(own),
        made.lacks, made.due, currency, _names(connection, made.terms, carried),
        completeness=made.completeness,
    )  # fmt: skip


def of_locked(connection: Connection, held: Locked, branch: KnownBranch, currency: str) -> View:
    """A locked one, as it was locked."""
    terms = tuple(ledger.terms_of(connection, held.number))
    carried = _telling(ledger.carried_of(connection, held.number))
    lacks: dict[Lack, int] = {one: held.lacks[one] for one in LACKS if one in held.lacks}
    return View(
        branch, Period(held.first, held.last), terms, carried,
        tuple(ledger.changed_days(connection, held)), _by_day(ledger.days_of(connection, held)),
        lacks, held.due, currency, _names(connection, terms, carried), locked=held,
    )  # fmt: skip


def lacking(page: Page, lacks: Mapping[Lack, int]) -> list[str]:
    """What a statement lacks, a sentence each."""
    return [page.gettext(_LACKS[one], number=count) for one, count in lacks.items()]


def made_of(page: Page, one: Term, currency: str) -> str:
    """The arithmetic of a term in words and figures."""
    rate = f"{format_amount(one.rate, 2)} %"
    base = plain_amount(one.base, currency)
    if one.kind == "minimum":
        return page.gettext("%(base)s less royalties of %(less)s", base=base,
                            less=plain_amount(one.less, currency))  # fmt: skip
    if one.kind == "fee":
        days = one.quantity // _THOUSAND
        return page.gettext("%(base)s a month, %(days)s days", base=base, days=days)
    if one.kind in GOODS:
        of = quantity(one.quantity)
        return f"{of} × {rate}" if one.kind in ("short", "damaged", "returned") else of
    return f"{base} × {rate}"


def _telling(carried: Iterable[Difference]) -> tuple[Difference, ...]:
    """Those that come to something: what only rests on other figures by now is kept, and not shown."""
    return tuple(one for one in carried if one.term.amount or not one.term.priced)


def _names(
    connection: Connection, terms: tuple[Term, ...], carried: tuple[Difference, ...]
) -> dict[str, str]:
    items = {one.item for one in (*terms, *(each.term for each in carried)) if one.item}
    return lines.item_names(connection, items)


def _by_day(days: list[DaySeen]) -> tuple[SoldDay, ...]:
    found: dict[date, SoldDay] = {}
    for one in days:
        so_far = found.get(one.on, SoldDay(one.on, 0, 0))
        found[one.on] = SoldDay(one.on, so_far.sales + one.sales, so_far.tax + one.tax)
    return tuple(found[on] for on in sorted(found))
