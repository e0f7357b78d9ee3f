"""Reading what a form sends, within bounds: a browser may send anything and without end."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.requests import Request

from replication.console.page import Submission

MAX_UPLOAD = 64 * 1024 * 1024
#: What a whole request may weigh: the uploads and the fields beside them.
MAX_BODY = MAX_UPLOAD + 1024 * 1024
# A form that names each lane of a large chain has thousands of fields.
_MAX_FIELDS = 10_000
_MAX_FILES = 16


async def read_submission(request: Request) -> Submission:
    """The fields and files of a form. What is malformed or too much raises HTTPException."""
    pairs: list[tuple[str, str]] = []
    files: dict[str, bytes] = {}
    async with request.form(max_fields=_MAX_FIELDS, max_files=_MAX_FILES) as form:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                pairs.append((name, value))
            elif value.filename:
                files[name] = await value.read()
    return Submission(tuple(pairs), files)
