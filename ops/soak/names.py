"""Names drawn by seed: tickets, shifts, epochs and incarnations of a run are the same in its replay.

Sites draw their names by `uuid.uuid4`. For the length of a run that function draws from the seed, so
that whatever is sorted by such a name, or travels with it, is the same whenever a seed is replayed.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def drawn_from(seed: str) -> Iterator[None]:
    """Let names follow from the seed."""
    names = random.Random(f"names {seed}")

    def draw() -> uuid.UUID:
        return uuid.UUID(int=names.getrandbits(128), version=4)

    with patch.object(uuid, "uuid4", draw):
        yield
