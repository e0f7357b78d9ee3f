"""`chainwright soak`: a chain lives through days of faults, by seed, and is compared with its model.

exit status 0   every seed ended as its model says
            1   one did not: its seed, its revision, its steps and what differs are printed
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Over(StrEnum):
    """How the sites run, and what links them."""

    MEMORY = "memory"
    PROCESSES = "processes"


def soak(
    *,
    seed: Annotated[int | None, typer.Option(help="Live by this seed.")] = None,
    seeds: Annotated[str | None, typer.Option(help="Live by these, such as 1-200.")] = None,
    days: Annotated[int, typer.Option(min=1, help="How many days each seed lives.")] = 3,
    over: Annotated[Over, typer.Option(help="How the sites run.")] = Over.MEMORY,
    jobs: Annotated[int, typer.Option(min=1, help="How many seeds live at a time.")] = 1,
    results: Annotated[Path | None, typer.Option(help="Write what came of it as JSON.")] = None,
    directory: Annotated[
        Path | None, typer.Option(help="Where the databases lie while it lasts.")
    ] = None,
) -> None:
    """Let a small chain live through faults by seed, and compare every site with a model."""
    from ops.soak import processes, runs  # noqa: PLC0415 - other commands start fast
    from ops.soak.results import revision, write  # noqa: PLC0415

    wanted = _wanted(seed, seeds)
    typer.echo(f"revision {revision()}")
    found = []
    if over is Over.PROCESSES:
        if jobs > 1:
            raise typer.BadParameter("a chain of processes needs the machine for itself: one job")
        lives = processes.live(wanted, days, directory, lambda what: typer.echo(what, err=True))
    else:
        lives = runs.live(wanted, days, jobs, directory)
    for one in lives:
        typer.echo(one.told())
        found.append(one)
        if results is not None:
            # After each: what was lived counts, also when somebody ends a run of hours.
            write(results, found, over.value)
    failed = [one.seed for one in found if not one.held]
    typer.echo(f"{len(found)} seeds, {len(failed)} failed{f': {failed}' if failed else ''}")
    raise typer.Exit(1 if failed else 0)


def restores() -> None:
    """Rehearse every restore on a small chain, and print what was there before and after."""
    from ops.soak.restores import rehearse  # noqa: PLC0415 - other commands start fast
    from ops.soak.runs import chain_apart  # noqa: PLC0415

    failed = False
    with chain_apart() as chain:
        for one in rehearse(chain):
            typer.echo(one.told())
            failed = failed or bool(one.differences)
    raise typer.Exit(1 if failed else 0)


def _wanted(seed: int | None, seeds: str | None) -> list[int]:
    if (seed is None) == (seeds is None):
        raise typer.BadParameter("name one --seed, or several by --seeds A-B")
    if seeds is None:
        return [] if seed is None else [seed]
    first, _, last = seeds.partition("-")
    if not (first.isdigit() and last.isdigit() and int(first) <= int(last)):
        raise typer.BadParameter(f"“{seeds}” names no seeds: write for example 1-200")
    return list(range(int(first), int(last) + 1))
