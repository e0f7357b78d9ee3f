"""How the demo tells what happens: a line per step, a bar while something goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)


class Teller:
    """Writes to the terminal; on a pipe it writes plain lines."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._began = time.monotonic()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, number: int, title: str) -> Iterator[None]:
        """One of the ten steps; its time is kept."""
        self.console.print(f"[bold]{number:2d}[/bold] {title}")
        began = time.monotonic()
        yield
        self.seconds[title] = round(time.monotonic() - began, 2)
        self.note(f"{self.seconds[title]:.1f} s")

    def note(self, text: str) -> None:
        """Something worth knowing about the present step."""
        self.console.print(f"   [dim]{text}[/dim]")

    def good(self, text: str) -> None:
        """Something that held."""
        self.console.print(f"   [green]held[/green] {text}")

    def bad(self, text: str) -> None:
        """Something that did not."""
        self.console.print(f"   [bold red]BROKEN[/bold red] {text}")

    @contextmanager
    def bar(self, what: str, total: int) -> Iterator[Progress]:
        """A bar that a step advances: `progress.advance(progress.task_ids[0])`."""
        columns = (
            TextColumn("   {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as progress:
            progress.add_task(what, total=total)
            yield progress

    def so_far(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self._began
