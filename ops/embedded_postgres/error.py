"""What a private server cannot do."""

from __future__ import annotations

from pathlib import Path

_LAST_LINES = 15


class EmbeddedPostgresError(Exception):
    """The private server cannot do what was asked; the message says what to do next."""


def failure(what: str, directory: Path, log_file: Path) -> EmbeddedPostgresError:
    """An error with the last lines of the server's log."""
    try:
        lines = log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
    except OSError as error:
        lines = [f"(no log: {error})"]
    tail = "\n".join(f"    {line}" for line in lines)
    return EmbeddedPostgresError(
        f"{what} (directory {directory}).\n"
        f"Look at {log_file}; its last lines are:\n{tail}\n"
        "Mend what they name (often a full disk or a changed owner) and start the site again."
    )
