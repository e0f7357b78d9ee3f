"""Processes to be killed, or with disks of their own: forked from one that has imported everything.

A victim runs a function of a test. `at` names a function of the product at whose n-th call, before or
after it, the process kills itself with SIGKILL: as good as the kill of another at that very place, and
the same at every run. The product knows nothing of it.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Literal

import pytest

from replication.serving import plain_logs

_PRELOADED = ["tests.faults.victims", "tests.faults.street", "hq.inbound", "branch.bootstrap"]


@dataclass(frozen=True, slots=True)
class Place:
    """Before or after the n-th call of `module:attribute` in the victim."""

    function: str
    call: int = 1
    when: Literal["before", "after"] = "before"

    def __str__(self) -> str:
        return f"{self.when} {self.function.rpartition(':')[2]} {self.call}"


class Victim:
    """A process that runs `work(*arguments)`; `ready` waits until it calls what it is handed."""

    def __init__(
        self, work: Callable[..., None], *arguments: object, at: Place | None = None
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOADED)
        self._hears, tells = context.Pipe(duplex=False)
        self.process: BaseProcess = context.Process(target=_run, args=(tells, work, arguments, at))
        self.process.start()
        tells.close()

    def hear(self, seconds: float = 60.0) -> Any:  # noqa: ANN401 - whatever the work told
        """What the process told next. Raises EOFError when it died first."""
        assert self._hears.poll(seconds), "the process told nothing"
        told = self._hears.recv()
        if isinstance(told, _Failed):
            self.process.join()
            pytest.fail(told.trace, pytrace=False)
        return told

    def told(self) -> list[Any]:
        """All that it told and nobody heard, once it is dead."""
        heard = []
        while True:
            try:
                heard.append(self._hears.recv())
            except EOFError:
                return heard

    def must_have_been_killed(self, seconds: float = 60.0) -> None:
        """Return when it is dead; fail when it was not SIGKILL, or did not come to its place."""
        self.process.join(seconds)
        code = self.process.exitcode
        self.kill()
        assert code == -signal.SIGKILL, f"it did not come to its place, it ended with {code}"

    def kill(self) -> None:
        """SIGKILL, if it lives."""
        self.process.kill()
        self.process.join()

    def result(self, seconds: float = 120.0) -> Any:  # noqa: ANN401 - whatever the work told
        """What the process told last before it ended well; its failure is the test's."""
        last = None
        while True:
            try:
                last = self.hear(seconds)
            except EOFError:
                self.process.join()
                assert self.process.exitcode == 0
                return last


@dataclass(frozen=True, slots=True)
class _Failed:
    trace: str


def _run(
    tells: Connection, work: Callable[..., None], arguments: tuple[object, ...], at: Place | None
) -> None:
    plain_logs()
    try:
        if at is not None:
            _arm(at)
        work(tells.send, *arguments)
    except BaseException:
        tells.send(_Failed(traceback.format_exc()))
        raise


def _arm(at: Place) -> None:
    """Have this process kill itself at a place."""
    module, _, path = at.function.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for one in outer:
        owner = getattr(owner, one)
    real = getattr(owner, name)
    calls = itertools.count(1)

    @functools.wraps(real)
    def wrapped(*args: object, **kwargs: object) -> object:
        here = next(calls) == at.call
        if here and at.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(*args, **kwargs)
        if here:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, wrapped)
