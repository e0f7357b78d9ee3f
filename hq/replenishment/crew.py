"""Who does the parts of a run: this process, or two of their own where there are many branches.

    few branches   one after another, here
    many           by processes of their own: the arithmetic of millions of lines would otherwise take the
                   interpreter from the console and the link for minutes, and use one core of two

Each process has its own connections. A part that fails ends the run with its error; what was settled stays.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from sqlalchemy import Engine

from hq.replenishment.morning import Morning
from schemas.tables.base import open_postgres

Part = TypeVar("Part")
Done = TypeVar("Done")
#: With fewer branches, starting processes takes longer than the work.
FEW = 8
PROCESSES = 2

#: A process of the crew knows its engine and its morning from its start on.
_at_work: list[tuple[Engine, Morning]] = []


def each(
    engine: Engine, morning: Morning, work: Callable[[Engine, Morning, Part], Done],
    parts: Sequence[Part],
) -> Iterator[Done]:  # fmt: skip
    """What `work`, a function of a module, answers to each part, in their order."""
    if len(parts) < FEW:
        for part in parts:
            yield work(engine, morning, part)
        return
    dsn = engine.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(
        PROCESSES, mp_context=get_context("spawn"), initializer=_begin, initargs=(dsn, morning)
    ) as pool:
        yield from pool.map(_one, [(work, part) for part in parts])


def _begin(dsn: str, morning: Morning) -> None:
    _at_work.append((open_postgres(dsn, pool_size=1), morning))
    # Histories are hundreds of thousands of small values and no cycles: looking for those while they are read
    # takes as long as reading them. It is done after each part instead.
    gc.freeze()
    gc.disable()


def _one(task: tuple[Callable[[Engine, Morning, Part], Done], Part]) -> Done:
    work, part = task
    engine, morning = _at_work[0]
    done = work(engine, morning, part)
    gc.collect()
    return done
