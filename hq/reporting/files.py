"""A report as a file, by its form: what a person takes away and what a schedule sends are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection

from hq.reporting import as_csv, as_pdf, as_xlsx
from hq.reporting.asking import Parameters
from hq.reporting.definition import Definition
from hq.reporting.made import MOST_PRINTED, SHEET, Author, Limit, Made, make, make_whole
from hq.reporting.reading import Reader
from replication.console.table_export import CSV, XLSX

Form = Literal["csv", "xlsx", "pdf"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, slots=True)
class FileForm:
    """How a form is written, piece by piece, and how many rows it may have. `printed` has the first rows alone; a
    `flowing` one gives its pieces as the rows are read, any other its first when it has read them all.
    """

    media_type: str
    write: Callable[[Made], Iterator[bytes]]
    limit: Limit | None = None
    printed: bool = False
    flowing: bool = False

    def make(
        self, connection: Connection, definition: Definition, parameters: Parameters,
        reader: Reader, author: Author, limit: Limit | None = None,
    ) -> Made:  # fmt: skip
        """A report to be written in this form, with a `limit` narrower than its own. Raises AskedError."""
        asked = connection, definition, parameters, reader, author
        if self.printed:
            return make(*asked, limit=MOST_PRINTED)
        return make_whole(*asked, limit or self.limit)


FILES: Mapping[Form, FileForm] = {
    "csv": FileForm(CSV, as_csv.as_csv, flowing=True),
    "xlsx": FileForm(XLSX, as_xlsx.as_xlsx, SHEET),
    "pdf": FileForm("application/pdf", as_pdf.as_pdf, printed=True),
}
