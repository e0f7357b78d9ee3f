"""The branch's command line over a database that exists, as a process of its own for tests.

python -m tests.branch.serve_for_test DSN PUT_AWAY command …      PUT_AWAY is written on the way out
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from branch.cli import build
from branch.settings import BranchSettings


@contextmanager
def provide(settings: BranchSettings) -> Iterator[str]:
    """Give the address from the command line, and leave a mark once it is no longer needed."""
    del settings
    try:
        yield sys.argv[1]
    finally:
        Path(sys.argv[2]).write_text("put away", encoding="utf-8")


if __name__ == "__main__":
    build(provide)(sys.argv[3:])
