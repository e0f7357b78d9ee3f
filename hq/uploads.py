"""Files between being looked at and being applied: kept below the data directory for a day.

A person uploads once, sees the preview, and confirms it; what is applied are the same bytes, named
by their SHA-256. Files may hold personal data, so nobody else on the machine may read them, and
each goes when it was applied or a day old.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

from hq.refusal import RefusalError
from replication.console.languages import msgid

#: Below the data directory.
DIRECTORY = "uploads"

_GONE = msgid("This upload is no longer here: choose the file again.")
_DAY_SECONDS = 24 * 3600
_NAME = re.compile(r"[0-9a-f]{64}")


class UploadGoneError(RefusalError):
    """The upload was applied already, is too old, or never was."""


def keep(directory: Path, data: bytes) -> str:
    """Keep the bytes and answer their name. Files of yesterday go."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    oldest = time.time() - _DAY_SECONDS
    for one in directory.iterdir():
        if one.stat().st_mtime < oldest:
            one.unlink(missing_ok=True)
    name = hashlib.sha256(data).hexdigest()
    written = directory / f"{name}.{os.getpid()}"
    written.write_bytes(data)
    written.rename(directory / name)
    return name


def take(directory: Path, name: str) -> bytes:
    """The bytes under a name. Raises UploadGoneError."""
    if not _NAME.fullmatch(name):
        raise UploadGoneError(_GONE)
    try:
        return (directory / name).read_bytes()
    except FileNotFoundError as error:
        raise UploadGoneError(_GONE) from error


def forget(directory: Path, name: str) -> None:
    """Delete an upload that was applied."""
    if _NAME.fullmatch(name):
        (directory / name).unlink(missing_ok=True)
