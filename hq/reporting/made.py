"""A report that was made: what was asked, what was answered, for whom. Every form is written from it.

    form   holds                                                          at most
    page   a page of rows beside its chart                                100 rows
    json   a page of rows with the address of the next                    1,000 rows
    csv    all rows, written as they are read                             any number
    xlsx   all rows, and what they are missing on a sheet of its own      what a sheet holds
    pdf    the first rows, what they are missing before them              2,000 rows, and says so

A report whose rows the database sorts is read by a cursor, so many rows at a time: no question takes the memory of
the machine. What is held against an earlier range, and what is mailed, is in memory as a whole and has at most
100,000 rows. What would be more is refused with its reason and the way out (`TooManyRowsError`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from sqlalchemy import Connection

from hq.reporting.asking import Asked, AskedError, Parameters
from hq.reporting.comparing import MOST_EARLIER, answered
from hq.reporting.definition import COMPARISON_LABELS, Definition, Request
from hq.reporting.reading import Reader, read_request
from hq.reporting.table import Answer, Row
from replication.console import formats
from replication.console.languages import msgid
from replication.console.words import Words

MOST_PRINTED = 2_000
#: How many rows are read at a time.
PAGE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Limit:
    """The most rows of something, what is said of more, and the way out."""

    most: int
    text: str
    advice: str


#: A sheet's own rows, less the head and the total.
SHEET = Limit(
    1_048_576 - 2,
    msgid("This report has more than %(most)s rows, which is all that a sheet holds."),
    msgid("Take the CSV, which holds any number, or choose something coarser to report by."),
)
MAILED = Limit(
    100_000,
    msgid("This report has more than %(most)s rows, too many to be mailed."),
    msgid("Take the addresses away: the file is then dropped in the folder."),
)
_COMPARED = Limit(
    MOST_EARLIER,
    msgid("This report has more than %(most)s rows, too many to be held against an earlier range."),
    msgid("Take the comparison away, or choose something coarser to report by."),
)
_BRANCHES_ALL = msgid("all %(number)s")


class TooManyRowsError(AskedError):
    """More rows than there may be."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.text, 413, limit.advice, most=f"{limit.most:,}")


@dataclass(frozen=True, slots=True)
class Author:
    """For whom a report is made."""

    name: str
    operator: str


@dataclass(frozen=True, slots=True)
class Made:
    """A report and its answer. `rows` are those of the answer, or, of a whole file, every one as it is read: once,
    while the connection is open.
    """

    definition: Definition
    request: Request
    answer: Answer
    author: Author
    rows: Iterable[Row]

    @property
    def words(self) -> Words:
        """In whose words."""
        return self.request.words

    @property
    def title(self) -> str:
        """What it is called, and by what its rows are."""
        title = self.words.gettext(self.definition.title)
        names = [self._option(one) for one in ("by", "by2")]
        return " · ".join([title, *(name for name in names if name)])

    @property
    def period(self) -> str:
        """Its dates in words; of a report of now the date on which it was made."""
        asked, language = self.request.asked, self.words.language
        if not self.definition.days:
            return formats.instant(self.request.now, asked.zone, language)
        return dates(asked, language)

    @property
    def file_name(self) -> str:
        """A name that tells one report from another, without its ending."""
        asked = self.request.asked
        when = (
            f"{asked.first}_{asked.last}"
            if self.definition.days
            else f"{self.request.now:%Y-%m-%d}"
        )
        return f"{self.title.replace(' · ', ' ')} {when}"

    def facts(self) -> list[tuple[str, str]]:
        """All that was asked for, as labels and values."""
        words, asked = self.words, self.request.asked
        facts = [
            (words.gettext("Business dates"), self.period),
            (words.gettext("Branches"), branches_in_words(words, asked)),
            (words.gettext("Currency"), self.answer.currency),
        ]
        facts += [
            (words.gettext(one.label), self._option(one.name))
            for one in self.definition.choices
            if one.name not in {"by", "by2"} and one.means_something(self.request.choices)
        ]
        filters = self.request.filters
        facts += [
            (words.gettext(one.label), filters[one.name])
            for one in self.definition.filters
            if filters[one.name]
        ]
        if self.answer.compared:
            label = words.gettext(COMPARISON_LABELS[self.answer.compared.comparison])
            facts.append((words.gettext("Compared with"), label))
        return facts

    def _option(self, name: str) -> str:
        choice = self.definition.choice(name)
        if choice is None or not choice.means_something(self.request.choices):
            return ""
        value = self.request.choices[name]
        if (name == "by2" and not value) or (name == "by" and len(choice.options) == 1):
            return ""
        return self.words.gettext(dict(choice.options)[value])


def make(
    connection: Connection, definition: Definition, parameters: Parameters, reader: Reader,
    author: Author, *, limit: int,
) -> Made:  # fmt: skip
    """Make a report of at most so many rows. Call it in one snapshot. Raises AskedError."""
    request = read_request(connection, definition, parameters, reader, limit)
    answer = answered(connection, definition, request)
    return Made(definition, request, answer, author, answer.rows)


def make_whole(
    connection: Connection, definition: Definition, parameters: Parameters, reader: Reader,
    author: Author, limit: Limit | None,
) -> Made:  # fmt: skip
    """Make a report of which a part would be none. Call it in one snapshot, and read its rows in the same.

    Raises AskedError, and, as its rows are read too, TooManyRowsError where they are more than the limit.
    """
    request = read_request(connection, definition, parameters, reader, None)
    if request.comparison is not None:
        request = replace(request, limit=_COMPARED.most)
    if definition.stream is None or request.comparison is not None:
        answer = answered(connection, definition, request)
        if answer.following:
            raise TooManyRowsError(_COMPARED)
        return Made(definition, request, answer, author, _at_most(answer.rows, limit))
    answer, pages = definition.stream(connection, request, PAGE_ROWS)
    rows = _at_most(chain.from_iterable(pages), limit)
    return Made(definition, request, answer, author, rows)


def _at_most(rows: Iterable[Row], limit: Limit | None) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        if limit is not None and number > limit.most:
            raise TooManyRowsError(limit)
        yield row


def dates(asked: Asked, language: str) -> str:
    """The business dates asked for."""
    first = formats.day(asked.first, language)
    if asked.first == asked.last:
        return first
    return f"{first} – {formats.day(asked.last, language)}"


def branches_in_words(words: Words, asked: Asked) -> str:
    """Which branches the figures are of."""
    if len(asked.branches) == len(asked.known):
        return words.gettext(_BRANCHES_ALL, number=len(asked.known))
    codes = ", ".join(asked.codes)
    return f"{asked.region}: {codes}" if asked.region else codes
