"""The numbers of stock documents: `<branch>-<letter>-<counter>`, such as N001-R-000042.

    a document is posted    the next after the last that was given or is held, whatever came back since
    a restore is noticed    every letter skips a block beyond all of these, and beyond the mark that
                            the last skip left outside the database: the same backup may come back twice

So a number may be skipped, and is never given twice, with the line to headquarters up or dead. Whoever
draws a number holds the branch's stock, so that no two draw the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from branch import audit
from replication.clock import Clock
from replication.durable import replace_file
from schemas.domain.stock.document import DocumentKind
from schemas.tables.stock import stock_document
from schemas.tables.stock_drafts import document_counter

LETTERS: Mapping[DocumentKind, str] = {
    "receipt": "R",
    "transfer_out": "O",
    "transfer_in": "I",
    "return_to_vendor": "V",
    "write_off": "W",
    "stocktake": "C",
}
#: More documents of a kind than a branch posts between two backups.
BLOCK = 1_000
#: How far the numbers ever skipped, beside the database.
SKIP_FILE = "document-skip"


def next_number(connection: Connection, branch: str, kind: DocumentKind) -> str:
    """Draw the number of a document; the caller holds the branch's stock."""
    letter = LETTERS[kind]
    last = max(_given(connection, letter), _held(connection, branch, letter)) + 1
    _keep(connection, letter, last)
    return f"{branch}-{letter}-{last:06d}"


def skip(
    branch: str, clock: Clock, mark: Path, connection: Connection, reason: str
) -> None:  # fmt: skip
    """Skip a block of every letter's numbers: what was given after the backup is not given again."""
    letters = LETTERS.values()
    given = (max(_given(connection, one), _held(connection, branch, one)) for one in letters)
    last = max(*given, _marked(mark)) + BLOCK
    # Before the commit: a skip that is noted and not made costs numbers, and never gives one twice.
    replace_file(mark, b"%d\n" % last)
    for letter in letters:
        _keep(connection, letter, last)
    audit.note(connection, clock(), branch, "document.numbers_skipped", f"{last:06d}", reason)


def _given(connection: Connection, letter: str) -> int:
    row = document_counter.c
    return connection.execute(select(row.last).where(row.letter == letter)).scalar() or 0


def _held(connection: Connection, branch: str, letter: str) -> int:
    """The highest counter among the documents that are held, those that came back among them."""
    prefix = f"{branch}-{letter}-"
    newest = connection.execute(
        select(stock_document.c.document)
        .where(
            stock_document.c.branch == branch,
            stock_document.c.document.startswith(prefix, autoescape=True),
        )
        .order_by(func.length(stock_document.c.document).desc(), stock_document.c.document.desc())
        .limit(1)
    ).scalar()
    counter = (newest or "").removeprefix(prefix)
    return int(counter) if counter.isdecimal() else 0


def _keep(connection: Connection, letter: str, last: int) -> None:
    statement = insert(document_counter).values(letter=letter, last=last)
    changed = statement.on_conflict_do_update(index_elements=["letter"], set_={"last": last})
    connection.execute(changed)


def _marked(mark: Path) -> int:
    """The number that the last skip led to; 0 when there was none, or nothing that reads tells."""
    try:
        return int(mark.read_text("ascii"))
    except (OSError, ValueError):
        return 0
