"""A report as a file, by its form: what a person takes away and what a schedule sends are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from hq.reporting import as_csv, as_pdf, as_xlsx
from hq.reporting.made import MOST_PRINTED, MOST_ROWS, Made
from replication.console.table_export import CSV, XLSX

Form = Literal["csv", "xlsx", "pdf"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, slots=True)
class FileForm:
    """How a form is written, how many rows it may have, and whether a part of them would be no report."""

    media_type: str
    write: Callable[[Made], bytes]
    limit: int
    whole: bool


FILES: Mapping[Form, FileForm] = {
    "csv": FileForm(CSV, as_csv.as_csv, MOST_ROWS, whole=True),
    "xlsx": FileForm(XLSX, as_xlsx.as_xlsx, MOST_ROWS, whole=True),
    "pdf": FileForm("application/pdf", as_pdf.as_pdf, MOST_PRINTED, whole=False),
}
