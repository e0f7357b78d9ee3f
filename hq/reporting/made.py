"""A report that was made: what was asked, what was answered, for whom. Every form is written from it.

    form   holds                                                          at most
    page   a page of rows beside its chart                                100 rows
    json   a page of rows with the address of the next                    1,000 rows
    csv    all rows                                                       100,000 rows
    xlsx   all rows, and what they are missing on a sheet of its own      100,000 rows
    pdf    the first rows, what they are missing before them              2,000 rows, and says so

A file that would have more is refused with its reason and the way out (`TooManyRowsError`), so that no question
takes the memory of the machine; page by page a program reads any number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from hq.reporting.asking import Asked, AskedError, Parameters
from hq.reporting.comparing import answered
from hq.reporting.definition import COMPARISON_LABELS, Definition, Request
from hq.reporting.reading import Reader, read_request
from hq.reporting.table import Answer
from replication.console import formats
from replication.console.languages import msgid
from replication.console.words import Words

#: The most rows of a file, and of one on paper.
MOST_ROWS = 100_000
MOST_PRINTED = 2_000
_TOO_MANY = msgid(
    "This report has more than %(most)s rows, which are more than a file may hold: the machine that"
    " makes it has others to serve."
)
_NARROWER = msgid(
    "Choose fewer branches, a shorter range or something coarser to report by; a program reads all"
    " rows, page by page, from the JSON answer."
)
_BRANCHES_ALL = msgid("all %(number)s")


class TooManyRowsError(AskedError):
    """More rows than a file may hold."""

    def __init__(self) -> None:
        super().__init__(_TOO_MANY, 413, _NARROWER, most=f"{MOST_ROWS:,}")


@dataclass(frozen=True, slots=True)
class Author:
    """For whom a report is made."""

    name: str
    operator: str


@dataclass(frozen=True, slots=True)
class Made:
    """A report and its answer."""

    definition: Definition
    request: Request
    answer: Answer
    author: Author

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
    author: Author, *, limit: int, whole: bool,
) -> Made:  # fmt: skip
    """Make a report; `whole` where a part of its rows would be no report. Call it in one snapshot.

    Raises AskedError, and TooManyRowsError where the whole is more than `limit`.
    """
    request = read_request(connection, definition, parameters, reader, limit)
    answer = answered(connection, definition, request)
    if whole and answer.following:
        raise TooManyRowsError
    return Made(definition, request, answer, author)


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
